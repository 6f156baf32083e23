// The live stream of this page: what happens goes to the lists, to the open conversation and to who asked for it.
import { signal } from "@preact/signals";
import { FrontdeskStream } from "frontdesk-client";

import { changeAgent, loadAgents } from "./directory.js";
import * as queue from "./queue.js";
import { api, session } from "./session.js";

/** @typedef {import("frontdesk-client").Frame} Frame */

export const connection = signal(/** @type {"connecting" | "open" | "waiting" | "stopped"} */ ("connecting"));

/** @type {FrontdeskStream | null} */
let stream = null;
/** @type {Set<(frame: Frame) => void>} */
const listeners = new Set();
/** Called for frames that are no events. @type {Set<(frame: any) => void>} */
const others = new Set();
/** Called when what was missed can't be replayed. @type {Set<() => void>} */
const renewals = new Set();

/** Calls back for each event from now on; answers how to end that. @param {(frame: Frame) => void} listener */
export function onEvent(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Calls back for frames that are no events: the signals of a call. @param {(frame: any) => void} listener */
export function onOther(listener) {
  others.add(listener);
  return () => others.delete(listener);
}

/** @param {() => void} renew */
export function onRenewal(renew) {
  renewals.add(renew);
  return () => renewals.delete(renew);
}

/** Begins without a gap: the stream's number first, then the lists, then everything after that number. */
export async function connect() {
  disconnect();
  const { epoch, head } = await api().getStreamHead();
  await queue.load();
  const own = new FrontdeskStream({
    baseUrl: location.origin,
    ticket: async () => (await api().createStreamTicket()).ticket,
    after: head,
    epoch,
    onEvent: take,
    onOther: (frame) => others.forEach((listener) => listener(frame)),
    onSnapshot: renew,
    onState: (state) => {
      if (stream === own) connection.value = state;
    },
  });
  stream = own;
  own.start();
}

export function disconnect() {
  stream?.stop();
  stream = null;
}

/** A command over the socket. Raises FrontdeskError. @param {string} type @param {Record<string, any>} fields */
export async function command(type, fields) {
  return stream === null ? undefined : await stream.send(type, fields);
}

function renew() {
  void queue.load();
  void loadAgents();
  for (const each of renewals) each();
}

/** A laptop that was asleep, or a network that is back: don't wait for the next try. */
function wake() {
  if (stream !== null && !document.hidden && connection.peek() === "waiting") {
    stream.stop();
    stream.start();
  }
}

addEventListener("online", wake);
document.addEventListener("visibilitychange", wake);

/** @param {Frame} frame */
function take(frame) {
  const { data } = frame;
  if (data.scope === "left") queue.leave(data.conversation_id);
  else if (data.conversation) queue.take(data.conversation);
  if (frame.type === "message.received" && data.message && !data.message.suppressed) {
    queue.mark(data.conversation_id, true);
  }
  if (frame.type === "message.sent" && data.author_id === session.peek()?.me.agent_id) {
    queue.mark(data.conversation_id, false);
  }
  if (frame.type === "agent.presence_changed") {
    changeAgent(data.agent_id, { presence: data.to, presence_reason: data.reason, presence_changed_at: frame.at });
  }
  if (frame.type === "agent.updated") void loadAgents();
  for (const listener of listeners) listener(frame);
}
