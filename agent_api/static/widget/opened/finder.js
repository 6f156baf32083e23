// Search of the knowledge base before the first word, with a human one press away and how long that takes. Loaded once a chat is opened.

import { h, safeUrl } from "../dom.js";
import { tree } from "./markup.js";
import { searchWords } from "./words.js";

const PAUSE_MS = 400;
const LEAST = 3;
const MOST = 1000;

const CSS = `
.reading .hello { display: none; }
.finder { display: grid; gap: 12px; margin-block: 16px 8px; }
.finder ul.found { display: grid; gap: 8px; }
.answer { width: 100%; text-align: start; padding: 10px 14px; border: 1px solid var(--line); border-radius: 16px; overflow-wrap: anywhere; }
.answer:hover { border-color: var(--accent); }
.answer small { display: block; color: var(--soft); }
.human { justify-self: start; display: grid; text-align: start; }
.article { display: grid; gap: 10px; overflow-wrap: anywhere; }
.article h3, .article h4 { margin: 0; font-size: 16px; }
.article ul { list-style: disc; padding-inline-start: 20px; } .article ol { list-style: decimal; padding-inline-start: 20px; }
.article pre, .article .wide { margin: 0; overflow-x: auto; }
.article table { border-collapse: collapse; } .article td, .article th { border: 1px solid var(--line); padding: 4px 8px; text-align: start; }
.article blockquote { margin: 0; padding-inline-start: 12px; border-inline-start: 3px solid var(--line); }
.opinion { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; }`;

/**
 * @param {HTMLElement} place Where it goes.
 * @param {import("../chat.js").Chat} chat
 * @param {any} words The chat's own.
 * @param {() => void} human Leads to whoever answers.
 */
export function find(place, chat, words, human) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  /** @type {ShadowRoot} */ (place.getRootNode()).adoptedStyleSheets.push(sheet);
  new Finder(place, chat, words, human);
}

class Finder {
  /** @param {HTMLElement} place @param {import("../chat.js").Chat} chat @param {any} words @param {() => void} human */
  constructor(place, chat, words, human) {
    this._chat = chat;
    this._words = words;
    this._own = searchWords(words.tag);
    this._asked = 0;
    this._timer = 0;
    const w = this._own;
    this._input = h("input", { type: "search", maxLength: MOST, placeholder: w.label, "aria-label": w.label, autocomplete: "off" });
    this._input.oninput = () => this._soon();
    this._said = h("p", { role: "status" });
    this._found = h("ul", { className: "found", "aria-label": w.answers, hidden: true });
    this._search = h("div", { role: "search" }, this._input);
    this._input.onkeydown = (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && void this._look();
    this._article = h("div", {});
    this._wait = h("small", {});
    const person = h("button", { type: "button", className: "chip human", onclick: human }, w.human, this._wait);
    this.element = h("div", { className: "finder" }, this._search, this._said, this._found, this._article, person);
    chat.on("messages", () => this._stand(place));
    this._stand(place);
    chat.on("desk", (desk) => this._tell(desk));
    this._tell(chat.desk);
  }

  /** It is there until something was said. @param {HTMLElement} place */
  _stand(place) {
    if (this._chat.messages.size > 0) this.element.remove();
    else if (!this.element.isConnected) place.append(this.element);
    if (!this.element.isConnected) place.closest(".chat")?.classList.remove("reading");
  }

  /** How long a human takes, as far as it is known. @param {any} desk */
  _tell(desk) {
    if (!desk) return;
    const w = this._words;
    const there = desk.wait ? w.wait(desk.wait.low_seconds, desk.wait.high_seconds) : this._own.here;
    this._wait.textContent = desk.state === "online" ? there : desk.state === "away" ? w.away : w.closed(desk.opens_at);
  }

  _soon() {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this._look(), PAUSE_MS);
  }

  async _look() {
    clearTimeout(this._timer);
    const asked = ++this._asked;
    const q = this._input.value.trim();
    if (q.length < LEAST) return this._show([], "");
    try {
      const found = await this._chat.session.knowledge("GET", "search", { q, language: this._words.tag, limit: "4" });
      if (asked === this._asked) this._show(found.items, found.items.length ? "" : this._own.nothing, found.search_id);
    } catch {
      if (asked === this._asked) this._show([], this._words.connecting);
    }
  }

  /** @param {any[]} items @param {string} said @param {string} [search] */
  _show(items, said, search = "") {
    this._said.textContent = said;
    this._found.hidden = items.length === 0;
    this._found.replaceChildren(...items.map((item) => {
      const button = h("button", { type: "button", className: "answer", dir: "auto" }, h("b", {}, item.title), h("small", {}, item.excerpt));
      button.onclick = () => void this._open(item, search, button);
      return h("li", {}, button);
    }));
  }

  /** @param {any} item @param {string} search @param {HTMLElement} from */
  async _open(item, search, from) {
    const session = this._chat.session;
    let article;
    try {
      article = await session.knowledge("GET", `articles/${item.article_id}`);
    } catch {
      this._said.textContent = this._own.nothing;
      return;
    }
    // What is opened is found better by the next who asks like that; the reader need not wait for it.
    session.knowledge("POST", "opened", {}, { search_id: search, article_id: article.id }).catch(() => {});
    const w = this._own;
    const title = h("h3", { tabIndex: -1 }, article.title);
    const back = h("button", { type: "button", className: "chip", onclick: () => (this._reads(false), from.focus()) }, w.back);
    this._article.replaceChildren(h("article", { className: "article", lang: article.language, dir: "auto" }, title, ...tree(article.html).map(draw(w))),
      this._opinion(article.id), h("p", {}, back));
    this._reads(true);
    title.focus();
  }

  /** @param {boolean} reads */
  _reads(reads) {
    this._article.hidden = !reads;
    for (const element of [this._search, this._said, this._found]) element.hidden = reads;
    this._found.hidden ||= this._found.children.length === 0;
    this.element.closest(".chat")?.classList.toggle("reading", reads);
    this.element.scrollIntoView({ block: "start" });
  }

  /** @param {string} id */
  _opinion(id) {
    const w = this._own;
    const box = h("div", { className: "opinion", role: "group", "aria-label": w.helped }, h("span", {}, w.helped));
    const say = async (/** @type {boolean} */ helpful) => {
      await this._chat.session.knowledge("POST", `articles/${id}/opinions`, {}, { helpful }).catch(() => {});
      box.replaceChildren(h("span", { role: "status" }, w.thanks));
    };
    box.append(h("button", { type: "button", className: "chip", onclick: () => say(true) }, w.yes), h("button", { type: "button", className: "chip", onclick: () => say(false) }, w.no));
    return box;
  }
}

/** Elements of the closed list. Pictures are links: a strict page loads none from elsewhere. @param {Record<string, string>} w @returns {(node: import("./markup.js").Node) => Node | string} */
function draw(w) {
  return (node) => {
    if (typeof node === "string") return node;
    const url = node.href === undefined ? null : /^(?:mailto|tel):/.test(node.href) ? node.href : safeUrl(node.href);
    if (node.tag === "img" || node.tag === "video") return url ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, node.alt || w.picture) : node.alt || "";
    const children = node.children.map(draw(w));
    if (node.tag === "table") return h("div", { className: "wide", tabIndex: 0 }, h("table", {}, ...children));
    const tag = /^h[2-4]$/.test(node.tag) ? "h4" : node.tag;
    return h(tag, node.tag === "a" && url ? { href: url, target: "_blank", rel: "noopener noreferrer" } : {}, ...children);
  };
}
