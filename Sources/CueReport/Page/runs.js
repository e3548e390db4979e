// The runs of the report, and its rows: a cue each, or what two runs made of one.

import { $ } from "./elements.js";
import { ENDINGS } from "./words.js";

const data = JSON.parse($("data").textContent);

export const answers = data.answers ?? [];

class Run {
  constructor(raw) {
    Object.assign(this, raw.cues);
    this.raw = raw;
    this.summary = raw.summary;
    this.channels = raw.channels;
    this.count = this.name.length;
    this.speed = raw.summary.run?.speed ?? 1;
    const first = raw.summary.first_time;
    this.base = first ? Date.parse(first.slice(0, 19) + "Z") * 1000 + Number(first.slice(20, 26))
      : 0;
    this.payloads = new Map();
  }
  state(i) { return this.ending[i] < 0 ? "open" : ENDINGS[this.ending[i]]; }
  /// When it left, on the show's clock.
  sentAt(i) {
    if (this.at[i] === null || this.late[i] === null) return null;
    return this.at[i] + (this.late[i] - (this.lead[i] ?? 0)) * this.speed;
  }
  why(i) {
    if (this.reason[i] === null) return "";
    return this.state(i) === "failed" ? `IVS refused it: ${this.raw.texts[this.reason[i]]}`
      : this.raw.words[this.reason[i]];
  }
  trouble_(i) { return this.raw.texts[this.trouble[i]] ?? ""; }
  wall(us) {
    if (us === null) return null;
    return new Date(Math.floor((this.base + us) / 1000)).toISOString().slice(0, 23)
      .replace("T", " ") + " UTC";
  }
  parsed(i) {
    if (!this.payloads.has(i)) {
      let value = null;
      try { value = JSON.parse(this.payload[i]); } catch { /* It is shown as it is. */ }
      this.payloads.set(i, value);
    }
    return this.payloads.get(i);
  }
  tally(i) {
    return answers.find((tally) => tally.cue === this.name[i]
      && (tally.run === "" || tally.run === this.summary.run?.id)) ?? null;
  }
}

export const runs = data.runs.map((raw) => new Run(raw));
export const one = runs[0];
export const other = runs[1];
export const isPair = runs.length === 2;
export const both = isPair ? data.comparison : null;
export const rowCount = isPair ? both.pairs.length : one.count;
// A row's place in each of the runs; null where it is not there.
export const place = (row, which) => (isPair ? both.pairs[row][which] : row);
export const at = (row, which) => {
  const i = place(row, which);
  return i === null ? null : runs[which].at[i];
};
export const rowAt = (row) => at(row, 0) ?? (isPair ? at(row, 1) : null);

export const hasChannels = runs.some((run) => run.channels.length > 1);
export const name = (row) => {
  const which = place(row, 0) === null ? 1 : 0;
  return runs[which].name[place(row, which)];
};
export const channel = (row) => {
  const which = place(row, 0) === null ? 1 : 0;
  const run = runs[which];
  return run.channels[run.channel[place(row, which)]];
};
