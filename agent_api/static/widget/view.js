// The chat on the page: a custom element with a shadow root, so that neither's style touches the other's.

import { bubble } from "./bubble.js";
import { Composer } from "./composer.js";
import { h, icon, inkOn } from "./dom.js";
import { sheet } from "./style.js";

const TYPING_MS = 6_000;
const NEAR_END = 80;

class FrontdeskChat extends HTMLElement {}

export class View {
  /** @param {import("./chat.js").Chat} chat @param {any} words @param {DOMStringMap} data */
  constructor(chat, words, data) {
    /** What the greeting was made of last. */
    this._invited = "";
    /** @type {Composer} */
    this._composer;
    /** @type {any} Search and calls, once they are needed. */
    this._opened;
    this.chat = chat;
    this.words = words;
    this._data = data;
    this._page = data.mode === "page";
    this._place = `${chat.session.key}open`;
    this.isOpen = this._page || sessionStorage.getItem(this._place) === "1" || data.open === "true";
    this._build();
    this._listen();
  }

  mount() {
    if (!customElements.get("frontdesk-chat")) customElements.define("frontdesk-chat", FrontdeskChat);
    const host = /** @type {HTMLElement} */ (document.createElement("frontdesk-chat"));
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet()];
    root.append(this.root);
    document.body.append(host);
    this._look({});
    this._apply();
    this._render();
  }

  open() {
    if (this.isOpen) return;
    this.show();
    this._composer.focus();
  }

  compose() {
    this._composer.focus();
  }

  /** Opens, and leaves the focus where it is. */
  show() {
    if (this.isOpen) return;
    this.isOpen = true;
    this._apply();
    this.chat.connect();
    this.chat.tell("open");
  }

  close() {
    if (!this.isOpen || this._page) return;
    const held = this.root.contains(/** @type {ShadowRoot} */ (this.root.getRootNode()).activeElement);
    this.isOpen = false;
    this._apply();
    if (held) this._launcher.focus();
    this.chat.tell("close");
  }

  _build() {
    const w = this.words;
    this._badge = h("span", { className: "badge", hidden: true });
    this._launcher = h("button", { className: "launcher", type: "button", "aria-expanded": "false" }, icon("chat"), icon("close"), this._badge);
    this._launcher.onclick = () => (this.isOpen ? this.close() : this.open());
    this._title = h("h2", { id: "title" }, w.title);
    this._who = h("p", { className: "who" });
    this._faces = h("div", { className: "faces", "aria-hidden": "true" });
    const shut = h("button", { type: "button", className: "tool shut", "aria-label": w.close, onclick: () => this.close() }, icon("close"));
    this.tools = h("div", { className: "tools" });
    const head = h("header", {}, this._faces, h("div", { className: "words" }, this._title, this._who), this.tools, !this._page && shut);
    this._state = h("p", { className: "state-line", role: "status" });
    this._older = h("button", { type: "button", className: "older", hidden: true, onclick: () => void this._more() }, w.older);
    this._list = h("ol", { className: "messages" });
    const log = h("div", { className: "log", role: "log", "aria-live": "polite", "aria-label": w.messages, tabIndex: 0 }, this._list);
    this._dots = h("div", { className: "dots", hidden: true }, h("i"), h("i"), h("i"), h("span", { className: "hidden" }, w.typing));
    this._asks = h("div", { className: "asks" });
    this.finds = h("div");
    this._scroll = h("div", { className: "scroll" }, this._older, this.finds, log, this._dots, this._asks);
    this._composer = new Composer(this.chat, w, (text) => this.say(text));
    this._panel = h("section", { className: "panel", role: "dialog", "aria-labelledby": "title" }, head, this._state, this._scroll, this._composer.element);
    this.root = h("div", { className: `chat${this._page ? " page" : ""}`, dir: w.dir, lang: w.tag }, this._panel, !this._page && this._launcher);
  }

  _listen() {
    const chat = this.chat;
    chat.on("messages", () => this._render());
    chat.on("desk", (desk) => (this._look(desk.look), this._present(desk), this._render()));
    chat.on("state", () => this._present(chat.desk));
    chat.on("frame", (frame) => (this._opened || frame.type === "call") && this._load().then((/** @type {any} */ take) => take?.(frame)));
    chat.on("typing", () => this._typing());
    chat.on("message", () => (this._dots.hidden = true));
    chat.on("unread", () => this._count());
    chat.on("status", (status) => (status === "resolved" ? this._askRating() : this._asks.replaceChildren()));
    this._panel.onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") this.close();
    };
    this._panel.ondragover = (/** @type {DragEvent} */ event) => event.preventDefault();
    this._panel.ondrop = (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      void this._composer.sendFiles([...(event.dataTransfer?.files ?? [])]);
    };
    document.addEventListener("visibilitychange", () => chat.watch(this.isOpen && !document.hidden));
  }

  /** Shows or hides the panel, and tells who can't see that. */
  _apply() {
    this.root.classList.toggle("open", this.isOpen);
    this._panel.inert = !this.isOpen;
    this._launcher.setAttribute("aria-expanded", String(this.isOpen));
    this._count();
    sessionStorage.setItem(this._place, this.isOpen ? "1" : "0");
    this.chat.watch(this.isOpen && !document.hidden);
    if (!this.isOpen) return;
    this._toEnd();
    void this._load();
  }

  /** What few need before they open the chat. It takes frames about calls. */
  _load() {
    return (this._opened ??= import("./opened/opened.js").then(({ opened }) => opened(this)).catch(() => (this._opened = null)));
  }

  /** @param {any} look From the account's settings; the script's own attributes go before it. */
  _look(look) {
    const accent = [this._data.accent, look.accent].find((one) => /^#[0-9a-f]{6}$/i.test(one ?? "")) ?? "#5b4bff";
    this.root.style.setProperty("--accent", accent);
    this.root.style.setProperty("--on-accent", inkOn(accent));
    this.root.dataset.theme = this._data.theme ?? look.theme ?? "auto";
    this.root.dataset.side = this._data.side ?? look.side ?? "end";
    this._title.textContent = look.title || this.words.title;
    this._greeting = look.greeting || this.words.greeting;
    this._starters = look.starters ?? [];
  }

  /** Who answers, and how soon. @param {any} desk */
  _present(desk) {
    const w = this.words;
    const lost = { waiting: w.connecting, unavailable: w.unavailable };
    this._state.textContent = lost[/** @type {keyof typeof lost} */ (this.chat.state)] ?? "";
    if (!desk) return;
    this._faces.replaceChildren(...desk.agents.slice(0, 3).map((/** @type {string} */ name) => h("span", {}, [...name][0] ?? "")));
    this._who.textContent = desk.state === "online" ? this._promise(desk) : desk.state === "away" ? w.away : w.closed(desk.opens_at);
    this._who.classList.toggle("there", desk.state === "online");
  }

  /** @param {any} desk */
  _promise(desk) {
    const names = new Intl.ListFormat(this.words.tag, { type: "conjunction" }).format(desk.agents.slice(0, 2));
    return desk.wait ? `${names} · ${this.words.wait(desk.wait.low_seconds, desk.wait.high_seconds)}` : names;
  }

  _count() {
    const many = this.isOpen ? 0 : this.chat.unread;
    this._badge.hidden = !many;
    this._badge.textContent = many > 9 ? "9+" : String(many);
    this._launcher.setAttribute("aria-label", this.isOpen ? this.words.close : many ? this.words.unread(many) : this.words.open);
  }

  /** Draws what changed: elements of messages that stayed as they are stay, so that a screen reader says only what is new. */
  _render() {
    const near = this._scroll.scrollHeight - this._scroll.scrollTop - this._scroll.clientHeight < NEAR_END;
    const all = this.chat.ordered;
    this._drawn ??= new Map();
    const before = this._drawn;
    this._drawn = new Map();
    let day = "", sender = "";
    const rows = [];
    for (const [index, message] of all.entries()) {
      const today = new Date(message.at).toLocaleDateString(this.words.tag, { weekday: "long", day: "numeric", month: "long" });
      const first = sender !== `${message.sender}${message.name}` || day !== today;
      if (day !== today) rows.push(this._kept(before, `day ${today}`, today, () => h("li", { className: "day" }, today)));
      [day, sender] = [today, `${message.sender}${message.name}`];
      const last = index === all.length - 1;
      const seen = message.sender === "you" && (this.chat.seenAt ?? "") > message.at;
      const context = { words: this.words, first, last, seen, choose: this._choose };
      rows.push(this._kept(before, message.id, JSON.stringify([{ ...message, read: 0 }, first, last, seen]), () => bubble(message, context)));
    }
    if (rows.some((row, index) => row !== this._list.children[index]) || rows.length !== this._list.children.length) this._list.replaceChildren(...rows);
    this._older.hidden = !this.chat.more;
    this._invite(all.length === 0);
    if (near || all.at(-1)?.sender === "you") this._toEnd();
  }

  /** @param {Map<string, any>} before @param {string} key @param {string} state @param {() => any} make */
  _kept(before, key, state, make) {
    const old = before.get(key);
    const kept = old?.state === state ? old : { state, element: make() };
    this._drawn?.set(key, kept);
    return kept.element;
  }

  _choose = (/** @type {any} */ choice, /** @type {string} */ text) => this.chat.say({ choice }, { text });

  /** Before the first word: a greeting, some words to tap, and where nobody is there, whom to answer. @param {boolean} empty */
  _invite(empty) {
    this.root.classList.toggle("empty", empty);
    const desk = this.chat.desk;
    const state = empty ? `${desk?.state} ${this._greeting} ${this.chat.session.now?.signed_in}` : "";
    if (this._invited === state) return;
    this._invited = state;
    this._hello?.remove();
    if (!empty) return;
    const starters = (this._starters ?? []).map((/** @type {string} */ text) => h("button", { type: "button", className: "chip", onclick: () => this.chat.say({ text }) }, text));
    const offline = desk && desk.state !== "online" && !this.chat.session.now?.signed_in;
    this._hello = h("div", { className: "hello" }, h("p", { className: "wave", "aria-hidden": "true" }, "👋"), h("p", { dir: "auto" }, this._greeting),
      h("div", { className: "chips" }, ...starters), offline && this._offline());
    this._scroll.prepend(this._hello);
  }

  _offline() {
    const w = this.words;
    const field = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ type) =>
      h("label", {}, label, h("input", { type, name, autocomplete: name, maxLength: 200, onchange: (/** @type {any} */ event) => this._attribute(name, event.target) }));
    return h("div", { className: "offline" }, h("p", {}, w.offline), field("name", w.name, "text"), field("email", w.email, "email"));
  }

  /** @param {string} name @param {HTMLInputElement} input */
  _attribute(name, input) {
    const value = input.value.trim();
    if (value && input.checkValidity()) this.chat.setAttributes({ [name]: value });
    else if (value) this.say(this.words.badEmail);
  }

  _askRating() {
    const w = this.words;
    const said = h("p", { className: "thanks", role: "status" });
    const comment = h("input", { type: "text", maxLength: 2000, placeholder: w.comment, "aria-label": w.comment });
    const stars = [1, 2, 3, 4, 5].map((score) => {
      const star = h("button", { type: "button", className: "star", "aria-label": w.stars(score), "aria-pressed": "false" }, icon("star"));
      star.onclick = () => void rate(score);
      return star;
    });
    const rate = async (/** @type {number} */ score) => {
      stars.forEach((star, index) => (star.classList.toggle("on", index < score), star.setAttribute("aria-pressed", String(index === score - 1))));
      comment.hidden = false;
      comment.onchange = () => void rate(score);
      try {
        await this.chat.rate(score, comment.value.trim());
        said.textContent = w.thanks;
      } catch {
        said.textContent = w.failed;
      }
    };
    comment.hidden = true;
    this._asks.replaceChildren(h("div", { className: "rate", role: "group", "aria-label": w.rate }, h("p", {}, w.rate), h("div", {}, ...stars), comment, said));
    this._toEnd();
  }

  _typing() {
    this._dots.hidden = false;
    clearTimeout(this._typingTimer);
    this._typingTimer = setTimeout(() => (this._dots.hidden = true), TYPING_MS);
    this._toEnd();
  }

  async _more() {
    const height = this._scroll.scrollHeight;
    await this.chat.older().catch(() => this.say(this.words.failed));
    this._scroll.scrollTop += this._scroll.scrollHeight - height;
  }

  /** @param {string} text */
  say(text) {
    this._state.textContent = text;
    clearTimeout(this._sayTimer);
    this._sayTimer = setTimeout(() => this._present(this.chat.desk), 6_000);
  }

  _toEnd() {
    this._scroll.scrollTop = this._scroll.scrollHeight;
  }
}
