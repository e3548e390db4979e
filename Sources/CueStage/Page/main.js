// The viewer page: a live stream, and beside it what its cues say.

import { Answers } from "./answers.js";
import { QuestionCard, showProduct } from "./card.js";
import { readCue, Seen } from "./cues.js";
import { EventList, formatTime } from "./events.js";
import { play } from "./player.js";

const at = (id) => document.getElementById(id);
const bannerSeconds = 8;
const states = {
  connecting: "Connecting", live: "Live", buffering: "Buffering", offline: "Off the air",
  blocked: "Paused", failed: "No player",
};
const titles = {
  offline: "Off the air", blocked: "Press play to watch", failed: "No picture here",
};

const room = at("card");
const events = new EventList();
const seen = new Seen();
let answers = new Answers();
let player = { position: () => 0, resume() {}, setMuted() {} };
let isMuted = true;
let question;
let bannerEnds = 0;
// Counts come by another way than the question, and may be there before it.
const counts = new Map();
const nameOf = ({ run, cue }) => JSON.stringify([run, cue]);

start();

async function start() {
  const configuration = await readConfiguration();
  answers = new Answers(configuration.answers);
  answers.listen((result) => {
    counts.set(nameOf(result), result.counts);
    if (question && nameOf(question.key) === nameOf(result)) question.count(result.counts);
  });
  const video = at("video");
  player = play({ video, configuration, onCue: take, onState: showState });
  at("play").addEventListener("click", () => player.resume());
  at("sound").addEventListener("click", () => {
    isMuted = !isMuted;
    player.setMuted(isMuted);
    at("sound").setAttribute("aria-pressed", String(!isMuted));
    player.resume();
  });
  setInterval(tick, 100);
}

/** config.json says what to play; the address of the page may name another stream. */
async function readConfiguration() {
  const response = await fetch("config.json", { cache: "no-store" }).catch(() => undefined);
  const configuration = response?.ok ? await response.json() : {};
  const asked = new URLSearchParams(location.search);
  const playback = asked.get("playback");
  // Answers of the stage are not for another stream.
  if (playback) {
    return { playback, answers: configuration.playback ? configuration.answers : undefined };
  }
  const channel = asked.get("channel");
  if (channel && /^[A-Za-z0-9-]+$/.test(channel)) {
    configuration.stream = `/live/${channel}/live.mp4`;
  }
  return configuration;
}

function take({ text, start, position }) {
  const cue = readCue(text);
  const isNew = seen.isNew(cue);
  events.add(cue, { text, start, position, isNew });
  if (!isNew) return;
  if (cue.kind === "question") ask(cue, start);
  if (cue.kind === "reveal" && question?.isOf(cue)) question.reveal(cue.correct);
  if (cue.kind === "product") {
    question = undefined;
    showProduct(room, cue.product, announce);
  }
  if (cue.kind === "banner") showBanner(cue.name, start);
}

function ask(cue, start) {
  question = new QuestionCard({
    room,
    cue,
    ends: cue.seconds === undefined ? undefined : start + cue.seconds,
    position: () => player.position(),
    onAnswer: (choice) => answers.send(cue.key, choice),
    announce,
  });
  const known = counts.get(nameOf(cue.key));
  if (known) question.count(known);
}

function showBanner(text, start) {
  bannerEnds = start + bannerSeconds;
  at("banner-text").textContent = text;
  at("banner").hidden = false;
  announce(text);
}

function tick() {
  const position = player.position();
  at("clock").textContent = formatTime(position);
  question?.tick();
  if (position > bannerEnds) at("banner").hidden = true;
}

function showState(state, sentence) {
  at("state").dataset.state = state;
  at("state-text").textContent = states[state];
  const title = titles[state];
  // A short wait leaves the last picture where it is.
  at("curtain").hidden = !title;
  if (!title) return;
  at("curtain-title").textContent = title;
  at("curtain-text").textContent = sentence;
  at("play").hidden = state !== "blocked";
}

function announce(sentence) {
  at("announcer").textContent = sentence;
}
