// Words in the reader's language. English stands in for what a language lacks, and is always there.
import { signal } from "@preact/signals";

import { en } from "../lang/en.js";
import { format } from "./icu.js";

/** @typedef {Record<string, string>} Messages */

/** Languages with their own names, and which way they are written. */
export const LANGUAGES = /** @type {const} */ ({
  en: { name: "English", dir: "ltr" },
  nl: { name: "Nederlands", dir: "ltr" },
  da: { name: "Dansk", dir: "ltr" },
  pl: { name: "Polski", dir: "ltr" },
  de: { name: "Deutsch", dir: "ltr" },
  es: { name: "Español", dir: "ltr" },
  ar: { name: "العربية", dir: "rtl" },
});

/** @typedef {keyof typeof LANGUAGES} Language */

/** @type {Record<string, () => Promise<Messages>>} */
const LOADERS = {
  nl: async () => (await import("../lang/nl.js")).nl,
  da: async () => (await import("../lang/da.js")).da,
  pl: async () => (await import("../lang/pl.js")).pl,
  de: async () => (await import("../lang/de.js")).de,
  es: async () => (await import("../lang/es.js")).es,
  ar: async () => (await import("../lang/ar.js")).ar,
};

/** @type {import("@preact/signals").Signal<{language: Language, messages: Messages}>} */
const current = signal({ language: "en", messages: en });

/** @returns {Language} */
export function language() {
  return current.value.language;
}

/** The language to begin with: the first of the browser's that we have. @returns {Language} */
export function preferred() {
  const wanted = navigator.languages.map((tag) => tag.split("-")[0]);
  return /** @type {Language} */ (wanted.find((tag) => tag in LANGUAGES) ?? "en");
}

/** Loads a language, and turns the page its way. @param {Language} wanted */
export async function setLanguage(wanted) {
  const messages = wanted === "en" ? en : await LOADERS[wanted]();
  document.documentElement.lang = wanted;
  document.documentElement.dir = LANGUAGES[wanted].dir;
  current.value = { language: wanted, messages };
}

/**
 * One message. A key that does not exist shows itself, so that it is seen.
 * @param {string} key
 * @param {Record<string, any>} [values]
 */
export function t(key, values = {}) {
  const { language: tag, messages } = current.value;
  return format(messages[key] ?? en[key] ?? key, values, tag);
}

/** Whether there are words for it: for codes that the API may add to. @param {string} key */
export function has(key) {
  return key in en;
}

/** A code of the API in words, or the code with its signs as spaces. @param {string} prefix @param {string} code */
export function coded(prefix, code) {
  return has(`${prefix}.${code}`) ? t(`${prefix}.${code}`) : code.replaceAll("_", " ");
}
