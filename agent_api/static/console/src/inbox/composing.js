// The state of one composer, apart from how it looks: text, mode, files, buttons, lease, and what sending does with them.
import { computed, signal } from "@preact/signals";

import { t } from "../lib/i18n.js";
import { channelOf } from "../state/directory.js";
import { draftOf, keepDraft } from "../state/drafts.js";
import * as leases from "../state/lease.js";
import { command } from "../state/live.js";
import { attempt, explained, tell } from "../state/notices.js";
import { onStored, pending, submit } from "../state/outbox.js";
import * as queue from "../state/queue.js";
import { api, session } from "../state/session.js";
import { put } from "../state/thread.js";
import { kindOf, tooLarge } from "./limits.js";
import { offered } from "./suggest.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */

const SIGNS_EVERY = 3000;

onStored(put);

export class Composing {
  /** @param {string} id */
  constructor(id) {
    const kept = draftOf(id);
    this.id = id;
    this.mode = signal(kept.mode);
    this.text = signal(kept.text);
    this.files = signal(/** @type {File[]} */ ([]));
    this.buttons = signal(/** @type {string[]} */ ([]));
    this.caret = signal(kept.text.length);
    this.busy = signal(false);
    /** What the customer wrote while the answer was being written, told by the API. */
    this.meanwhile = signal(0);
    this.closed = signal("");
    this.offer = computed(() => {
      const found = offered(this.text.value, this.caret.value, this.mode.value);
      return found !== null && this.closed.value === this.text.value ? null : found;
    });
    this._signed = 0;
  }

  /** @returns {Conversation | undefined} */
  get conversation() {
    return queue.cell(this.id)?.value;
  }

  get channel() {
    return channelOf(this.conversation?.channel ?? "");
  }

  get empty() {
    return this.text.value.trim() === "" && this.files.value.length === 0;
  }

  /** @param {string} text @param {number} caret */
  write(text, caret) {
    const begins = this.text.peek().trim() === "";
    this.text.value = text;
    this.caret.value = caret;
    keepDraft(this.id, { mode: this.mode.peek(), text });
    if (this.mode.peek() !== "reply") return;
    if (text.trim() === "") void leases.release(this.id);
    else this._sign(begins);
  }

  /** Tells that somebody writes: to colleagues by the lease and the stream, to the customer where the channel can show it. */
  _sign(begins = false) {
    // Who begins an answer has what is there before their eyes: only what comes from now on makes it stale.
    if ((begins || leases.lease.peek()?.yours !== true) && leases.heldByOther() === null) void leases.hold(this.id, { seen: begins });
    if (Date.now() - this._signed < SIGNS_EVERY) return;
    this._signed = Date.now();
    const told = command("typing", { conversation_id: this.id });
    // Signs are a courtesy: a lost one is followed by the next.
    told?.catch(() => {});
    if (this.channel?.typing) void api().showTyping({ path: { conversation_id: this.id } }).catch(() => {});
  }

  /** @param {"reply" | "note"} mode */
  turn(mode) {
    this.mode.value = mode;
    keepDraft(this.id, { mode, text: this.text.peek() });
    if (mode === "note") void leases.release(this.id);
  }

  /** Puts a text where the caret is. @param {string} text @param {number} [from] */
  insert(text, from = this.caret.peek()) {
    const before = this.text.peek().slice(0, from);
    const after = this.text.peek().slice(this.caret.peek());
    this.write(before + text + after, before.length + text.length);
  }

  /** Takes up what was offered. @param {import("./suggest.js").Suggestion} item */
  async choose(item) {
    const offer = this.offer.peek();
    if (offer === null) return;
    if (item.kind === "mention") {
      this.insert(`@${item.title} `, offer.from);
      return;
    }
    const path = { conversation_id: this.id, canned_id: item.id };
    const found = await attempt(() => api().renderCannedReply({ path }));
    if (found === undefined) return;
    this.insert(found.text, offer.from);
    this.closed.value = this.text.peek();
    if (found.missing.length > 0) tell(t("composer.missing", { names: found.missing.join(", ") }), "bad");
  }

