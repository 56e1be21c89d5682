// The five tabs of the panel, by mouse and by arrow keys.
import { byId } from "./dom.js";

const listeners = [];
const tabs = () => [...byId("tabs").children];

/** Opens a tab by the id of its panel. */
export function open(name) {
  for (const tab of tabs()) {
    const chosen = tab.getAttribute("aria-controls") === name;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !chosen;
  }
  listeners.forEach((listener) => listener(name));
}

export const current = () => tabs().find((tab) => tab.getAttribute("aria-selected") === "true")?.getAttribute("aria-controls");
export const onOpen = (listener) => listeners.push(listener);

export function setup() {
  byId("tabs").addEventListener("click", ({ target }) => {
    if (target.role === "tab" || target.getAttribute("role") === "tab") open(target.getAttribute("aria-controls"));
  });
  byId("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = tabs();
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    open(next.getAttribute("aria-controls"));
    next.focus();
    event.preventDefault();
  });
}
