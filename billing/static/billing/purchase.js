// The purchase page asks every two seconds whether the credits have come, for one minute.
// Then it says so and stops. Without JavaScript the page reloads itself instead.
"use strict";

const EVERY = 2000;
const FOR = 60000;

const place = document.querySelector("[data-status-url]");
const started = Date.now();

function showAgain() {
  location.replace(location.pathname + "#state"); // the focus follows to what has changed
}

function stop() {
  const heading = document.getElementById(place.getAttribute("aria-labelledby"));
  document.title = document.title.replace(heading.textContent.trim(), place.dataset.lateTitle);
  heading.textContent = place.dataset.lateTitle;
  for (const part of place.querySelectorAll("[data-while-waiting]")) part.hidden = true;
  for (const part of place.querySelectorAll("[data-after-waiting]")) part.hidden = false;
  for (const part of place.querySelectorAll("[role=status]")) part.dataset.waiting = "over";
  place.focus();
}

async function ask() {
  try {
    const answer = await fetch(place.dataset.statusUrl, { headers: { Accept: "application/json" } });
    if (answer.redirected) return showAgain(); // signed out meanwhile
    if (answer.ok && (await answer.json()).settled) return showAgain();
  } catch {
    // No network for a moment: the next question may be answered.
  }
  if (Date.now() - started >= FOR) return stop();
  setTimeout(ask, EVERY);
}

if (place) setTimeout(ask, EVERY / 4);
