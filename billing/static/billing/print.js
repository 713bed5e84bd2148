// A button that prints the page, for whoever has JavaScript; others have their browser's.
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
