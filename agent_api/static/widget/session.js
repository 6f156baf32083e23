// Who is writing, kept on this device, and what is asked over REST.

const RENEW_MS = 7 * 24 * 3600 * 1000;

/** An answer that was not a yes; `code` is the problem's. */
export class Refused extends Error {
  /** @param {number} status @param {string} code @param {string} detail */
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export class Session {
  /** @param {string} base @param {string} account */
  constructor(base, account) {
    this.base = base;
    this.account = account;
    this.key = `frontdesk.${account}.`;
    /** @type {{visitor_id: string, token: string, expires_at: string, signed_in: boolean} | null} */
    this.now = null;
    /** @type {Promise<unknown>} */
    this._last = Promise.resolve();
    this.read();
  }

  /** Takes what is kept; another tab may have changed it. Answers whether it is somebody else now. */
  read() {
    const before = this.now?.visitor_id;
    const kept = JSON.parse(keep.get(`${this.key}session`) ?? "null");
    this.now = kept && Date.parse(kept.expires_at) > Date.now() ? kept : null;
    return before !== this.now?.visitor_id;
  }

  forget() {
    this.now = null;
    keep.delete(`${this.key}session`);
  }

  /**
   * Begins a session where there is none, renews one that ends within a week, or signs in. One at a time: an anonymous session
   * that comes late must not take the place of one who has signed in.
   * @param {string} [identity]
   */
  ensure(identity) {
    const done = this._last.then(() => this._ensure(identity));
    this._last = done.catch(() => {});
    return done;
  }

  /** @param {string} [identity] */
  async _ensure(identity) {
    const old = this.now;
    const ending = old && !old.signed_in && Date.parse(old.expires_at) - Date.now() < RENEW_MS;
    if (old && !ending && !identity) return old;
    const known = old && !old.signed_in ? { token: old.token } : {};
    const body = { account_id: this.account, ...known, ...(identity ? { identity } : {}) };
    try {
      this.now = await this.call("POST", "sessions", { body, open: true });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401 || identity) throw error;
      this.now = await this.call("POST", "sessions", { body: { account_id: this.account }, open: true });
    }
    keep.set(`${this.key}session`, JSON.stringify(this.now));
    return this.now;
  }

  desk() {
    return this.call("GET", "desk", { open: true });
  }

  /** @param {string} before A message page's cursor, or "". */
  history(before) {
    return this.call("GET", "messages", { query: before ? { cursor: before } : {} });
  }

  /** @param {Blob} file @param {string} filename @param {string} kind */
  upload(file, filename, kind) {
    const query = { filename, kind, mime: file.type.split(";")[0] || "application/octet-stream" };
    return this.call("POST", "uploads", { query, bytes: file });
  }

  /** @param {string} conversation @param {number} score @param {string} comment */
  rate(conversation, score, comment) {
    return this.call("PUT", "rating", { body: { conversation_id: conversation, score, comment: comment || null } });
  }

  /** @param {string} method @param {string} path @param {Record<string, string>} [query] @param {any} [body] */
  knowledge(method, path, query = {}, body) {
    const account_id = this.account;
    return this.call(method, `knowledge/${path}`, { open: true, ...(body ? { body: { account_id, ...body } } : { query: { account_id, ...query } }) });
  }

  socketUrl() {
    return `${this.base.replace(/^http/, "ws")}/v1/customer/stream?account=${encodeURIComponent(this.account)}`;
  }

  /** @param {string} method @param {string} path @param {{query?: Record<string, string>, body?: any, bytes?: Blob, open?: boolean}} [more] */
  async call(method, path, { query = {}, body, bytes, open = false } = {}) {
    const url = new URL(`/v1/customer/${path}`, this.base);
    const asked = /^(sessions$|knowledge)/.test(path) ? query : { account: this.account, ...query };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    const headers = /** @type {Record<string, string>} */ ({});
    if (!open) headers.Authorization = `Bearer ${this.now?.token}`;
    if (body) headers["Content-Type"] = "application/json";
    if (bytes) headers["Content-Type"] = "application/octet-stream";
    const options = { method, headers, body: bytes ?? (body && JSON.stringify(body)), credentials: "omit" };
    const answer = await fetch(url, /** @type {RequestInit} */ (options));
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, found.code ?? "unknown", found.detail ?? answer.statusText);
    return found;
  }
}

/** What is kept on the device; where a browser forbids that, for as long as the page is open. */
export const keep = {
  /** @type {Map<string, string>} */
  memory: new Map(),
  /** @param {string} key */
  get(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return this.memory.get(key) ?? null;
    }
  },
  /** @param {string} key @param {string} value */
  set(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      this.memory.set(key, value);
    }
  },
  /** @param {string} key */
  delete(key) {
    this.memory.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      // Nothing was kept there.
    }
  },
  /** @param {string} prefix */
  keys(prefix) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    } catch {
      return [...this.memory.keys()].filter((key) => key.startsWith(prefix));
    }
  },
};
