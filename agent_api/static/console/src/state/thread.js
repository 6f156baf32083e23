// The open conversation: its messages, what happened to it while it was open, and who else is here.
import { batch, signal } from "@preact/signals";

import { onEvent, onRenewal } from "./live.js";
import { arrived } from "./outbox.js";
import * as queue from "./queue.js";
import { api, may, session } from "./session.js";

/** @typedef {import("frontdesk-client").Message} Message */
/** @typedef {import("frontdesk-client").Frame} Frame */
/** @typedef {import("frontdesk-client").Candidate} Decision */

const PAGE = 50;
/** Facts kept of what happened while the conversation was open. */
const FACTS = 200;
/** So long after the last sign somebody counts as typing or looking. */
const LINGERS = 6000;
/** Facts that the timeline shows beside the messages. */
const SHOWN = /^(conversation\.(assigned|unassigned|transferred|status_changed|reopened|escalated|linked)|sla\.(breached|recovered)|call\.updated)$/;

export const openId = signal(/** @type {string | null} */ (null));
/** The oldest first. */
export const messages = signal(/** @type {Message[]} */ ([]));
export const facts = signal(/** @type {Frame[]} */ ([]));
export const more = signal(/** @type {string | null} */ (null));
export const state = signal(/** @type {"loading" | "ready" | "missing" | "failed"} */ ("loading"));
/** Who types: null for nobody, "contact" or an agent's id. */
export const typing = signal(/** @type {string | null} */ (null));
/** Colleagues who have it before them. */
export const viewers = signal(/** @type {string[]} */ ([]));
/** Counts every change of the routing, for who shows it. */
export const routed = signal(0);

let typingTimer = 0;
/** @type {Map<string, number>} */
const viewerTimers = new Map();

/** Opens a conversation, or none. @param {string | null} id */
export async function open(id) {
  if (openId.peek() === id) return;
  clearTimeout(typingTimer);
  batch(() => {
    openId.value = id;
    messages.value = [];
    facts.value = [];
    more.value = null;
    typing.value = null;
    viewers.value = [];
    state.value = "loading";
  });
  if (id !== null) await read(id);
}

/** @param {string} id */
async function read(id) {
  try {
    const [page] = await Promise.all([
      api().listMessages({ path: { conversation_id: id }, query: { limit: PAGE, order: "newest_first" } }),
      queue.known(id),
    ]);
    if (openId.peek() !== id) return;
    batch(() => {
      messages.value = merged(messages.peek(), page.items);
      more.value = page.next_cursor ?? null;
      state.value = "ready";
    });
    seen();
  } catch (error) {
    const { status } = /** @type {import("frontdesk-client").FrontdeskError} */ (error);
    if (openId.peek() === id) state.value = status === 404 ? "missing" : "failed";
  }
}

/** What is on the screen is read: by the reader's own mark, and by the customer's where the reader owns it. */
export function seen() {
  const id = openId.peek();
  if (id === null || document.hidden) return;
  queue.mark(id, false);
  const conversation = queue.cell(id)?.peek();
  if (may("messages:send") && conversation?.agent_id != null && conversation.agent_id === session.peek()?.me.agent_id) {
    // A courtesy to the customer: nothing here depends on it.
    void api().markRead({ path: { conversation_id: id } }).catch(() => {});
  }
}

/** Reads the page before the oldest message. */
export async function earlier() {
  const id = openId.peek();
  const cursor = more.peek();
  if (id === null || cursor === null) return;
  more.value = null;
  try {
    const query = { limit: PAGE, cursor, order: /** @type {const} */ ("newest_first") };
    const page = await api().listMessages({ path: { conversation_id: id }, query });
    if (openId.peek() !== id) return;
    batch(() => {
      messages.value = merged(messages.peek(), page.items);
      more.value = page.next_cursor ?? null;
    });
  } catch (error) {
    if (openId.peek() === id) more.value = cursor;
    throw error;
  }
}

/** Each message once, in the order they are told. @param {Message[]} known @param {Message[]} news */
export function merged(known, news) {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of news) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1));
}

/** @param {Message} message */
export function put(message) {
  if (message.conversation_id !== openId.peek()) return;
  messages.value = merged(messages.peek(), [message]);
}

onRenewal(() => {
  const id = openId.peek();
  if (id !== null) void read(id);
});

onEvent((frame) => {
  const { data, type } = frame;
  if (data.message) arrived(data.message);
  if (data.conversation_id !== openId.peek()) return;
  if (data.message) {
    put(data.message);
    if (type === "message.received") {
      typing.value = null;
      seen();
    }
  } else if (data.message_id) void again(data.message_id);
  if (SHOWN.test(type)) facts.value = [...facts.peek(), frame].slice(-FACTS);
  if (type.startsWith("conversation.")) routed.value += 1;
  if (type === "typing.started") present(data.by ?? "contact");
  if (type === "viewing.started" && data.by !== null) watching(data.by);
});

/** A fact about a message without the message in it: read it. @param {string} id */
async function again(id) {
  try {
    put(await api().getMessage({ path: { message_id: id } }));
  } catch {
    // It may be gone or out of sight by now; what is shown stays until the list is read again.
  }
}

/** @param {string} who */
function present(who) {
  if (who === session.peek()?.me.agent_id) return;
  clearTimeout(typingTimer);
  typing.value = who;
  typingTimer = window.setTimeout(() => {
    typing.value = null;
  }, LINGERS);
}

/** @param {string} who */
function watching(who) {
  if (who === session.peek()?.me.agent_id) return;
  clearTimeout(viewerTimers.get(who));
  if (!viewers.peek().includes(who)) viewers.value = [...viewers.peek(), who];
  const gone = () => {
    viewers.value = viewers.peek().filter((id) => id !== who);
    viewerTimers.delete(who);
  };
  viewerTimers.set(who, window.setTimeout(gone, LINGERS * 3));
}
