// Writes each instant of the page in the reader's own time. Its title says in which zone that is,
// and what the time is in UTC. Without JavaScript the page says UTC.
"use strict";

// A block of its own: the names of a page's scripts are one another's.
{
  const language = document.documentElement.lang || undefined;
  const written = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const zone = new Intl.DateTimeFormat(language, { timeZoneName: "long" });

  const nameOfZone = (at) => {
    const name = zone.formatToParts(at).find((part) => part.type === "timeZoneName").value;
    return `${name} (${zone.resolvedOptions().timeZone})`;
  };

  for (const time of document.querySelectorAll("time[data-moment]")) {
    const at = new Date(time.dateTime);
    time.title = `${nameOfZone(at)} · ${time.textContent.trim()}`;
    time.textContent = written.format(at);
  }
}
