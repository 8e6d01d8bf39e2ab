// SPDX-License-Identifier: Apache-2.0
// Notes and photos: each is sent until the console says that it has it, under one number, so that none is kept twice.
const AGAIN_MS = 3000;

export function number() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
}

// Sends one letter; gives {id} or {told, again}: what to say, and whether another try may help.
async function once(letter, photo, token) {
  const headers = { "x-yanshou-token": token };
  let form = null;
  if (photo) {
    const answer = await fetch(`/photos/${letter.id}`, { method: "PUT", headers, body: photo });
    if (!answer.ok) return { told: (await answer.json()).told };
    form = (await answer.json()).photo;
  }
  const answer = await fetch("/notes", {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ ...letter, photo: form }),
  });
  return answer.ok ? await answer.json() : { told: (await answer.json()).told };
}

export function sender(token, words, say, done) {
  const waiting = [];
  let busy = false;

  async function work() {
    if (busy || !waiting.length) return;
    busy = true;
    const [letter, photo] = waiting[0];
    say(words.sending, false);
    try {
      const answer = await once(letter, photo, token());
      waiting.shift();
      if (answer.told) say(answer.told, true, letter, photo);
      else done(letter, waiting.length);
    } catch {
      say(words.retry, true);
      setTimeout(work, AGAIN_MS);
    }
    busy = false;
    if (waiting.length && navigator.onLine) setTimeout(work, AGAIN_MS / 10);
  }

  addEventListener("online", work);
  return (letter, photo) => { waiting.push([letter, photo]); work(); };
}
