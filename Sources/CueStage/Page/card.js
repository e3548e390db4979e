// The card beside the video: a question with its answers and results, or a product.

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** An element with text in it, which is never read as HTML. */
export function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Words of a show may be of any script, so each text finds its own direction. */
function words(name, className, text) {
  const made = element(name, className, text);
  made.dir = "auto";
  return made;
}

/** Puts a card in the place of the last one; focus that was inside stays in the room. */
function show(room, card) {
  const hadFocus = room.contains(document.activeElement);
  room.replaceChildren(card);
  if (hadFocus) room.focus({ preventScroll: true });
}

/** One question on the card: open, closed, revealed. */
export class QuestionCard {
  #room;
  #cue;
  #ends;
  #position;
  #onAnswer;
  #announce;
  #choices = [];
  #choice;
  #counts;
  #isOpen = true;
  #correct;
  #timer;
  #shown;

  /** `onAnswer` gets the place of an answer, and returns what came of it as a sentence. */
  constructor({ room, cue, ends, position, onAnswer, announce }) {
    this.#room = room;
    this.#cue = cue;
    this.#ends = ends;
    this.#position = position;
    this.#onAnswer = onAnswer;
    this.#announce = announce;
    this.#build();
  }

  get key() {
    return this.#cue.key;
  }

  isOf({ run, poll }) {
    return this.#cue.run === run && (poll === undefined || this.#cue.poll === poll);
  }

