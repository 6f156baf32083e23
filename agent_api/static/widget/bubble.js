// One message on the screen. Whatever somebody wrote is set as text; links lead to pages only.

import { h, icon, safeUrl } from "./dom.js";

// The same light markup as the channels': a mark counts only where a word begins or ends.
const MARKS =
  /`([^`\n]+)`|\[([^\]\n]+)\]\((https?:\/\/[^\s()<>"]+)\)|(?<![\w*])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])|(?<![\w_])_([^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])|(?<![\w~])~([^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])/g;
const LINKS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;
const DEPTH = 4;

/**
 * @param {any} message
 * @param {{words: any, last: boolean, first: boolean, seen: boolean, choose: (choice: any, words: string) => void}} context
 */
export function bubble(message, { words, last, first, seen, choose }) {
  const mine = message.sender === "you";
  const item = h("li", { className: `row ${mine ? "mine" : "theirs"}${message.failed ? " failed" : ""}${message.waiting ? " waiting" : ""}` });
  const who = mine ? words.you : (message.name ?? words.team);
  item.append(h("span", { className: "hidden" }, `${who}: `));
  if (first && !mine) item.append(h("span", { className: "name", "aria-hidden": "true" }, who));
  const parts = message.deleted ? [h("p", { className: "gone" }, words.deleted)] : content(message, words);
  if (parts.length) item.append(h("div", { className: "bubble", dir: "auto" }, ...parts));
  if (!message.deleted && !mine) item.append(...choices(message, last, choose));
  if (!message.deleted) item.append(...(message.media ?? []).map((/** @type {any} */ media) => mediaOf(media, words)));
  item.append(foot(message, words, mine, last, seen));
  return item;
}

/** @param {any} message @param {any} words @returns {Node[]} */
function content(message, words) {
  const text = message.text ?? (message.sender === "you" ? (message.choice?.title ?? message.choice?.id) : null);
  const parts = text ? [h("p", {}, ...(message.text_format === "light" ? marked(text, 0) : linked(text)))] : [];
  if (message.location) parts.push(place(message.location, words));
  return parts;
}

/** @param {string} text @param {number} depth @returns {(Node | string)[]} */
function marked(text, depth) {
  if (depth > DEPTH) return [text];
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(MARKS)) {
    parts.push(...linked(text.slice(at, found.index)));
    const [whole, code, title, url, bold, italic, struck] = found;
    if (code) parts.push(h("code", {}, code));
    else if (url) parts.push(link(url, title ?? url));
    else {
      const tag = bold ? "strong" : italic ? "em" : "s";
      parts.push(h(tag, {}, ...marked(bold ?? italic ?? struck ?? "", depth + 1)));
    }
    at = (found.index ?? 0) + whole.length;
  }
  return [...parts, ...linked(text.slice(at))];
}

/** @param {string} text @returns {(Node | string)[]} */
function linked(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(LINKS)) {
    parts.push(text.slice(at, found.index), link(found[0], found[0]));
    at = (found.index ?? 0) + found[0].length;
  }
  return [...parts, text.slice(at)].filter(Boolean);
}

/** @param {string} url @param {Node | string} shown */
function link(url, shown) {
  const href = safeUrl(url);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, shown) : h("span", {}, shown);
}

/** @param {any} at @param {any} words */
function place(at, words) {
  const url = `https://www.openstreetmap.org/?mlat=${Number(at.latitude)}&mlon=${Number(at.longitude)}`;
  return link(url, `📍 ${at.name ?? at.address ?? words.location}`);
}

/** Buttons, a list and cards. Only the last message's can be tapped: an old question needs no second answer.
 * @param {any} message @param {boolean} last @param {(choice: any, words: string) => void} choose @returns {Node[]}
 */
function choices(message, last, choose) {
  const tap = (/** @type {any} */ one) =>
    h("button", { type: "button", className: "chip", disabled: !last, onclick: () => choose({ id: one.id, title: one.title }, one.title) }, one.title);
  const button = (/** @type {any} */ one) => {
    const href = one.url && safeUrl(one.url);
    return href ? h("a", { className: "chip", href, target: "_blank", rel: "noopener noreferrer" }, one.title) : tap(one);
  };
  const parts = [];
  if (message.carousel?.length) {
    const cards = message.carousel.map((/** @type {any} */ card) => {
      const src = safeUrl(card.image_url);
      return h("li", { className: "card" }, src && h("img", { src, alt: "", loading: "lazy" }), h("strong", { dir: "auto" }, card.title),
        card.text && h("p", { dir: "auto" }, card.text), ...card.buttons.map(button));
    });
    parts.push(h("ul", { className: "cards", tabIndex: 0, role: "list" }, ...cards));
  }
  if (message.choices) {
    const rows = message.choices.sections.flatMap((/** @type {any} */ section) => [
      section.title && h("strong", {}, section.title),
      ...section.rows.map((/** @type {any} */ row) => {
        const made = tap(row);
        if (row.description) made.append(h("small", {}, row.description));
        return made;
      }),
    ]);
    parts.push(h("details", { className: "list" }, h("summary", {}, message.choices.button, icon("down")), ...rows));
  }
  if (message.buttons?.length) parts.push(h("div", { className: "chips" }, ...message.buttons.map(button)));
  return parts;
}

/** @param {any} media @param {any} words */
function mediaOf(media, words) {
  const url = media.url && safeUrl(media.url);
  const name = media.caption ?? media.filename ?? words.kinds[media.kind] ?? words.kinds.file;
  const plain = () => h("span", { className: "file" }, icon("file"), h("span", { dir: "auto" }, url ? link(url, name) : name));
  if (!url) return plain();
  if (media.kind === "image" || media.kind === "sticker") {
    const picture = h("img", { src: url, alt: name, loading: "lazy", className: media.kind });
    const frame = h("a", { href: url, target: "_blank", rel: "noopener noreferrer", className: "picture" }, picture);
    picture.onerror = () => frame.replaceWith(plain());
    return frame;
  }
  if (media.kind === "audio" || media.kind === "voice" || media.kind === "video") {
    return h(media.kind === "video" ? "video" : "audio", { src: url, controls: true, preload: "metadata", "aria-label": name });
  }
  return plain();
}

/** @param {any} message @param {any} words @param {boolean} mine @param {boolean} last @param {boolean} seen */
function foot(message, words, mine, last, seen) {
  const time = h("time", { dateTime: message.at }, new Date(message.at).toLocaleTimeString(words.tag, { hour: "2-digit", minute: "2-digit" }));
  const state = message.failed ? words.failed : message.waiting ? words.sending : seen ? words.seen : words.sent;
  const told = mine && (last || message.failed || message.waiting) ? h("span", { className: "state" }, ` · ${state}`) : null;
  const edited = message.edited_at && !message.deleted ? h("span", {}, ` · ${words.edited}`) : null;
  return h("small", { className: "foot" }, time, edited, told);
}
