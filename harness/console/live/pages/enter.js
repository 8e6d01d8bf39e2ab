// SPDX-License-Identifier: Apache-2.0
// Hands the one-time token behind # over for a session. The token never stands in a request line, a log or a referrer.
const told = document.getElementById("told");
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

async function enter() {
  const answer = await fetch("/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (answer.ok) location.replace("/");
  else told.textContent = (await answer.json()).told;
}

if (token) enter().catch((error) => { told.textContent = String(error); });
else told.textContent = told.dataset.refused;
