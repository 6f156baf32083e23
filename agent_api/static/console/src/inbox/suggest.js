// What the composer offers while one types: canned replies after `/`, colleagues after `@`.
import { line } from "../lib/text.js";
import { agents, replies } from "../state/directory.js";

/** @typedef {{id: string, title: string, hint: string, kind: "reply" | "mention"}} Suggestion */
/** @typedef {{from: number, to: number, items: Suggestion[]}} Offer */

const MOST = 8;

/** What is offered where the caret stands, if something is. @param {string} text @param {number} caret @param {"reply" | "note"} mode @returns {Offer | null} */
export function offered(text, caret, mode) {
  const word = /(^|\s)([/@])([\p{L}\p{N}_.-]*)$/u.exec(text.slice(0, caret));
  if (word === null) return null;
  const wanted = word[3].toLowerCase();
  const items = word[2] === "/" ? canned(wanted) : mode === "note" ? colleagues(wanted) : [];
  return items.length === 0 ? null : { from: caret - wanted.length - 1, to: caret, items };
}

/** @param {string} wanted @returns {Suggestion[]} */
function canned(wanted) {
  return replies.value
    .filter(({ shortcut, title }) => shortcut.toLowerCase().startsWith(wanted) || title.toLowerCase().includes(wanted))
    .slice(0, MOST)
    .map(({ id, shortcut, title, body }) => ({ id, title: `/${shortcut} · ${title}`, hint: line(body, 80), kind: "reply" }));
}

/** @param {string} wanted @returns {Suggestion[]} */
function colleagues(wanted) {
  return agents.value
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .slice(0, MOST)
    .map(({ id, name, presence }) => ({ id, title: name, hint: presence, kind: "mention" }));
}

/** Emoji that customer service uses, by what they are for. The system's own picker has all of them. */
export const EMOJI = ["👍", "🙏", "😊", "😀", "🎉", "❤️", "👋", "✅", "📦", "🚚", "💳", "📷", "📍", "⏰", "📞", "✉️", "😅", "😢", "🤝", "💡", "⚠️", "🔁", "🎁", "⭐"];
