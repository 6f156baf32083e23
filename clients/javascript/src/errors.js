// What went wrong, as the API says it (RFC 9457), or as the network does.

/** An error of the API or on the way to it. Go by `code`; `problem` is the whole answer. */
export class FrontdeskError extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   * @param {{status?: number, problem?: Record<string, any>, retryAfter?: number, cause?: unknown}} [more]
   */
  constructor(code, detail, more = {}) {
    super(`${code}: ${detail}`, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "FrontdeskError";
    this.code = code;
    this.detail = detail;
    /** The HTTP status; 0: there was no answer. */
    this.status = more.status ?? 0;
    this.problem = more.problem ?? {};
    /** Seconds that the API asked to wait. */
    this.retryAfter = more.retryAfter;
  }
}
