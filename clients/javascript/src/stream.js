// The live stream over a WebSocket: it resumes where it was, sees gaps, and gives up on dead connections.

import { FrontdeskError } from "./errors.js";

const SUBPROTOCOL = "frontdesk.v1+json";
const PAUSE_FIRST = 0.5;
const PAUSE_MOST = 30;
const GRACE = 10;
const COMMAND_WITHIN = 10;
const HELLO_WITHIN = 15;

/**
 * @typedef {object} Frame
 * @property {string} id
 * @property {string} type
 * @property {string} at
 * @property {number} seq
 * @property {number} prev
 * @property {Record<string, any>} data
 */

/**
 * @typedef {object} StreamOptions
 * @property {string} baseUrl Where the agent API is.
 * @property {string} [key] An API key, for programs.
 * @property {() => Promise<string>} [ticket] Gets a one-use ticket, for pages: their keys must not stand in URLs.
 * @property {"all" | "mine" | "team" | "conversation"} [filter] Which events.
 * @property {string} [id] The team or conversation of the filter.
 * @property {number} [after] The last number you have.
 * @property {string} [epoch] The history that number is from.
 * @property {(frame: Frame) => void} onEvent Called for each event, in order, each number once.
 * @property {(frame: any) => void} [onOther] Called for frames that are no events, such as the signals of a call.
 * @property {(reason: string, head: number) => void} [onSnapshot] Read the lists again: what was missed can't be replayed.
 * @property {(state: "connecting" | "open" | "waiting" | "stopped", detail?: any) => void} [onState] How the connection does.
 * @property {any} [WebSocket] Another implementation than the platform's.
 * @property {() => number} [random] From 0 to 1; for tests.
 */

/** Follows a tenant's events for as long as it is not stopped. `last` and `epoch` are what to keep for the next start. */
export class FrontdeskStream {
  /** @param {StreamOptions} options */
  constructor(options) {
    this._options = options;
    this._base = options.baseUrl.replace(/\/+$/, "").replace(/^http/, "ws");
    this._Socket = options.WebSocket ?? globalThis.WebSocket;
    if (this._Socket === undefined) throw new FrontdeskError("no_websocket", "This platform has no WebSocket: give one.");
    this._random = options.random ?? Math.random;
    /** @type {number | undefined} */
    this.last = options.after;
    /** @type {string | undefined} */
    this.epoch = options.epoch;
    /** Gaps that were seen and closed by reconnecting; a fault of the other side if it grows. */
    this.gaps = 0;
    this._failures = 0;
    this._stopped = true;
    this._heartbeat = 25;
    this._commands = 0;
    /** @type {Map<string, {resolve: (frame: any) => void, reject: (error: Error) => void, timer: any}>} */
    this._waiting = new Map();
    /** @type {any} */
    this._socket = null;
    /** @type {any} */
    this._watchdog = undefined;
    /** @type {any} */
    this._pause = undefined;
  }

  /** Connects, and again whenever the connection ends. */
  start() {
    if (!this._stopped) return;
    this._stopped = false;
    void this._connect();
  }

  /** Ends it for good; `start` goes on from the same number. */
  stop() {
    this._stop("stopped by you");
  }

  /**
   * A command such as `presence.set` or `typing`; answers its ack. Raises FrontdeskError where it is refused or not answered.
   * @param {string} type
   * @param {Record<string, any>} fields
   * @returns {Promise<any>}
   */
  send(type, fields = {}) {
    const socket = this._socket;
    if (socket === null || socket.readyState !== 1) {
      return Promise.reject(new FrontdeskError("not_connected", "The stream is not open."));
    }
    const id = `c${++this._commands}`;
    return new Promise((resolve, reject) => {
      const late = () => this._settle(id)?.reject(new FrontdeskError("timeout", "The command was not answered."));
      this._waiting.set(id, { resolve, reject, timer: setTimeout(late, COMMAND_WITHIN * 1000) });
      socket.send(JSON.stringify({ ...fields, type, id }));
    });
  }

  async _connect() {
    this._say("connecting");
    let url, ticket;
    try {
      ticket = this._options.ticket === undefined ? undefined : await this._options.ticket();
      url = this._url(ticket);
    } catch (error) {
      this._again({ cause: error });
      return;
    }
    if (this._stopped) return;
    const socket = new this._Socket(url, [SUBPROTOCOL]);
    this._socket = socket;
    /** @type {any} */
    let farewell;
    socket.onopen = () => {
      if (ticket === undefined) socket.send(JSON.stringify({ type: "auth", token: this._options.key }));
    };
    socket.onmessage = (/** @type {any} */ message) => {
      const frame = JSON.parse(message.data);
      if (frame.type === "closing") farewell = frame;
      if (this._socket === socket) this._take(frame);
    };
    // A browser says nothing of what went wrong; the close that follows is what counts.
    socket.onerror = () => {};
    socket.onclose = (/** @type {any} */ close) => {
      if (this._socket === socket) this._closed(farewell, close);
    };
    this._watch(HELLO_WITHIN);
  }

