// The customers' socket: it comes back where it was, at once when the network or the page does, and notices when it is dead.

const SUBPROTOCOL = "frontdesk.v1+json";
const SILENCE_MS = 35_000;
const PAUSE_FIRST_MS = 500;
const PAUSE_MOST_MS = 30_000;

export class Stream {
  /**
   * @param {() => Promise<{url: string, token: string}>} enter Where to, and with which token; asked for each connection.
   * @param {(frame: any) => void} onFrame Each frame; those of the history once, in order.
   * @param {(state: "connecting" | "open" | "waiting" | "refused" | "unavailable") => void} onState
   */
  constructor(enter, onFrame, onState) {
    this._enter = enter;
    this._onFrame = onFrame;
    this._onState = onState;
    /** @type {WebSocket | null} */
    this._socket = null;
    /** @type {string | undefined} */
    this._cursor = undefined;
    this._failures = 0;
    this._heard = 0;
    this._running = false;
    /** @type {any} */
    this._timer = undefined;
    this._back = () => this._wake();
    this.open = false;
  }

  start() {
    if (this._running) return;
    this._running = true;
    addEventListener("online", this._back);
    document.addEventListener("visibilitychange", this._back);
    void this._connect();
  }

  /** For good, and forgets its place: the next start may be somebody else's. */
  stop() {
    this._running = this.open = false;
    this._cursor = undefined;
    clearTimeout(this._timer);
    removeEventListener("online", this._back);
    document.removeEventListener("visibilitychange", this._back);
    this._drop();
  }

  /** False where it is not connected. @param {object} frame */
  send(frame) {
    if (!this.open || this._socket?.readyState !== WebSocket.OPEN) return false;
    this._socket.send(JSON.stringify(frame));
    return true;
  }

  async _connect() {
    this._onState("connecting");
    let place;
    try {
      place = await this._enter();
    } catch (error) {
      const status = /** @type {any} */ (error).status;
      if (status === 403 || status === 404 || status === 422) this._end("unavailable");
      else this._again();
      return;
    }
    if (!this._running) return;
    const socket = new WebSocket(place.url, SUBPROTOCOL);
    this._socket = socket;
    this._listen();
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", token: place.token, after: this._cursor }));
    socket.onmessage = (event) => {
      if (socket === this._socket) this._take(JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      if (socket === this._socket) this._lost(event.code);
    };
  }

  /** @param {any} frame */
  _take(frame) {
    this._listen();
    if (frame.type === "ping") this._socket?.send('{"type":"pong"}');
    if (frame.type === "hello") {
      this._failures = 0;
      this.open = true;
      this._onState("open");
    }
    this._onFrame(frame);
    // After it was taken: what breaks on the way is told again.
    if (frame.cursor) this._cursor = frame.cursor;
  }

  /** @param {number} code */
  _lost(code) {
    this._drop();
    if (code === 4400 || code === 4403) this._end("unavailable");
    else if (code === 4401) this._end("refused");
    else this._again();
  }

  /** @param {"refused" | "unavailable"} state */
  _end(state) {
    this.stop();
    this._onState(state);
  }

  _again() {
    if (!this._running) return;
    this._onState("waiting");
    const most = Math.min(PAUSE_MOST_MS, PAUSE_FIRST_MS * 2 ** this._failures++);
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._connect(), 100 + Math.random() * most);
  }

  /** The network or the page is back: don't wait, and don't trust a connection that slept. */
  _wake() {
    if (!this._running || document.hidden) return;
    if (this._socket && Date.now() - this._heard < SILENCE_MS && navigator.onLine) return void this.send({ type: "ping" });
    this._failures = 0;
    clearTimeout(this._timer);
    this._drop();
    void this._connect();
  }

  _listen() {
    this._heard = Date.now();
    clearTimeout(this._timer);
    this._timer = setTimeout(() => {
      this._drop();
      this._again();
    }, SILENCE_MS);
  }

  _drop() {
    const socket = this._socket;
    this._socket = null;
    this.open = false;
    clearTimeout(this._timer);
    socket?.close();
  }
}
