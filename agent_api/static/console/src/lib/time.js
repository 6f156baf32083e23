// Times as people say them. One clock ticks for the whole page, so that a thousand rows cost one timer.
import { signal } from "@preact/signals";

import { language, t } from "./i18n.js";

/** Now, in milliseconds, once a second while the page is seen. */
export const now = signal(Date.now());

/** Starts the clock; a page that comes back to sight is right at once. */
export function startClock() {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    now.value = Date.now();
  });
}

const STEPS = /** @type {const} */ ([
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
]);

/** A length of time in its largest unit, such as "4 min". @param {number} milliseconds */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [unit, size] = STEPS.find(([, length]) => seconds >= length) ?? STEPS[3];
  return new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay: "short" }).format(Math.floor(seconds / size));
}

/** How long ago, such as "4 min"; "now" within the last ten seconds. @param {string} at */
export function age(at) {
  const passed = now.value - Date.parse(at);
  return passed < 10_000 ? t("time.now") : span(passed);
}

/** The time of a day. @param {string | number} at */
export function clock(at) {
  return new Intl.DateTimeFormat(language(), { hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

/** A day and a time. @param {string | number} at */
export function moment(at) {
  return new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
}

/** A day: today and yesterday by name. @param {string} at */
export function day(at) {
  const date = new Date(at);
  const days = Math.round((midnight(new Date(now.value)) - midnight(date)) / 86_400_000);
  if (days === 0) return t("time.today");
  if (days === 1) return t("time.yesterday");
  return new Intl.DateTimeFormat(language(), { dateStyle: days < 300 ? "long" : "medium" }).format(date);
}

/** @param {Date} date */
function midnight(date) {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
}
