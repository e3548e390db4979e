// The player of a stage: fragments from an endless response into Media Source Extensions, and the
// cues that lie between them.

import { BoxReader, readEventMessage, readType } from "./metadata.js";

// Seconds: what is kept ahead of the playhead, from where on it hurries or jumps, and what stays
// behind it.
const ahead = 0.8;
const hurry = 1.2;
const jump = 8;
const behind = 20;
// How fast it hurries at most: sound and picture bear that unnoticed.
const rateMax = 1.2;

// iPhones have the managed kind alone, and only for a video that stays on the phone.
const Source = window.MediaSource ?? window.ManagedMediaSource;

export function playStage({ video, configuration, onCue, onState }) {
  if (!Source || !configuration.stream) {
    const reason = Source ? "This page was given no stream." : "This browser plays no live stream.";
    onState("failed", reason);
    return { position: () => 0, resume() {}, setMuted() {} };
  }
  video.disableRemotePlayback = true;
  const cues = new CueQueue(video, onCue);
  let attempt = 0;

  const connect = async () => {
    const feed = new Feed(video, cues);
    try {
      const response = await fetch(configuration.stream, { cache: "no-store" });
      if (!response.ok) throw new Error(`the stream answered ${response.status}`);
      attempt = 0;
      await feed.run(response.body.getReader());
    } catch (error) {
      console.info("the stream ended:", error.message);
    }
    feed.close();
    onState("offline", "The stream is off the air. The page looks for it again by itself.");
    attempt += 1;
    setTimeout(connect, Math.min(500 * 2 ** attempt, 5000));
  };

  const resume = async () => {
    try {
      await video.play();
    } catch (error) {
      if (error.name === "NotAllowedError") onState("blocked", "This browser wants to be asked.");
    }
  };

  video.addEventListener("playing", () => onState("live", "Live"));
  video.addEventListener("waiting", () => onState("buffering", "Waiting for the picture"));
  video.addEventListener("canplay", resume);
  connect();
  return {
    position: () => video.currentTime,
    resume,
    setMuted(isMuted) {
      video.muted = isMuted;
    },
  };
}

/** One connection: its boxes go into one MediaSource. */
class Feed {
  #video;
  #cues;
  #source = new Source();
  #url;
  #buffer;
  #queue = [];
  #head = [];
  #started = false;
  #rate = 1;

  constructor(video, cues) {
    this.#video = video;
    this.#cues = cues;
    this.#url = URL.createObjectURL(this.#source);
    video.src = this.#url;
  }

  async run(reader) {
    const boxes = new BoxReader();
    if (this.#source.readyState !== "open") {
      await new Promise((done) => {
        this.#source.addEventListener("sourceopen", done, { once: true });
      });
    }
    URL.revokeObjectURL(this.#url);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const box of boxes.read(value)) this.#take(box);
      if (this.#source.readyState !== "open") {
        await reader.cancel();
        return;
      }
    }
  }

  close() {
    this.#cues.clear();
    this.#queue = [];
    if (this.#source.readyState === "open") this.#source.endOfStream();
  }

  #take({ type, bytes }) {
    if (type === "emsg") {
      for (const cue of readEventMessage(bytes)) this.#cues.add(cue);
      return;
    }
    this.#head.push(bytes);
    if (type === "moov") {
      this.#buffer = this.#source.addSourceBuffer(readType(bytes));
      this.#buffer.addEventListener("updateend", () => this.#pump());
    } else if (type !== "mdat") {
      return;
    }
    this.#queue.push(...this.#head);
    this.#head = [];
    this.#pump();
  }

  #pump() {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#source.readyState !== "open") return;
    this.#steer();
    if (this.#queue.length > 0) {
      buffer.appendBuffer(join(this.#queue));
      this.#queue = [];
    } else if (buffer.buffered.length > 0) {
      const old = this.#video.currentTime - behind;
      if (buffer.buffered.start(0) < old - behind) buffer.remove(0, old);
    }
  }

  /** Keeps the playhead near the end of what is there. */
  #steer() {
    const ranges = this.#buffer.buffered;
    if (ranges.length === 0) return;
    const first = ranges.start(ranges.length - 1);
    const last = ranges.end(ranges.length - 1);
    if (!this.#started) {
      if (last - first < ahead / 2) return;
      this.#started = true;
      this.#video.currentTime = Math.max(first, last - ahead);
      return;
    }
    const lag = last - this.#video.currentTime;
    if (lag > jump || this.#video.currentTime < first) {
      this.#video.currentTime = Math.max(first, last - ahead);
    } else if (lag > hurry) {
      this.#rate = Math.min(rateMax, 1 + (lag - ahead) / 5);
    } else if (lag < ahead + 0.1) {
      this.#rate = 1;
    }
    if (this.#video.playbackRate !== this.#rate) this.#video.playbackRate = this.#rate;
  }
}

/** Hands each cue over when the playhead reaches it. */
class CueQueue {
  #video;
  #onCue;
  #cues = [];
  #timer;

  constructor(video, onCue) {
    this.#video = video;
    this.#onCue = onCue;
    // A hidden page draws no frames, so the timer alone has to do there.
    const look = () => {
      this.#fire();
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    video.addEventListener("timeupdate", () => this.#fire());
    video.addEventListener("playing", () => this.#fire());
  }

  add(cue) {
    this.#cues.push(cue);
    this.#cues.sort((a, b) => a.start - b.start);
    this.#fire();
  }

  clear() {
    this.#cues = [];
  }

  #fire() {
    const position = this.#video.currentTime;
    // Before the playhead is placed, a time says nothing.
    if (this.#video.readyState < 2) return;
    while (this.#cues.length > 0 && this.#cues[0].start <= position) {
      const cue = this.#cues.shift();
      // What lay before the entrance was for those who were there.
      if (position - cue.start < 2) this.#onCue({ ...cue, position });
    }
    clearTimeout(this.#timer);
    if (this.#cues.length > 0 && !this.#video.paused) {
      const rest = (this.#cues[0].start - position) / this.#video.playbackRate;
      this.#timer = setTimeout(() => this.#fire(), Math.max(1, rest * 1000));
    }
  }
}

function join(parts) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
