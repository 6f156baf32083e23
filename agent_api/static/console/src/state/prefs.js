// What this person likes, kept in this browser.
import { effect, signal } from "@preact/signals";

const PLACE = "frontdesk.console.prefs";

/**
 * @typedef {object} Prefs
 * @property {"auto" | "light" | "dark"} theme
 * @property {string | null} language Null: the browser's.
 * @property {boolean} keys Whether single keys are shortcuts (WCAG 2.1.4).
 * @property {"urgency" | "newest" | "waiting"} sort
 * @property {boolean} context Whether the panel beside the conversation is open.
 */

/** @type {Prefs} */
const FIRST = { theme: "auto", language: null, keys: true, sort: "urgency", context: matchMedia("(min-width: 1100px)").matches };

export const prefs = signal(read());

/** @returns {Prefs} */
function read() {
  try {
    return { ...FIRST, ...JSON.parse(localStorage.getItem(PLACE) ?? "{}") };
  } catch {
    return FIRST;
  }
}

/** @param {Partial<Prefs>} changes */
export function setPrefs(changes) {
  prefs.value = { ...prefs.value, ...changes };
}

effect(() => {
  localStorage.setItem(PLACE, JSON.stringify(prefs.value));
  const { theme } = prefs.value;
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
});