  /** @param {Iterable<File>} files */
  attach(files) {
    for (const file of files) {
      if (tooLarge(file, this.channel)) tell(t("composer.too_large", { name: file.name }), "bad");
      else this.files.value = [...this.files.peek(), file];
    }
    if (!this.empty) this._sign();
  }

  /** Sends what there is. The text leaves the composer at once; what can't be stored waits beside the messages. */
  async send() {
    if (this.empty || this.busy.peek()) return;
    const text = this.text.peek().trim();
    if (this.mode.peek() === "note") {
      this._clear();
      void submit({ conversationId: this.id, kind: "note", body: { text }, text });
      return;
    }
    const lease = leases.lease.peek();
    const number = lease?.yours === true ? lease.number : null;
    this.busy.value = true;
    const files = await attempt(() => this._uploaded());
    this.busy.value = false;
    if (files === undefined) return;
    const buttons = this.buttons.peek().map((title, index) => ({ id: `b${index + 1}`, title }));
    this._clear();
    leases.spent();
    for (const [index, content] of files.entries()) {
      const last = index === files.length - 1 && text === "";
      void submit({ conversationId: this.id, kind: "reply", body: { content, lease: last ? number : null }, text: content.filename });
    }
    if (text === "") return;
    const content = { type: "text", text, ...(buttons.length > 0 ? { buttons } : {}) };
    await submit({ conversationId: this.id, kind: "reply", body: { content, lease: number }, text });
    this._refused(text);
  }

  /** The files' contents as the API takes them. @returns {Promise<any[]>} */
  _uploaded() {
    const upload = async (/** @type {File} */ file) => {
      const query = { filename: file.name, mime: file.type || "application/octet-stream" };
      const bytes = new Uint8Array(await file.arrayBuffer());
      const { url } = await api().uploadAttachment({ query, bytes });
      return { type: "media", kind: kindOf(query.mime), url, mime: query.mime, filename: file.name };
    };
    return Promise.all(this.files.peek().map(upload));
  }

  /** Somebody wrote meanwhile: the text comes back into an empty composer, with word of what happened. @param {string} text */
  _refused(text) {
    const failed = pending.peek().find((item) => item.conversationId === this.id && item.state === "failed" && item.text === text);
    const code = failed?.error?.code;
    if (failed === undefined || (code !== "reply_lease_stale" && code !== "reply_lease_held")) return;
    if (this.text.peek() !== "") return;
    pending.value = pending.peek().filter((item) => item.key !== failed.key);
    this.write(text, text.length);
    const news = /** @type {unknown[]} */ (failed.error?.problem.meanwhile ?? []);
    this.meanwhile.value = Math.max(1, news.length);
    tell(explained(failed.error), "bad");
  }

  /** The writer has read what came meanwhile, or takes the answer over from a colleague. */
  async takeOver() {
    this.meanwhile.value = 0;
    await leases.hold(this.id, { take_over: true, seen: true });
  }

  _clear() {
    this.text.value = "";
    this.files.value = [];
    this.buttons.value = [];
    this.caret.value = 0;
    this.meanwhile.value = 0;
    keepDraft(this.id, { mode: this.mode.peek(), text: "" });
  }

  /** Sends a template, the only thing some channels take once their window is closed. @param {{name: string, language: string, parameters: string[]}} template */
  async sendTemplate(template) {
    const content = { type: "template", ...template };
    await submit({ conversationId: this.id, kind: "reply", body: { content }, text: t("content.template", template) });
  }

  /** Whether somebody else than the reader owns it. */
  get foreign() {
    const owner = this.conversation?.agent_id;
    return owner != null && owner !== session.value?.me.agent_id;
  }
}
