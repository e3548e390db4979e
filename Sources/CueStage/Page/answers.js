// Answers to the stage, and the counts back.

const sentences = {
  closed: "Too late: the question is closed.",
  "unknown-question": "This question takes no answers.",
  "too-many-answers": "That was too fast. Try again in a moment.",
};

export class Answers {
  #address;
  #viewer = viewerName();

  /** Without an address answers stay in this page. */
  constructor(address) {
    this.#address = address;
  }

  /** Sends an answer: {taken, sentence}. */
  async send({ run, cue }, choice) {
    if (!this.#address) {
      return { taken: true, sentence: "Your choice. Nobody counts answers here." };
    }
    try {
      const response = await fetch(this.#address, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ run, cue, viewer: this.#viewer, choice }),
        credentials: "omit",
        signal: AbortSignal.timeout(8000),
      });
      if (response.ok) {
        return { taken: true, sentence: "Answer sent. You can change it until time is up." };
      }
      const { error } = await response.json().catch(() => ({}));
      return { taken: false, sentence: sentences[error] ?? "The answer was not taken. Try again." };
    } catch {
      return { taken: false, sentence: "The answer could not be sent. Try again." };
    }
  }

  /** Tells counts as they change: {run, cue, counts}. */
  listen(onCounts) {
    if (!this.#address) return;
    const events = new EventSource(this.#address);
    events.addEventListener("counts", (event) => {
      try {
        const { run, cue, counts } = JSON.parse(event.data);
        if (Array.isArray(counts) && counts.every(Number.isInteger)) onCounts({ run, cue, counts });
      } catch {
        // Another host's events may say anything.
      }
    });
  }
}

/** A random name, the same on each visit, which tells nothing about who it is. */
function viewerName() {
  const make = () =>
    [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    const kept = localStorage.getItem("viewer");
    if (/^[0-9a-f]{32}$/.test(kept)) return kept;
    const made = make();
    localStorage.setItem("viewer", made);
    return made;
  } catch {
    // Storage may be forbidden; then the name lasts as long as the page.
    return make();
  }
}
