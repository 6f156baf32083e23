// Calls in the browser: what rings at this page, the one that goes on here, and those of the open conversation.
import { effect, signal, untracked } from "@preact/signals";
import { FrontdeskCalls } from "frontdesk-client";

import { t } from "../lib/i18n.js";
import { agents } from "./directory.js";
import { command, connection, onEvent, onOther } from "./live.js";
import { explained, tell } from "./notices.js";
import * as queue from "./queue.js";
import { go } from "./route.js";
import { api, may, session } from "./session.js";
import { openId } from "./thread.js";

/** @typedef {import("frontdesk-client").FrontdeskCall} Link */
/** @typedef {import("frontdesk-client").CallKind} CallKind */
/** @typedef {import("frontdesk-client").BrowserCall} BrowserCall */
/** @typedef {{id: string, kind: CallKind, conversationId: string}} Ring */
/** @typedef {{call: Link, conversationId: string, since: number | null}} Ongoing */

/** What a browser says where there is no camera or microphone to be had. @type {Record<string, string>} */
const REFUSALS = {
  NotAllowedError: "calls.denied",
  NotFoundError: "calls.missing",
  OverconstrainedError: "calls.missing",
  NotReadableError: "calls.taken",
};

export const rings = signal(/** @type {Ring[]} */ ([]));
/** A new object for every change of the call. */
export const ongoing = signal(/** @type {Ongoing | null} */ (null));
/** The open conversation's calls, the newest first. */
export const past = signal(/** @type {BrowserCall[]} */ ([]));
/** A call is being begun or answered: the browser may be asking for the microphone. */
export const asking = signal(false);

const calls = new FrontdeskCalls({
  side: "agent",
  send: async (type, fields) => await command(type, fields),
  onRing: (told) => ring({ id: told.call_id, kind: told.kind, conversationId: String(told.conversation_id) }, /** @type {any} */ (told).agent_id ?? null),
  onTold: (told) => told.state !== "ringing" && quiet(told.call_id),
  onChange: changed,
});

/** A customer's call rings at who has the conversation; where nobody or a bot has it, at all who see it. @param {Ring} one @param {string | null} owner */
function ring(one, owner) {
  const me = session.peek()?.me.agent_id;
  const bot = agents.peek().some((agent) => agent.id === owner && agent.role === "bot");
  if (me == null || !may("calls:take") || (owner !== null && owner !== me && !bot)) return;
  if (!rings.peek().some(({ id }) => id === one.id)) rings.value = [...rings.peek(), one];
  void queue.known(one.conversationId);
}

/** @param {string} id */
function quiet(id) {
  rings.value = rings.peek().filter((one) => one.id !== id);
}

/** @param {Link} call */
function changed(call) {
  const before = ongoing.peek();
  if (before?.call !== call) return;
  if (call.state === "ended") {
    ongoing.value = null;
    tell(t(`calls.over.${call.cause ?? "hung_up"}`));
  } else ongoing.value = { ...before, since: before.since ?? (call.state === "connected" ? Date.now() : null) };
}

/** @param {CallKind} kind @param {string} conversationId */
export function start(kind, conversationId) {
  return begin(conversationId, () => calls.start({ kind, conversationId }));
}

/** @param {Ring} one @param {CallKind} kind */
export async function answer(one, kind) {
  await begin(one.conversationId, () => calls.answer(one.id, kind));
  if (ongoing.peek()?.conversationId === one.conversationId) go("inbox", one.conversationId);
}

/** @param {string} conversationId @param {() => Promise<Link>} action */
async function begin(conversationId, action) {
  if (asking.peek()) return;
  asking.value = true;
  try {
    const call = await action();
    if (call.state !== "ended") ongoing.value = { call, conversationId, since: null };
  } catch (error) {
    tell(refusal(error), "bad");
  } finally {
    asking.value = false;
  }
}

/** Where the page can't have a device, in the reader's words. @param {unknown} error */
export function refusal(error) {
  if (navigator.mediaDevices === undefined) return t("calls.insecure");
  const { name } = /** @type {Error} */ (error);
  return name in REFUSALS ? t(REFUSALS[name]) : explained(error);
}

/** @param {Ring} one */
export async function decline(one) {
  quiet(one.id);
  await calls.decline(one.id).catch((error) => tell(explained(error), "bad"));
}

export async function hangUp() {
  await ongoing.peek()?.call.hangUp().catch(() => {
    // The other side learns of it by the silence: without a socket there is no other way.
  });
}

/** @param {string} id */
async function readPast(id) {
  try {
    const { items } = await api().listCalls({ path: { conversation_id: id } });
    if (openId.peek() !== id) return;
    past.value = items;
    for (const one of items) {
      // A page that was loaded while it rang did not hear of it.
      if (one.state === "ringing" && one.started_by === "customer") {
        ring({ id: one.id, kind: one.kind, conversationId: id }, queue.cell(id)?.peek()?.agent_id ?? null);
      }
    }
  } catch {
    // The timeline is whole without them; the next event reads them again.
  }
}

onOther((frame) => calls.take(frame));
onEvent((frame) => {
  if (!/^call\.(started|answered|ended)$/.test(frame.type)) return;
  calls.take(frame);
  if (frame.data.conversation_id === openId.peek()) void readPast(frame.data.conversation_id);
});
effect(() => {
  const id = openId.value;
  untracked(() => {
    past.value = [];
    if (id !== null && session.peek() !== null) void readPast(id);
  });
});
effect(() => {
  if (connection.value === "open") untracked(() => calls.connected());
});
effect(() => {
  if (session.value === null) untracked(() => (rings.value = [], void hangUp()));
});
// A page that goes takes its camera along: the other side is told at once.
addEventListener("pagehide", () => void hangUp());
