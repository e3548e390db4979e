// The list of cues, the newest first, and the last one's JSON.

import { element } from "./card.js";

const itemsMax = 200;

export function formatTime(seconds, digits = 0) {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (part) => String(part).padStart(2, "0");
  const text = `${parts[0]}:${two(parts[1])}:${two(parts[2])}`;
  return digits === 0 ? text : text + (seconds - whole).toFixed(digits).slice(1);
}

export class EventList {
  #list = document.getElementById("events");
  #count = document.getElementById("event-count");
  #empty = document.getElementById("no-events");
  #raw = document.getElementById("raw");
  #total = 0;

  add(cue, { text, start, position, isNew }) {
    const item = element("li");
    Object.assign(item.dataset, {
      kind: cue.kind, cue: cue.cue ?? "", run: cue.run ?? "", start, position, wall: Date.now(),
    });
    const time = element("time", "", formatTime(start, 2));
    const name = isNew ? cue.name || cue.cue : `${cue.cue}, repeated`;
    const what = element("span", isNew ? "what" : "what again", name);
    what.dir = "auto";
    what.title = what.textContent;
    item.append(time, element("span", "kind", cue.kind), what);
    this.#list.prepend(item);
    if (this.#list.children.length > itemsMax) this.#list.lastChild.remove();
    this.#total += 1;
    this.#count.textContent = String(this.#total);
    this.#empty.hidden = true;
    this.#raw.textContent = typeof cue.data === "object" ? JSON.stringify(cue.data, null, 2) : text;
  }
}
