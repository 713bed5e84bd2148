// An open menu of a list's filters closes at Escape and at a click elsewhere.
"use strict";
{
  const close = (except) => {
    for (const menu of document.querySelectorAll("details.list-filter[open]")) {
      if (menu !== except) {
        menu.open = false;
      }
    }
  };
  document.addEventListener("click", (event) => close(event.target.closest("details.list-filter")));
  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector("details.list-filter[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}
