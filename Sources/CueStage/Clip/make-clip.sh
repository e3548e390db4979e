#!/usr/bin/env bash
# Makes stage.mp4, the clip that the stage loops: 8 s of 640x360 at 25 frames a second with a soft
# chime, in fragments of 0.2 s and a key frame every second. 200 frames of video and 375 of audio
# (1,024 samples at 48 kHz) end at the same moment, so that it loops without a seam.
#   apt-get install ffmpeg fonts-dejavu-core
set -euo pipefail
cd "$(dirname "$0")"
fonts=/usr/share/fonts/truetype/dejavu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quiet=(-hide_banner -loglevel error -y)

# The still part is drawn once: a dark stage with light from above, colour bars and the dial.
light="hypot((X-320)/330\,(Y-20)/300)"
ring="lt(abs(hypot(X-320\,Y-168)-92)\,1.2)"
ffmpeg "${quiet[@]}" -f lavfi -i color=black:s=640x360:d=0.04:r=25 \
    -vf "format=gbrp,geq=\
r='clip(64*exp(-2.2*$light*$light)+13+70*$ring,0,255)':\
g='clip(58*exp(-2.2*$light*$light)+15+76*$ring,0,255)':\
b='clip(112*exp(-2.0*$light*$light)+27+96*$ring,0,255)',\
drawbox=40:328:80:8:0xe8e6f0:fill,drawbox=120:328:80:8:0xe9c46a:fill,\
drawbox=200:328:80:8:0x5ec8c0:fill,drawbox=280:328:80:8:0x6cc070:fill,\
drawbox=360:328:80:8:0xc77dd8:fill,drawbox=440:328:80:8:0xe2656a:fill,\
drawbox=520:328:80:8:0x5a7ae0:fill,\
drawtext=fontfile=$fonts/DejaVuSans-Bold.ttf:text='cue-runner':fontsize=19:\
fontcolor=0xf1effa:x=40:y=28,\
drawtext=fontfile=$fonts/DejaVuSans.ttf:text='rehearsal stage':fontsize=15:\
fontcolor=0xa9a6cc:x=40:y=53" \
    -frames:v 1 "$work/still.png"

# What moves: a dot that goes round once in 8 s, the seconds and the frames.
ffmpeg "${quiet[@]}" -loop 1 -framerate 25 -i "$work/still.png" \
    -f lavfi -i "color=black:s=16x16:r=25:d=8,format=rgba,\
geq=r=255:g=196:b=92:a='255*lt(hypot(X-7.5\,Y-7.5)\,7)'" \
    -filter_complex "[0:v][1:v]overlay=x='312+92*sin(2*PI*t/8)':\
y='160-92*cos(2*PI*t/8)':eof_action=repeat,\
drawtext=fontfile=$fonts/DejaVuSansMono-Bold.ttf:text='%{eif\:mod(floor(n/25)\,8)\:d\:2}':\
fontsize=64:fontcolor=0xf6f4ff:x=281:y=132,\
drawtext=fontfile=$fonts/DejaVuSansMono.ttf:text='frame %{eif\:mod(n\,25)\:d\:2}':\
fontsize=15:fontcolor=0xb5b2d6:x=284:y=206,\
format=yuv420p" \
    -frames:v 200 -c:v libx264 -profile:v main -level 3.0 -preset veryslow -crf 34 -bf 0 \
    -g 25 -keyint_min 25 -sc_threshold 0 -colorspace bt709 -color_primaries bt709 -color_trc bt709 \
    -x264-params "aq-mode=3:psy-rd=0.4:deblock=1,1" "$work/video.mp4"

# The chime of 8 s is encoded three times over and the middle taken, so that its first frame
# follows on its last.
tone="2*PI*(440+110*mod(floor(t/2)\,2))*t"
chime="(0.10*sin($tone)+0.05*sin(2*$tone))"
ffmpeg "${quiet[@]}" \
    -f lavfi -i "aevalsrc=exprs='$chime*exp(-4*mod(t\,2))*(1-exp(-90*mod(t\,2)))':s=48000:d=24" \
    -c:a aac -b:a 24k "$work/long.mp4"
ffmpeg "${quiet[@]}" -i "$work/long.mp4" -c copy \
    -bsf:a "noise=drop=lt(n\,376)+gte(n\,751),setts=pts=N*1024:dts=N*1024" \
    "$work/chime.mp4"

ffmpeg "${quiet[@]}" -i "$work/video.mp4" -i "$work/chime.mp4" -map 0 -map 1 -c copy \
    -fflags +bitexact -flags +bitexact -map_metadata -1 -video_track_timescale 12800 \
    -movflags +cmaf+default_base_moof+delay_moov+skip_trailer \
    -frag_duration 200000 -f mp4 stage.mp4
ls -l stage.mp4
