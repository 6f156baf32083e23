// What people wrote, made safe to look at and counted as channels count it.

/** Signs that turn or hide text around them: shown as their code, so that a name can't pass for another. */
const TRICKS = /[\u202A-\u202E\u2066-\u2069\u200B\u2060\uFEFF\u00AD]/g;
/** More marks than this on one letter reach into the lines around it. */
const STACKED = /(\p{M}{4})\p{M}+/gu;

/** One line of somebody's text, at most so long. @param {string | null | undefined} text @param {number} most */
export function line(text, most = 200) {
  const flat = (text ?? "").replace(TRICKS, "").replace(/\s+/g, " ").trim();
  return clean(flat.length > most ? `${flat.slice(0, most)}…` : flat);
}

/** A text as it is, without what would break out of its place. @param {string} text */
export function clean(text) {
  return text.replace(TRICKS, "").replace(STACKED, "$1");
}

/** How long a text is on a channel. @param {string} text @param {string} unit "characters", "bytes" or "utf16". */
export function measure(text, unit) {
  if (unit.startsWith("byte")) return new TextEncoder().encode(text).length;
  if (unit.startsWith("utf16")) return text.length;
  return [...text].length;
}

/** @typedef {{text: string, href?: string, mention?: boolean}} Piece */

const LINK = /https?:\/\/[^\s<>"'()]+[^\s<>"'().,;:!?]/g;

/** A text in pieces of plain words and links; links with another scheme than HTTP stay words. @param {string} text @returns {Piece[]} */
export function pieces(text) {
  /** @type {Piece[]} */
  const found = [];
  let last = 0;
  for (const match of text.matchAll(LINK)) {
    if (match.index > last) found.push({ text: text.slice(last, match.index) });
    found.push({ text: match[0], href: match[0] });
    last = match.index + match[0].length;
  }
  if (last < text.length) found.push({ text: text.slice(last) });
  return found;
}

/** Parts what a mail quotes from what it says. @param {string} text @returns {{said: string, quoted: string}} */
export function quoted(text) {
  const lines = text.split("\n");
  let first = lines.length;
  while (first > 0 && (/^\s*>/.test(lines[first - 1]) || lines[first - 1].trim() === "")) first -= 1;
  const rest = lines.slice(first);
  if (!rest.some((part) => /^\s*>/.test(part))) return { said: text, quoted: "" };
  return { said: lines.slice(0, first).join("\n").trimEnd(), quoted: rest.join("\n").trim() };
}

/** Two letters for a person. @param {string} name */
export function initials(name) {
  const words = clean(name).split(/\s+/).filter((word) => /\p{L}|\p{N}/u.test(word));
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words.slice(0, 1);
  return letters.map((word) => [...word][0]).join("").toUpperCase() || "?";
}
