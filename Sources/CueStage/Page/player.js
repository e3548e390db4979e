// One interface, two players.
//
//   play({video, configuration, onCue, onState}) → {position(), resume(), setMuted(on)}
//
// onCue gets {text, start, position}: the cue, its media time, and the media time at which it is
// handed over. onState gets "connecting", "live", "buffering", "offline", "blocked" or "failed",
// and a sentence for people.

import { playChannel } from "./player-ivs.js";
import { playStage } from "./player-stage.js";

export function play(options) {
  return options.configuration.playback ? playChannel(options) : playStage(options);
}
