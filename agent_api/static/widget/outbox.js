// What was said and is not acked yet: kept on the device, so that a tunnel, a closed tab or another page loses none of it.
// Each has a key of its own, so that tabs don't write over each other; one sent twice is taken once, by its id.

import { keep } from "./session.js";

const PATIENCE_MS = 15_000;
const AGAIN_MS = 2_000;

export class Outbox {
  /**
   * @param {string} prefix Of the keys.
   * @param {(frame: any) => boolean} send
   * @param {(frame: any, error: any) => void} onRefused For what will never be taken.
   */
  constructor(prefix, send, onRefused) {
    this._prefix = `${prefix}out.`;
    this._send = send;
    this._onRefused = onRefused;
    this._made = 0;
    /** @type {{id: string, timer: any} | null} */
    this._flying = null;
  }

  /** All of them, in the order they were said. @returns {any[]} */
  all() {
    return keep.keys(this._prefix).sort().map((key) => JSON.parse(keep.get(key) ?? "null")).filter(Boolean);
  }

  /** @param {any} frame */
  add(frame) {
    const place = `${Date.now().toString(36).padStart(9, "0")}${(this._made++).toString(36).padStart(4, "0")}`;
    keep.set(`${this._prefix}${place}.${frame.id}`, JSON.stringify({ ...frame, said: Date.now() }));
    this.pump();
  }

  /** One after the other: the next goes when the one before is durable, so order holds over any break. */
  pump() {
    if (this._flying) return;
    const next = this.all()[0];
    if (!next) return;
    const { said, ...frame } = next;
    if (!this._send(frame)) return;
    this._flying = { id: frame.id, timer: setTimeout(() => this._retry(), PATIENCE_MS) };
  }

  /** The connection is gone: what flew may have arrived or not. */
  halt() {
    clearTimeout(this._flying?.timer);
    this._flying = null;
  }

  /** @param {any} frame An ack or an error of ours. */
  answered(frame) {
    if (frame.type === "error" && frame.next_step === "retry") {
      if (frame.id === this._flying?.id) this._retry();
      return;
    }
    const key = keep.keys(this._prefix).find((name) => name.endsWith(`.${frame.id}`));
    const said = key && JSON.parse(keep.get(key) ?? "null");
    if (key) keep.delete(key);
    if (frame.type === "error" && said) this._onRefused(said, frame);
    if (frame.id === this._flying?.id) this.halt();
    this.pump();
  }

  clear() {
    this.halt();
    keep.keys(this._prefix).forEach((key) => keep.delete(key));
  }

  _retry() {
    clearTimeout(this._flying?.timer);
    this._flying = { id: "", timer: setTimeout(() => (this.halt(), this.pump()), AGAIN_MS) };
  }
}