  /** @param {string | undefined} ticket */
  _url(ticket) {
    const query = new URLSearchParams();
    if (this.last !== undefined) query.set("after", String(this.last));
    if (this.epoch !== undefined) query.set("epoch", this.epoch);
    if (this._options.filter !== undefined) query.set("filter", this._options.filter);
    if (this._options.id !== undefined) query.set("id", this._options.id);
    if (ticket !== undefined) query.set("ticket", ticket);
    return `${this._base}/v1/stream?${query}`;
  }

  /** @param {any} frame */
  _take(frame) {
    this._watch(this._heartbeat + GRACE);
    if (typeof frame.prev === "number") {
      this._event(frame);
      return;
    }
    switch (frame.type) {
      case "hello":
        this.epoch = frame.epoch;
        this.last ??= frame.after;
        this._heartbeat = frame.heartbeat_seconds;
        this._failures = 0;
        this._say("open", { session: frame.session });
        break;
      case "ping":
        this.last = frame.seq;
        break;
      case "snapshot_required":
        this.epoch = frame.epoch;
        this.last = frame.head;
        this._options.onSnapshot?.(frame.reason, frame.head);
        break;
      case "ack":
        this._settle(frame.id)?.resolve(frame);
        break;
      case "error":
        this._settle(frame.id)?.reject(new FrontdeskError(frame.code, frame.detail, { problem: frame }));
        break;
      default:
        this._options.onOther?.(frame);
    }
  }

  /** @param {Frame} frame */
  _event(frame) {
    if (this.last !== undefined && frame.seq <= this.last) return;
    if (frame.prev !== this.last) {
      this.gaps++;
      this._drop();
      this._again({ gap: true });
      return;
    }
    this.last = frame.seq;
    this._options.onEvent(frame);
  }

  /**
   * @param {any} farewell
   * @param {any} close
   */
  _closed(farewell, close) {
    this._drop();
    if (farewell !== undefined && farewell.retry === false) {
      this._stop(farewell.advice, farewell.code);
      return;
    }
    this._again({ code: close?.code, after: farewell?.retry_after_ms });
  }

  /** @param {{code?: number, after?: number, gap?: boolean, cause?: unknown}} why */
  _again(why) {
    if (this._stopped) return;
    this._failures++;
    // Full jitter: what was cut off together does not come back together.
    const most = Math.min(PAUSE_MOST, PAUSE_FIRST * 2 ** Math.min(this._failures, 10));
    const pause = why.after ?? (PAUSE_FIRST + this._random() * (most - PAUSE_FIRST)) * 1000;
    this._say("waiting", { ...why, pause });
    clearTimeout(this._pause);
    this._pause = setTimeout(() => void (this._stopped || this._connect()), pause);
  }

  /** Without a frame for so many seconds the connection is dead, whatever the socket says. @param {number} seconds */
  _watch(seconds) {
    clearTimeout(this._watchdog);
    const dead = () => {
      this._drop();
      this._again({ code: 1006 });
    };
    this._watchdog = setTimeout(dead, seconds * 1000);
  }

  /** Lets go of the socket, and of every command that waits on it. */
  _drop() {
    const socket = this._socket;
    this._socket = null;
    clearTimeout(this._watchdog);
    for (const id of [...this._waiting.keys()]) {
      this._settle(id)?.reject(new FrontdeskError("connection_lost", "It is not known whether the command was done."));
    }
    if (socket !== null && socket.readyState < 2) socket.close();
  }

  /** @param {string} id */
  _settle(id) {
    const found = this._waiting.get(id);
    this._waiting.delete(id);
    clearTimeout(found?.timer);
    return found;
  }

  /**
   * @param {string} advice
   * @param {number} [code]
   */
  _stop(advice, code) {
    this._stopped = true;
    clearTimeout(this._pause);
    this._drop();
    this._say("stopped", { advice, code });
  }

  /**
   * @param {"connecting" | "open" | "waiting" | "stopped"} state
   * @param {any} [detail]
   */
  _say(state, detail) {
    this._options.onState?.(state, detail);
  }
}
