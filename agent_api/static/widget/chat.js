// The conversation as this page knows it: messages by id, what waits to be sent, who is there. It tells a view what changed.

import { Outbox } from "./outbox.js";
import { Refused } from "./session.js";
import { Stream } from "./stream.js";

const TYPING_EVERY_MS = 3_000;
const DESK_EVERY_MS = 30_000;

export const newId = () =>
  crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

export class Chat {
  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.session = session;
    /** @type {Map<string, any>} */
    this.messages = new Map();
    /** @type {any} */
    this.desk = null;
    this.state = "idle";
    /** @type {{name?: string, email?: string, language?: string}} */
    this.attributes = {};
    /** @type {string | null} The conversation that was just resolved and can be rated. */
    this.toRate = null;
    this.more = "";
    this.watching = false;
    this._listeners = new EventTarget();
    /** @type {Map<any, any>} */
    this._wrapped = new Map();
    this._typedAt = 0;
    this._askedAt = 0;
    this.stream = new Stream(() => this._enter(), (frame) => this._take(frame), (state) => this._became(state));
    this._outbox = new Outbox(session.key, (frame) => this.stream.send(frame), (frame, error) => this._refused(frame, error));
    this._tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel(session.key) : null;
    if (this._tabs) this._tabs.onmessage = (event) => this._fromTab(event.data);
  }

  /** Goes on with what there is of this visitor; begins nothing for somebody who has not opened the chat. @param {boolean} open */
  async begin(open) {
    for (const { said, ...frame } of this._outbox.all()) this._echo(frame, said);
    if (open || this.session.now) this.connect();
    await this.askDesk();
  }

  connect() {
    this.stream.start();
    void this.askDesk();
  }

  async askDesk() {
    if (Date.now() - this._askedAt < DESK_EVERY_MS) return;
    this._askedAt = Date.now();
    try {
      this.desk = await this.session.desk();
      this.tell("desk", this.desk);
    } catch (error) {
      if (error instanceof Refused && error.status < 500 && error.status !== 429) this._became("unavailable");
    }
  }

  // ── what the page and the view ask ────────────────────────────────────────────────────────────────────────────────
  /** @param {string} name @param {(value: any) => void} listener */
  on(name, listener) {
    const wrapped = (/** @type {any} */ event) => listener(event.detail);
    this._wrapped.set(listener, wrapped);
    this._listeners.addEventListener(name, wrapped);
  }

  /** @param {string} name @param {(value: any) => void} listener */
  off(name, listener) {
    this._listeners.removeEventListener(name, this._wrapped.get(listener));
    this._wrapped.delete(listener);
  }

  /** @param {string} name @param {any} [detail] */
  tell(name, detail) {
    this._listeners.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Signs in with a token that the company's server made. @param {string} identity */
  async identify(identity) {
    try {
      await this.session.ensure(identity);
    } catch (error) {
      this.tell("error", { what: "identify", code: /** @type {any} */ (error).code ?? "network" });
      return;
    }
    this._anew();
    this._tabs?.postMessage({ type: "session" });
  }

  /** `name`, `email`, `language`: told with the next message. Others are refused. @param {Record<string, string>} values */
  setAttributes(values) {
    for (const [name, value] of Object.entries(values)) {
      if (["name", "email", "language"].includes(name)) this.attributes = { ...this.attributes, [name]: String(value) };
      else this.tell("error", { what: "setAttributes", code: "unknown_attribute", name });
    }
  }

  /** Forgets who this is, on this device: for signing out. */
  reset() {
    this._outbox.clear();
    this.session.forget();
    this.attributes = {};
    this._anew();
    this._tabs?.postMessage({ type: "session" });
  }

  /** @param {Record<string, any>} values Of a message frame: text, media, choice. @param {any} [shown] What to show of it until it comes back. */
  say(values, shown = {}) {
    const frame = { type: "message", id: newId(), ...values, ...this.attributes };
    this._echo({ ...frame, ...shown }, Date.now());
    this._outbox.add(frame);
    this.toRate = null;
    this.connect();
  }

  /** Uploads first: bytes are not kept over a closed page. Throws `Refused`. @param {Blob} file @param {string} name @param {string} kind */
  async sendFile(file, name, kind) {
    await this.session.ensure();
    const made = await this.session.upload(file, name.replace(/[\x00-\x1f\x7f/\\"]/g, "_").slice(-150), kind);
    this.say({ media: [{ upload: made.upload, kind: made.kind }] }, { media: [made] });
  }

  typing() {
    if (Date.now() - this._typedAt < TYPING_EVERY_MS) return;
    if (this.stream.send({ type: "typing", id: newId() })) this._typedAt = Date.now();
  }

  /** Whether the customer sees the messages now: then they count as read. @param {boolean} seen */
  watch(seen) {
    this.watching = seen;
    if (!seen) return;
    for (const message of this.messages.values()) this._read(message);
    this._tabs?.postMessage({ type: "read" });
    this.tell("unread", 0);
  }

  get unread() {
    return [...this.messages.values()].filter((message) => message.sender !== "you" && !message.read).length;
  }

  /** In the order to show: what has not come back yet stands last, since this device's clock may be wrong. */
  get ordered() {
    const place = (/** @type {any} */ message) => (message.conversation_id ? Date.parse(message.at) : Infinity);
    return [...this.messages.values()].sort((a, b) => {
      const [one, other] = [place(a), place(b)];
      return one === other ? (one === Infinity ? 0 : a.id < b.id ? -1 : 1) : one - other;
    });
  }

  async older() {
    const page = await this.session.history(this.more === "first" ? "" : this.more);
    page.items.forEach((/** @type {any} */ message) => this._keep(message));
    this.more = page.next_cursor ?? "";
    this.tell("messages");
  }

  /** @param {number} score @param {string} comment */
  async rate(score, comment) {
    if (!this.toRate) return;
    await this.session.rate(this.toRate, score, comment);
    this.tell("rated", { score });
  }

  // ── what the socket says ──────────────────────────────────────────────────────────────────────────────────────────
  async _enter() {
    const { token } = /** @type {any} */ (await this.session.ensure());
    return { url: this.session.socketUrl(), token };
  }

  /** @param {string} state */
  _became(state) {
    if (state !== "open") this._outbox.halt();
    if (state === "refused") {
      // The token is over or was taken back: the page may say again who it is, else this is a new visitor.
      this.session.forget();
      this.messages.clear();
      this.tell("error", { what: "session", code: "ended" });
      this.tell("messages");
      if (this.watching) this.connect();
    }
    this.state = state;
    this.tell("state", state);
  }

  /** @param {any} frame */
  _take(frame) {
    this.tell("frame", frame);
    switch (frame.type) {
      case "history":
        this._dropKnown();
        frame.messages.forEach((/** @type {any} */ message) => this._keep(message));
        this.more = frame.more ? "first" : "";
        this.tell("messages");
        this.tell("unread", this.unread);
        this._outbox.pump();
        break;
      case "hello":
        this._outbox.pump();
        break;
      case "message":
        this._came(frame.message);
        break;
      case "ack":
      case "error":
        this._answered(frame);
        break;
      case "typing":
        this.tell("typing");
        break;
      case "seen":
        this.seenAt = new Date().toISOString();
        this.tell("messages");
        break;
      case "status":
        this.toRate = frame.status === "resolved" ? frame.conversation_id : null;
        this.tell("status", frame.status);
        break;
    }
  }

  /** @param {any} message */
  _came(message) {
    const fresh = !this.messages.has(message.id);
    this._keep(message);
    this.tell("messages");
    if (message.sender === "you" || !fresh) return;
    this.tell("message", message);
    if (this.watching) this._read(message);
    else this.tell("unread", this.unread);
  }

  /** @param {any} message */
  _keep(message) {
    if (message.client_id) this.messages.delete(message.client_id);
    this.messages.set(message.id, message);
    if (this.watching) this._read(message);
  }

  /** What the server will tell anew; our own words that wait stay. */
  _dropKnown() {
    for (const [id, message] of this.messages) if (message.conversation_id) this.messages.delete(id);
  }

  /** @param {any} message */
  _read(message) {
    if (message.sender === "you" || message.read || message.waiting) return;
    if (this.stream.send({ type: "read", message_id: message.id })) message.read = true;
  }

  /** @param {any} frame */
  _answered(frame) {
    const own = this.messages.get(frame.id);
    if (own && frame.type === "ack") own.waiting = false;
    this._outbox.answered(frame);
    if (own) this.tell("messages");
  }

  /** @param {any} frame @param {any} error */
  _refused(frame, error) {
    const own = this.messages.get(frame.id);
    if (own) Object.assign(own, { waiting: false, failed: true });
    this.tell("error", { what: "message", code: error.code });
  }

  /** Our own words as they will come back, shown at once. @param {any} frame @param {number} said */
  _echo(frame, said) {
    this.messages.set(frame.id, {
      id: frame.id,
      sender: "you",
      text: frame.text ?? null,
      choice: frame.choice ?? null,
      media: (frame.media ?? []).map((/** @type {any} */ item) => ({ filename: null, caption: null, url: null, ...item })),
      at: new Date(said).toISOString(),
      waiting: true,
    });
    this.tell("messages");
  }

  /** @param {any} said */
  _fromTab(said) {
    if (said.type === "session" && this.session.read()) this._anew();
    if (said.type === "read") {
      for (const message of this.messages.values()) if (message.sender !== "you") message.read = true;
      this.tell("unread", 0);
    }
  }

  _anew() {
    this.stream.stop();
    this.messages.clear();
    this.toRate = null;
    this.tell("messages");
    this.tell("unread", 0);
    for (const { said, ...frame } of this._outbox.all()) this._echo(frame, said);
    if (this.session.now || this.watching) this.connect();
  }
}