  #build() {
    const card = element("div", "question enter");
    const head = element("div", "question-head");
    const isTimed = this.#ends !== undefined;
    this.eyebrow = element("p", "eyebrow", isTimed ? "Time to answer" : "Your answer?");
    head.append(this.eyebrow);
    if (isTimed) head.append(this.#buildTimer());
    this.title = words("h2", "", this.#cue.question);
    this.title.id = "question";
    const group = element("div", "choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-labelledby", "question");
    this.#choices = this.#cue.answers.map((answer, place) => this.#buildChoice(answer, place));
    group.append(...this.#choices.map((choice) => choice.button));
    group.addEventListener("keydown", (event) => this.#move(event));
    this.foot = element("div", "foot");
    this.note = element("p", "note", "Choose one. You can change it until time is up.");
    this.votes = element("p", "votes");
    this.foot.append(this.note, this.votes);
    card.append(head, this.title, group, this.foot);
    show(this.#room, card);
    this.tick();
    const count = this.#cue.answers.length;
    const time = this.#ends === undefined ? "" : `, ${Math.round(this.#cue.seconds)} seconds`;
    this.#announce(`Question: ${this.#cue.question} ${count} answers${time}.`);
  }

  #buildTimer() {
    this.#timer = element("div", "timer");
    this.#timer.setAttribute("role", "timer");
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", "0 0 40 40");
    drawing.setAttribute("aria-hidden", "true");
    for (const name of ["track", "left"]) {
      const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      circle.setAttribute("class", name);
      for (const [key, value] of [["cx", 20], ["cy", 20], ["r", 17], ["pathLength", 100]]) {
        circle.setAttribute(key, value);
      }
      drawing.append(circle);
    }
    this.ring = drawing.lastChild;
    this.number = element("b");
    this.#timer.append(drawing, this.number);
    return this.#timer;
  }

  #buildChoice(answer, place) {
    const button = element("button", "choice arrive");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.dir = "auto";
    const letter = element("span", "letter", letters[place] ?? String(place + 1));
    letter.setAttribute("aria-hidden", "true");
    const label = words("span", "text", answer);
    const share = element("span", "share");
    button.append(element("span", "fill"), letter, label, share);
    button.addEventListener("click", () => this.#choose(place));
    return { button, letter, share };
  }

  /** Arrow keys go from answer to answer, as in a list of options. */
  #move(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const at = this.#choices.findIndex((choice) => choice.button === document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const count = this.#choices.length;
    this.#choices[(at + step + count) % count].button.focus();
  }

  async #choose(place) {
    if (!this.#isOpen) return;
    const before = this.#choice;
    this.#choice = place;
    this.#render();
    this.#say("Sending your answer");
    const { taken, sentence } = await this.#onAnswer(place);
    // Meanwhile another answer may have been chosen, or the answer revealed.
    if (this.#choice !== place || this.#correct !== undefined) return;
    if (!taken) this.#choice = before;
    this.#say(sentence, taken ? "" : "bad");
    this.#announce(sentence);
    this.#render();
    const isKnown = this.#cue.correct !== undefined && this.#ends === undefined;
    if (taken && isKnown) this.reveal(this.#cue.correct);
  }

  /** Moves the countdown, and closes the question when its time is over. */
  tick() {
    if (this.#ends === undefined || this.#correct !== undefined) return;
    const left = Math.max(0, this.#ends - this.#position());
    const part = Math.min(1, left / (this.#cue.seconds || 1));
    this.ring.style.strokeDashoffset = String(100 * (1 - part));
    const number = Math.ceil(left);
    if (number !== this.#shown) {
      this.#shown = number;
      this.number.textContent = String(number);
      this.#timer.setAttribute("aria-label", `${number} seconds left`);
      this.#timer.classList.toggle("short", number <= 5 && number > 0);
      if (number === 5 && this.#isOpen) this.#announce("5 seconds left");
    }
    if (left === 0 && this.#isOpen) {
      this.#timer.classList.add("over");
      this.close();
      if (this.#cue.correct !== undefined) this.reveal(this.#cue.correct);
    }
  }

  close() {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.eyebrow.textContent = "Answers are in";
    this.#say(this.#choice === undefined ? "Time is up." : "Time is up. Your answer counts.");
    this.#announce("Time is up.");
    this.#render();
  }

  reveal(place) {
    if (this.#correct !== undefined || !(place in this.#choices)) return;
    this.#isOpen = false;
    this.#correct = place;
    this.eyebrow.textContent = "The answer";
    this.#timer?.remove();
    const answer = this.#cue.answers[place];
    if (this.#choice === undefined) this.#say("This is the right answer.");
    else if (this.#choice === place) this.#say("You got it right.", "good");
    else this.#say("Not this time.", "bad");
    const verdict = this.#choice === undefined ? "" : this.note.textContent;
    this.#announce(`The right answer: ${answer}. ${verdict}`);
    this.#render();
  }

  /** Counts by the answers' places, as the stage tells them. */
  count(counts) {
    this.#counts = counts;
    this.#render();
  }

  #say(sentence, mood = "") {
    this.note.textContent = sentence;
    this.note.className = `note ${mood}`;
  }

  #render() {
    const total = this.#counts?.reduce((sum, count) => sum + count, 0) ?? 0;
    // Who has not answered yet is not told what the others think.
    const hasResults = this.#counts !== undefined && (this.#choice !== undefined || !this.#isOpen);
    this.#choices.forEach(({ button, letter, share }, place) => {
      const isChosen = this.#choice === place;
      button.setAttribute("aria-pressed", String(isChosen));
      button.setAttribute("aria-disabled", String(!this.#isOpen));
      const part = hasResults && total > 0 ? this.#counts[place] / total : 0;
      button.style.setProperty("--part", String(part));
      share.textContent = hasResults ? `${Math.round(part * 100)} %` : "";
      if (hasResults) share.dataset.count = this.#counts[place];
      if (this.#correct === undefined) return;
      const isRight = this.#correct === place;
      button.classList.toggle("right", isRight);
      button.classList.toggle("wrong", !isRight);
      letter.textContent = isRight ? "✓" : isChosen ? "✕" : letters[place] ?? String(place + 1);
      const state = isRight ? "right answer" : isChosen ? "your answer, wrong" : "";
      if (state && !button.querySelector(".unseen")) {
        button.append(element("span", "unseen", `, ${state}`));
      }
    });
    this.votes.textContent = hasResults ? `${total} ${total === 1 ? "answer" : "answers"}` : "";
  }
}

/** A product, as far as its payload tells. */
export function showProduct(room, product, announce) {
  const card = element("div", "product enter");
  if (product.picture) {
    const picture = element("img", "picture");
    picture.src = product.picture;
    picture.alt = "";
    picture.referrerPolicy = "no-referrer";
    picture.addEventListener("error", () => picture.remove());
    card.append(picture);
  }
  card.append(element("p", "eyebrow", product.isGone ? "Sold out" : "In the show now"));
  card.append(words("h2", "", product.name));
  if (product.about) card.append(words("p", "about", product.about));
  if (product.price) {
    const price = element("p", "price", product.price);
    if (product.before) {
      const before = element("s", "", product.before);
      before.setAttribute("aria-label", `before: ${product.before}`);
      price.append(before);
    }
    card.append(price);
  }
  if (product.options.length > 0) {
    const options = element("ul", "options");
    options.setAttribute("aria-label", "Options");
    options.append(...product.options.map((option) => words("li", "", option)));
    card.append(options);
  }
  if (product.link && !product.isGone) {
    const link = element("a", "buy", "Open the shop");
    link.href = product.link;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    card.append(link);
  }
  if (product.sku) card.append(element("p", "sku", `Item ${product.sku}`));
  show(room, card);
  announce(`Product: ${product.name}${product.price ? `, ${product.price}` : ""}`);
}
