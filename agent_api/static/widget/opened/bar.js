// Other channels on which somebody answers now, as offered.

import { h } from "../dom.js";
import { searchWords } from "./words.js";

/** What may be opened: no scripts, no other programs. */
const OPENS = /^(https:\/\/|tel:\+|sms:\+|mailto:)/;

/** @param {import("../view.js").View} view */
export async function bar(view) {
  const { chat, words } = view;
  if (chat.messages.size) return;
  const channels = await ask(chat.session).catch(() => []);
  const w = searchWords(words.tag);
  const rows = channels.map((/** @type {any} */ one) => row(one, view, w)).filter(Boolean);
  // The chat alone is no choice.
  if (!channels.some((/** @type {any} */ one) => OPENS.test(one.open ?? "")) || chat.messages.size) return;
  const element = h("nav", { className: "finder", "aria-label": w.ways }, h("p", { "aria-hidden": "true" }, w.ways), h("ul", { className: "found" }, ...rows));
  view.finds.append(element);
  chat.on("messages", () => chat.messages.size && element.remove());
}

/** @param {any} one @param {import("../view.js").View} view @param {Record<string, string>} w */
function row(one, view, w) {
  const { chat, words } = view;
  const seconds = one.expected_wait_seconds;
  const wait = h("small", {}, seconds ? words.wait(seconds, seconds) : one.by === "bot" ? w.atOnce : w.here);
  if (one.account_id === chat.session.account) return h("li", {}, h("button", { type: "button", className: "answer", onclick: () => view.compose() }, h("b", {}, w.chat), wait));
  if (!OPENS.test(one.open ?? "")) return null;
  // What a device opens by itself has a name that everybody knows, whoever carries it for the company.
  const usual = /** @type {Record<string, string>} */ ({ tel: w.call, sms: "SMS", mailto: words.email });
  const elsewhere = one.open.startsWith("https:") ? { target: "_blank", rel: "noopener noreferrer" } : {};
  return h("li", {}, h("a", { className: "answer way", href: one.open, ...elsewhere }, h("b", {}, usual[one.open.split(":")[0]] ?? one.title), wait));
}

/** Says nothing that names a person: the page is its path. @param {import("../session.js").Session} session @returns {Promise<any[]>} */
async function ask(session) {
  const page = /^\/[A-Za-z0-9._~/-]{0,99}$/.test(location.pathname) ? { page: location.pathname } : {};
  const device = innerWidth <= 480 ? "phone" : matchMedia("(pointer: coarse)").matches ? "tablet" : "desktop";
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, credentials: /** @type {const} */ ("omit"), body: JSON.stringify({ site_account_id: session.account, device, ...page }) };
  const answer = await fetch(new URL("/v1/offers", session.base), options);
  return answer.ok ? (await answer.json()).channels : [];
}
