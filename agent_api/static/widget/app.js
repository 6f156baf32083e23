// Puts the chat on the page, and gives the page its functions.

import { Chat } from "./chat.js";
import { Session } from "./session.js";
import { View } from "./view.js";
import { wordsFor } from "./words.js";

/**
 * @param {DOMStringMap} data The script's data attributes: account, lang, theme, side, accent, mode (`page` fills the window).
 * @param {URL} base The folder of this file, on the server that the chat speaks with.
 * @param {Record<string, any>} api What the page sees as `window.Frontdesk`.
 * @param {any[][]} waiting Calls made before this was loaded.
 */
export async function start(data, base, api, waiting) {
  // A page of its own is told by its address what a script on others' pages is told by its attributes.
  if (data.mode === "page") Object.assign(data, { lang: navigator.language }, Object.fromEntries(new URLSearchParams(location.search)), { mode: "page" });
  const session = new Session(base.origin, data.account ?? "");
  const chat = new Chat(session);
  const words = await wordsFor(data.lang || document.documentElement.lang || navigator.language);
  const view = new View(chat, words, data);
  if (data.mode === "page") document.documentElement.lang = words.tag;
  const functions = {
    open: () => view.open(),
    close: () => view.close(),
    toggle: () => (view.isOpen ? view.close() : view.open()),
    identify: (/** @type {string} */ token) => chat.identify(token),
    setAttributes: (/** @type {Record<string, string>} */ values) => chat.setAttributes(values),
    reset: () => chat.reset(),
    on: (/** @type {string} */ name, /** @type {(value: any) => void} */ listener) => chat.on(name, listener),
    off: (/** @type {string} */ name, /** @type {(value: any) => void} */ listener) => chat.off(name, listener),
  };
  Object.assign(api, functions);
  api.push = (/** @type {any[][]} */ ...calls) => calls.forEach(([name, ...values]) => api[name]?.(...values));
  if (!document.body) await new Promise((done) => document.addEventListener("DOMContentLoaded", done));
  view.mount();
  api.push(...waiting);
  await chat.begin(view.isOpen);
  chat.tell("ready");
}
