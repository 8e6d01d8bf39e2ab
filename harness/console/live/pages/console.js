// SPDX-License-Identifier: Apache-2.0
// The page: whatever the console says last. Nothing is computed here but what time is left.
import { chart } from "/static/chart.js";
import { number, sender } from "/static/notes.js";

const at = (id) => document.getElementById(id);
const { csrf, words } = await (await fetch("/words")).json();
let points = [], state = null, kept = new Set(), pending = new Map();

function element(name, kind, text) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text !== undefined) made.textContent = text;
  return made;
}

function lasting(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (each) => String(each).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const moment = (t) => new Date(t * 1000).toLocaleTimeString([], { hour12: false });

function line(each) {
  const made = element("li", each.grave ? "grave" : "");
  if (each.title) made.append(element("b", "", each.title), " ");
  made.append(element("span", "", each.said));
  if (each.names.length) {
    const names = element("span", "names");
    for (const name of each.names) names.append(element("i", "", name));
    made.append(names);
  }
  return made;
}

const cards = new Map();

function card(each) {
  let made = cards.get(each.id);
  if (!made) {
    made = element("article");
    made.id = `card-${each.id}`;
    cards.set(each.id, made);
  }
  made.className = `card ${each.tone}`;
  const head = element("header");
  const name = element("h2", "", each.title);
  name.append(element("small", "", each.id));
  if (!each.mandatory) name.append(element("small", "informative", words.informative));
  head.append(name, element("span", "chip", each.verdict));
  const value = element("p", "value", each.value);
  const facts = element("p", "facts");
  if (each.limit) facts.append(element("span", "limit", `${words.limit} ${each.limit}`));
  if (each.bounds) facts.append(element("span", "bounds", `${words.bounds} ${each.bounds}`));
  if (each.bounds) facts.append(element("span", `holds ${each.holds}`, words[each.holds]));
  const lines = element("ul", "lines");
  lines.append(...each.lines.map(line));
  const plot = element("div", "plot");
  const own = points.filter((point) => point.values[each.id]).map((point) => ({ t: point.t, ...point.values[each.id] }));
  chart(plot, own, each.numbers.limit, `${each.title} ${each.value}`);
  made.replaceChildren(head, value, facts, plot, lines);
  if (each.why && each.tone !== "good") made.append(element("p", "why", each.why));
  if (each.needed) made.append(element("p", "needed", words.needed + each.needed));
  return made;
}

function drawCards() {
  const measured = state.indicators.filter((each) => each.tone !== "none");
  const rest = state.indicators.filter((each) => each.tone === "none");
  const found = measured.map(card);
  if (!found.length) found.push(element("p", "empty", words.nothing));
  if (rest.length) {
    const more = element("p", "untested", `${words.untested}: `);
    more.append(rest.map((each) => each.title).join("、"));
    found.push(more);
  }
  at("cards").replaceChildren(...found);
}

function drawSources() {
  at("sources").replaceChildren(...state.sources.map((each) => {
    const made = element("li", each.ended);
    made.append(element("b", "", each.label), element("span", "probe", each.probe));
    const told = element("span", "left");
    told.dataset.ends = each.ended ? 0 : each.ends;
    told.dataset.said = each.ended ? words[each.ended === "done" ? "ended" : "failed"] : words.unknown;
    made.append(told);
    if (each.planned_s) {
      const bar = element("progress");
      bar.max = each.planned_s;
      bar.dataset.ends = each.ended ? 0 : each.ends;
      bar.value = each.planned_s;
      made.append(bar);
    }
    if (each.problem) made.append(element("p", "problem", each.problem));
    return made;
  }));
}

function drawNotes() {
  kept = new Set(state.notes.map((each) => each.id));
  for (const id of pending.keys()) if (kept.has(id)) pending.delete(id);
  const waiting = [...pending.values()].map((each) => ({ ...each, waits: true }));
  const found = [...state.notes, ...waiting].reverse().map((each) => {
    const made = element("li", each.waits ? "waits" : "");
    const head = element("p", "by", [moment(each.t), each.by].filter(Boolean).join(" "));
    head.append(element("span", "mark", each.waits ? words.waits : words.kept));
    made.append(head);
    if (each.text) made.append(element("p", "", each.text));
    if (each.photo) {
      const link = element("a");
      const image = element("img");
      link.href = image.src = `/photos/${each.photo.split("/").pop()}`;
      link.target = "_blank";
      image.alt = words.photo;
      image.loading = "lazy";
      link.append(image);
      made.append(link);
    }
    return made;
  });
  if (!found.length) found.push(element("li", "empty", words.none));
  at("notes").replaceChildren(...found);
}

function drawHead() {
  at("project").textContent = state.project || words.title;
  at("scenario").textContent = [state.title, state.name, state.attempt ? words.attempt.replace("{n}", state.attempt) : ""].filter(Boolean).join(" · ");
  at("state").textContent = state.state_word;
  at("state").className = `chip state-${state.state}`;
  const flag = [(state.simulated || []).length ? words.simulated : "", state.practice ? words.practice : ""].filter(Boolean).join(" · ");
  at("flag").textContent = flag;
  at("flag").hidden = !flag;
  at("problem").textContent = state.problem || "";
  at("problem").hidden = !state.problem;
  at("count").textContent = state.events ?? "";
  document.title = `${state.state_word} ${state.project || words.title}`;
  for (const field of at("note").elements) field.disabled = !state.taking;
  at("note").classList.toggle("closed", !state.taking);
  if (!state.taking && !at("sent").textContent) at("sent").textContent = words.closed;
  if (state.taking && at("sent").textContent === words.closed) at("sent").textContent = "";
}

function tick() {
  if (!state) return;
  const now = Date.now() / 1000;
  at("seen").textContent = state.seen ? `${words.seen} ${moment(state.seen)}` : "";
  at("left").textContent = state.ends ? `${words.left} ${lasting(state.ends - now)}` : "";
  for (const each of document.querySelectorAll(".sources .left")) {
    const ends = Number(each.dataset.ends);
    each.textContent = ends ? `${words.left} ${lasting(ends - now)}` : each.dataset.said;
  }
  for (const bar of document.querySelectorAll("progress")) {
    const ends = Number(bar.dataset.ends);
    bar.value = ends ? Math.max(0, bar.max - Math.max(0, ends - now)) : bar.max;
  }
}

function draw() {
  drawHead();
  if (!state.indicators) return;
  drawCards();
  drawSources();
  drawNotes();
  at("told").replaceChildren(...[...state.told].reverse().map((each) => {
    const made = element("li");
    made.append(element("time", "", moment(each.t)), element("span", "", each.said));
    return made;
  }));
  tick();
}

function listen() {
  const source = new EventSource("/events");
  const link = (word, kind) => { at("link").textContent = word; at("link").className = `link ${kind}`; };
  source.addEventListener("open", () => link(words.connected, "on"));
  source.addEventListener("error", () => {
    link(words.lost, "off");
    if (source.readyState === EventSource.CLOSED) setTimeout(again, 2000); // refused: a new console knows nothing of us
  });
  source.addEventListener("trend", (event) => {
    points = JSON.parse(event.data).points.sort((a, b) => a.t - b.t);
  });
  source.addEventListener("points", (event) => {
    points = [...points, ...JSON.parse(event.data).points].sort((a, b) => a.t - b.t); // looks at the past come later
  });
  source.addEventListener("state", (event) => { state = JSON.parse(event.data); draw(); });
}

async function again() {
  const answer = await fetch("/words").catch(() => null);
  if (answer && answer.status === 401) location.reload();
  else listen();
}

const send = sender(
  () => csrf,
  words,
  (told, bad, letter, photo) => {
    at("sent").textContent = told;
    at("sent").className = bad ? "sent bad" : "sent";
    if (letter && !at("text").value) at("text").value = letter.text; // refused: what was written comes back into the field
    if (photo && !at("photo").files.length) {
      const held = new DataTransfer();
      held.items.add(photo);
      at("photo").files = held.files;
    }
  },
  (letter, left) => {
    if (!kept.has(letter.id)) pending.set(letter.id, { ...letter, t: Date.now() / 1000 });
    at("sent").textContent = left ? words.sending : "";
    drawNotes();
  },
);

at("by").value = localStorage.getItem("yanshou-by") || "";
at("photo").addEventListener("change", () => {
  const names = [...at("photo").files].map((each) => each.name);
  at("chosen").textContent = names.join("、");
  at("chosen").hidden = !names.length;
});
at("note").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("text").value.trim(), by = at("by").value.trim(), photo = at("photo").files[0] || null;
  if (!text && !photo) return;
  localStorage.setItem("yanshou-by", by);
  send({ id: number(), text, by }, photo);
  at("text").value = "";
  at("photo").value = "";
  at("chosen").hidden = true;
});
setInterval(tick, 1000);
listen();
