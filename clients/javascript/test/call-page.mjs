// Played by the repository's own tests in two real browsers: `?side=agent` or `customer`. What it offers hangs on `window.side`.
import { FrontdeskCalls, FrontdeskStream } from "/client/src/index.js";

const query = new URLSearchParams(location.search);
const side = /** @type {"agent" | "customer"} */ (query.get("side"));
/** @type {any} */
const page = (window.side = { rings: [], told: [], opened: 0, call: null });
const calls = (page.calls = new FrontdeskCalls({
  side,
  send: (type, fields) => line.send(type, fields),
  onRing: (told) => page.rings.push(told),
  onTold: (told) => page.told.push(told),
  onChange: (call) => {
    page.call = call;
    const video = /** @type {HTMLVideoElement} */ (document.querySelector("video"));
    if (video.srcObject !== call.remote) video.srcObject = call.remote;
  },
}));

function agentLine() {
  const stream = new FrontdeskStream({
    baseUrl: location.origin,
    key: String(query.get("key")),
    random: () => 0,
    onEvent: calls.take,
    onOther: calls.take,
    onState: (state) => {
      if (state === "open") opened();
    },
  });
  stream.start();
  return { send: (/** @type {string} */ type, /** @type {any} */ fields) => stream.send(type, fields), drop: () => stream._socket?.close() };
}

/** The customers' socket, as a widget has it. */
function customerLine() {
  /** @type {Map<string, any>} */
  const waiting = new Map();
  /** @type {any} */
  let socket = null;
  let number = 0, cursor = null;
  const connect = () => {
    socket = new WebSocket(`${location.origin.replace("http", "ws")}/v1/customer/stream?account=${query.get("account")}`, "frontdesk.v1+json");
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", token: query.get("token"), after: cursor }));
    socket.onmessage = (/** @type {any} */ event) => {
      const frame = JSON.parse(event.data);
      cursor = frame.cursor ?? cursor;
      if (frame.type === "hello") opened();
      if (frame.type === "ack") waiting.get(frame.id)?.resolve(frame);
      else if (frame.type === "error") waiting.get(frame.id)?.reject(Object.assign(new Error(frame.detail), frame));
      else calls.take(frame);
    };
    socket.onclose = () => page.away || setTimeout(connect, 50);
  };
  page.comeBack = () => ((page.away = false), connect());
  connect();
  return {
    send: (/** @type {string} */ type, /** @type {any} */ fields) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== 1) return reject(new Error("not connected"));
        const id = `c${++number}`;
        waiting.set(id, { resolve, reject });
        socket.send(JSON.stringify({ ...fields, type, id }));
      }),
    drop: () => socket.close(),
  };
}

function opened() {
  page.opened++;
  queueMicrotask(calls.connected);
}

const line = side === "agent" ? agentLine() : customerLine();
page.drop = line.drop;

/** Bytes and frames that came in, and the name of the path they take. */
page.stats = async () => {
  const connection = page.call.connection;
  let bytes = 0, frames = 0;
  for (const one of (await connection.getStats()).values()) {
    if (one.type !== "inbound-rtp") continue;
    bytes += one.bytesReceived;
    frames += one.framesDecoded ?? 0;
  }
  const path = /a=ice-ufrag:(\S+)/.exec(connection.remoteDescription?.sdp ?? "")?.[1];
  return { bytes, frames, path, state: page.call.state };
};
