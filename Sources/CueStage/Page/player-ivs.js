// Amazon's own player, from its own CDN, for a channel of Amazon IVS.
// https://docs.aws.amazon.com/ivs/latest/LowLatencyUserGuide/web-getting-started.html

const script = "https://player.live-video.net/1.55.0/amazon-ivs-player.min.js";

export function playChannel({ video, configuration, onCue, onState }) {
  let player;
  start().catch((error) => onState("failed", error.message));
  return {
    position: () => player?.getPosition() ?? 0,
    resume: () => player?.play(),
    setMuted: (isMuted) => player?.setMuted(isMuted),
  };

  async function start() {
    const library = await load();
    if (!library.isPlayerSupported) {
      throw new Error("Amazon's player does not run in this browser.");
    }
    const { PlayerEventType: event, PlayerState: state } = library;
    player = library.create();
    player.attachHTMLVideoElement(video);
    player.addEventListener(event.TEXT_METADATA_CUE, (cue) => {
      onCue({ text: cue.text, start: cue.startTime, position: player.getPosition() });
    });
    player.addEventListener(state.PLAYING, () => onState("live", "Live"));
    player.addEventListener(state.BUFFERING, () => onState("buffering", "Waiting for the picture"));
    player.addEventListener(state.ENDED, () => onState("offline", "The stream has ended."));
    player.addEventListener(event.PLAYBACK_BLOCKED, () =>
      onState("blocked", "This browser wants to be asked."));
    player.addEventListener(event.ERROR, (error) => {
      const isOff = error?.code === 404;
      onState("offline", isOff ? "The channel is off the air." : "The stream can't be played.");
      // The player gives up after an error: whether the channel is back has to be asked anew.
      setTimeout(open, 5000);
    });
    player.setAutoplay(true);
    player.setMuted(true);
    open();
  }

  function open() {
    player.load(configuration.playback);
    player.play();
  }
}

function load() {
  return new Promise((done, failed) => {
    const element = document.createElement("script");
    element.src = script;
    element.addEventListener("load", () => done(window.IVSPlayer));
    element.addEventListener("error", () =>
      failed(new Error("Amazon's player could not be loaded from its CDN.")));
    document.head.append(element);
  });
}
