// The REST API: one method for every operation, with retries that can't do anything twice.

import { FrontdeskError } from "./errors.js";
import { OPERATIONS } from "./operations.js";

const RETRIES = 3;
const PAUSE_FIRST = 0.3;
const PAUSE_MOST = 20;
const RETRIED = new Set([429, 502, 503, 504]);

/**
 * @typedef {object} Options
 * @property {string} baseUrl Where the agent API is, such as `https://desk.example`.
 * @property {string} [key] An API key or a session's token. Without one, for pages of the service itself: the session's cookie.
 * @property {typeof fetch} [fetch] Another fetch than the platform's.
 * @property {number} [timeout] Seconds for one try; 20 by default.
 * @property {(seconds: number) => Promise<void>} [sleep] Waits; for tests.
 */

/**
 * @typedef {object} Asked
 * @property {Record<string, string>} [path] What stands in the path.
 * @property {Record<string, any>} [query] What stands behind it; lists are repeated.
 * @property {any} [body] What is sent, as JSON.
 * @property {BodyInit} [bytes] What is sent as it is, for uploads.
 * @property {string | number} [ifMatch] The version a change is made from, or `*`.
 * @property {string} [idempotencyKey] Of a POST; one is made up where none is given.
 * @property {AbortSignal} [signal] Ends the call.
 */

/** Calls the API. `client.call("listConversations", {query: {status: ["open"]}})`, or `client.listConversations({…})`. */
export class Frontdesk {
  /** @param {Options} options */
  constructor({ baseUrl, key, fetch: own, timeout = 20, sleep = wait }) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this._key = key;
    this._fetch = own ?? ((/** @type {any} */ url, /** @type {any} */ init) => fetch(url, init));
    this._timeout = timeout;
    this._sleep = sleep;
    for (const name of Object.keys(OPERATIONS)) {
      Object.defineProperty(this, name, { value: (/** @type {Asked} */ asked) => this.call(name, asked) });
    }
  }

  /** The key never shows where the client is printed. */
  toJSON() {
    return { baseUrl: this.baseUrl };
  }

  [Symbol.for("nodejs.util.inspect.custom")]() {
    return `Frontdesk(${this.baseUrl})`;
  }

  /**
   * One operation; answers what it answers, parsed. Raises FrontdeskError.
   *
   * Tries again after 429, 502, 503, 504 and lost connections, where a repeat is safe: reads, changes under If-Match, and POSTs,
   * which keep their Idempotency-Key.
   * @param {string} operation
   * @param {Asked} [asked]
   * @returns {Promise<any>}
   */
  async call(operation, asked = {}) {
    return (await this.request(operation, asked)).body;
  }

  /**
   * As `call`, with the version of what was answered.
   * @param {string} operation
   * @param {Asked} [asked]
   * @returns {Promise<{body: any, version: number | null, status: number, headers: Headers}>}
   */
  async request(operation, asked = {}) {
    const known = OPERATIONS[/** @type {keyof typeof OPERATIONS} */ (operation)];
    if (known === undefined) throw new FrontdeskError("no_such_operation", operation);
    const [method, template] = known;
    const url = this.baseUrl + filled(template, asked.path ?? {}) + search(asked.query ?? {});
    const init = this._init(method, asked);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this._once(url, init, asked.signal);
      } catch (error) {
        const problem = /** @type {FrontdeskError} */ (error);
        const again = problem.status === 0 ? problem.code === "unreachable" : RETRIED.has(problem.status);
        if (!again || attempt > RETRIES || asked.signal?.aborted) throw error;
        const own = Math.min(PAUSE_MOST, PAUSE_FIRST * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
        await this._sleep(Math.min(PAUSE_MOST, Math.max(own, problem.retryAfter ?? 0)));
      }
    }
  }

  /**
   * Every item of a list, page by page.
   * @param {string} operation
   * @param {Asked} [asked]
   * @returns {AsyncGenerator<any, void, undefined>}
   */
  async *items(operation, asked = {}) {
    /** @type {string | null} */
    let cursor = asked.query?.cursor ?? null;
    do {
      const query = cursor === null ? asked.query : { ...asked.query, cursor };
      const page = await this.call(operation, { ...asked, query });
      yield* page.items;
      cursor = page.next_cursor ?? null;
    } while (cursor !== null);
  }

  /** Headers that say who asks; with a cookie, that a page of ours does. @returns {Record<string, string>} */
  authorization() {
    return this._key === undefined ? { "X-Requested-With": "frontdesk" } : { Authorization: `Bearer ${this._key}` };
  }

  /**
   * @param {string} method
   * @param {Asked} asked
   */
  _init(method, asked) {
    /** @type {Record<string, string>} */
    const headers = { ...this.authorization(), Accept: "application/json" };
    if (method === "POST") headers["Idempotency-Key"] = asked.idempotencyKey ?? crypto.randomUUID();
    if (asked.ifMatch !== undefined) headers["If-Match"] = asked.ifMatch === "*" ? "*" : `"${asked.ifMatch}"`;
    if (asked.body !== undefined) headers["Content-Type"] = "application/json";
    if (asked.bytes !== undefined) headers["Content-Type"] = "application/octet-stream";
    const body = asked.body === undefined ? asked.bytes : JSON.stringify(asked.body);
    return { method, headers, body, credentials: /** @type {const} */ (this._key === undefined ? "same-origin" : "omit") };
  }

  /**
   * @param {string} url
   * @param {RequestInit} init
   * @param {AbortSignal | undefined} signal
   */
  async _once(url, init, signal) {
    const deadline = AbortSignal.timeout(this._timeout * 1000);
    const stop = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    let response, text;
    try {
      response = await this._fetch(url, { ...init, signal: stop, redirect: "error" });
      text = await response.text();
    } catch (error) {
      if (signal?.aborted) throw new FrontdeskError("aborted", "The call was ended.", { cause: error });
      throw new FrontdeskError("unreachable", "There was no whole answer.", { cause: error });
    }
    const body = parsed(text);
    if (response.ok) return { body, version: versionOf(response), status: response.status, headers: response.headers };
    const after = Number(response.headers.get("Retry-After") ?? Number.NaN);
    throw new FrontdeskError(body?.code ?? "unexpected", body?.detail ?? `The answer was ${response.status}.`, {
      status: response.status,
      problem: body ?? {},
      retryAfter: Number.isFinite(after) ? after : undefined,
    });
  }
}

/** @param {Response} response */
function versionOf(response) {
  const found = /^"(\d+)"$/.exec(response.headers.get("ETag") ?? "");
  return found ? Number(found[1]) : null;
}

/** @param {string} text */
function parsed(text) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {string} template
 * @param {Record<string, string>} path
 */
function filled(template, path) {
  return template.replace(/{(\w+)}/g, (_, name) => {
    if (path[name] === undefined) throw new FrontdeskError("path_incomplete", `${name} is missing`);
    return encodeURIComponent(path[name]);
  });
}

/** @param {Record<string, any>} query */
function search(query) {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const item of Array.isArray(value) ? value : [value]) found.append(name, String(item));
  }
  const text = found.toString();
  return text === "" ? "" : `?${text}`;
}

/** @param {number} seconds @returns {Promise<void>} */
function wait(seconds) {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}
