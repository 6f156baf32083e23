// Voice and video in the chat: what rings, who is heard and seen, and what can be done. Loaded when somebody calls.

import { FrontdeskCalls } from "../../client/call.js";
import { FrontdeskError } from "../../client/errors.js";
import { newId } from "../chat.js";
import { h } from "../dom.js";
import { Pane, style } from "./pane.js";
import { callWords } from "./words.js";

const ANSWER_WITHIN = 10_000;
const CASE_WITHIN = 15_000;
/** @type {Record<string, string>} What a browser says where there is no camera or microphone to be had. */
const REFUSALS = { NotAllowedError: "denied", NotFoundError: "missing", OverconstrainedError: "missing", NotReadableError: "taken" };

export class Calling {
  /** @param {import("../view.js").View} view */
  constructor(view) {
    this._view = view;
    this._chat = view.chat;
    this._words = callWords(view.words.tag);
    /** @type {Map<string, {resolve: (frame: any) => void, reject: (error: Error) => void, timer: any}>} */
    this._waiting = new Map();
    /** @type {Map<string, HTMLElement>} */
    this._rings = new Map();
    /** @type {Pane | null} */
    this._pane = null;
    this._asking = false;
    this._alerts = h("div", { role: "alert" });
    this._place = h("div", {}, this._alerts);
    view.tools.closest("header")?.after(this._place);
    style(/** @type {ShadowRoot} */ (this._place.getRootNode()));
    this._calls = new FrontdeskCalls({
      side: "customer",
      send: (type, fields) => this._send(type, fields),
      onRing: (told) => this._ring(told),
      onTold: (told) => told.state !== "ringing" && this._quiet(told.call_id),
      onChange: (call) => this._changed(call),
    });
    this._chat.on("state", (state) => state === "open" && this._calls.connected());
    // A page that goes takes its camera along: the other side is told at once.
    addEventListener("pagehide", () => void this._calls.current?.hangUp().catch(() => {}));
  }

  /** A frame of the socket. @param {any} frame */
  take(frame) {
    const asked = frame.type === "ack" || frame.type === "error" ? this._waiting.get(frame.id) : undefined;
    if (!asked) return this._calls.take(frame);
    this._waiting.delete(frame.id);
    clearTimeout(asked.timer);
    if (frame.type === "ack") asked.resolve(frame);
    else asked.reject(new FrontdeskError(frame.code, frame.detail));
  }

  /** Calls whoever answers here. A call belongs to a conversation: where there is none, the wish is said first. @param {"audio" | "video"} kind */
  async start(kind) {
    await this._do(async () => {
      if (!this._hasCase()) await this._begin(kind);
      try {
        return await this._calls.start({ kind });
      } catch (error) {
        // The conversation of before is over: the wish opens one.
        if (/** @type {any} */ (error).code !== "conflict" || this._calls.current) throw error;
        await this._begin(kind);
        return this._calls.start({ kind });
      }
    });
  }

  _hasCase() {
    return !this._chat.toRate && [...this._chat.messages.values()].some((message) => message.conversation_id);
  }

  /** Says the wish, and waits until it is in a conversation. @param {"audio" | "video"} kind */
  _begin(kind) {
    return new Promise((/** @type {(value?: any) => void} */ resolve, reject) => {
      const text = this._words[kind === "video" ? "wishVideo" : "wish"];
      const came = (/** @type {any} */ frame) => {
        if (frame.type === "message" && frame.message.sender === "you" && frame.message.text === text) done(resolve);
      };
      const done = (/** @type {(value?: any) => void} */ how, /** @type {any} */ value = undefined) => {
        clearTimeout(timer);
        this._chat.off("frame", came);
        how(value);
      };
      const timer = setTimeout(() => done(reject, new FrontdeskError("timeout", this._words.failed)), CASE_WITHIN);
      this._chat.on("frame", came);
      this._chat.say({ text });
    });
  }

  /** @param {() => Promise<import("../../client/call.js").FrontdeskCall>} action */
  async _do(action) {
    if (this._asking || this._calls.current) return;
    this._asking = true;
    try {
      this._changed(await action());
    } catch (error) {
      this._view.say(this._refusal(error));
    } finally {
      this._asking = false;
    }
  }

  /** @param {any} error */
  _refusal(error) {
    return this._words[REFUSALS[error.name] ?? "failed"];
  }

  /** @param {string} type @param {Record<string, any>} fields @returns {Promise<any>} */
  _send(type, fields) {
    return new Promise((resolve, reject) => {
      const id = newId();
      if (!this._chat.stream.send({ ...fields, type, id })) return reject(new FrontdeskError("not_connected", type));
      const late = () => {
        this._waiting.delete(id);
        reject(new FrontdeskError("timeout", type));
      };
      this._waiting.set(id, { resolve, reject, timer: setTimeout(late, ANSWER_WITHIN) });
    });
  }

  /** Our side rings: the chat shows itself, and the focus stays where it is. @param {import("../../client/call.js").Told} told */
  _ring(told) {
    const w = this._words;
    const answer = (/** @type {"audio" | "video"} */ kind) => {
      this._quiet(told.call_id);
      void this._do(() => this._calls.answer(told.call_id, kind));
    };
    const video = told.kind === "video";
    const decline = () => (this._quiet(told.call_id), void this._calls.decline(told.call_id).catch(() => {}));
    const box = h("div", { className: "ring" }, h("p", {}, video ? w.ringsVideo : w.rings), h("div", { className: "ring-does" },
      h("button", { type: "button", className: "chip yes", onclick: () => answer(told.kind) }, w.answer),
      video && h("button", { type: "button", className: "chip", onclick: () => answer("audio") }, w.answerVoice),
      h("button", { type: "button", className: "chip", onclick: decline }, w.decline)));
    this._rings.set(told.call_id, box);
    this._view.show();
    this._alerts.append(box);
  }

  /** @param {string} id */
  _quiet(id) {
    this._rings.get(id)?.remove();
    this._rings.delete(id);
  }

  /** @param {import("../../client/call.js").FrontdeskCall} call */
  _changed(call) {
    if (call.state === "ended") {
      if (this._pane?.call !== call) return;
      this._pane.remove();
      this._pane = null;
      this._view.say(this._words[call.cause ?? "hung_up"]);
    } else if (this._pane?.call === call) this._pane.draw();
    else if (this._calls.current === call) {
      this._pane = new Pane(call, this._words, (error) => this._view.say(this._refusal(error)));
      this._place.append(this._pane.element);
    }
  }
}
