// What was sent from here and is not yet known to be stored: shown at once, sent in order, tried again under the same key.
import { signal } from "@preact/signals";

import { api, session } from "./session.js";

/** @typedef {import("frontdesk-client").Message} Message */
/** @typedef {import("frontdesk-client").FrontdeskError} FrontdeskError */

/**
 * @typedef {object} Pending
 * @property {string} key Its Idempotency-Key: a repeat can't send it twice.
 * @property {string} conversationId
 * @property {"reply" | "note"} kind
 * @property {any} body
 * @property {string} text What is shown meanwhile.
 * @property {string} at
 * @property {"sending" | "failed"} state
 * @property {FrontdeskError | null} error
 */

export const pending = signal(/** @type {Pending[]} */ ([]));

/** Ends of the chains of what is being sent, by conversation. @type {Map<string, Promise<void>>} */
const chains = new Map();
/** @type {Set<(message: Message) => void>} */
const watchers = new Set();
/** Ids that came over the stream before their own answer did. @type {Set<string>} */
const early = new Set();

/** @param {(message: Message) => void} watcher */
export function onStored(watcher) {
  watchers.add(watcher);
}

/** Sends it behind what was sent before it. @param {Omit<Pending, "key" | "at" | "state" | "error">} what */
export function submit(what) {
  const item = /** @type {Pending} */ ({
    ...what,
    key: crypto.randomUUID(),
    at: new Date().toISOString(),
    state: "sending",
    error: null,
  });
  pending.value = [...pending.peek(), item];
  return queued(item);
}

/** @param {Pending} item */
function queued(item) {
  const before = chains.get(item.conversationId) ?? Promise.resolve();
  const done = before.then(() => deliver(item));
  chains.set(item.conversationId, done);
  return done;
}

/** @param {string} key */
export function retry(key) {
  const item = pending.peek().find((each) => each.key === key);
  if (item === undefined || item.state === "sending") return;
  change(key, { state: "sending", error: null });
  void queued(item);
}

/** @param {string} key */
export function discard(key) {
  pending.value = pending.peek().filter((item) => item.key !== key);
}

/** @param {string} key @param {Partial<Pending>} changes */
function change(key, changes) {
  pending.value = pending.peek().map((item) => (item.key === key ? { ...item, ...changes } : item));
}

/** @param {Pending} item */
async function deliver(item) {
  const asked = { path: { conversation_id: item.conversationId }, body: item.body, idempotencyKey: item.key };
  try {
    const stored = item.kind === "note" ? await api().addNote(asked) : await api().replyToConversation(asked);
    discard(item.key);
    for (const watcher of watchers) watcher(stored);
  } catch (error) {
    change(item.key, { state: "failed", error: /** @type {FrontdeskError} */ (error) });
  }
}

/** A message came over the stream: if it is one of ours whose answer is still out, the draft of it goes. @param {Message} message */
export function arrived(message) {
  if (message.direction === "in" || message.author.id !== session.peek()?.me.agent_id || early.has(message.id)) return;
  const text = message.content?.text ?? null;
  const own = pending.peek().find(
    (item) => item.conversationId === message.conversation_id && item.state === "sending" && item.text === text,
  );
  if (own === undefined) return;
  early.add(message.id);
  if (early.size > 500) early.delete(/** @type {string} */ (early.values().next().value));
  discard(own.key);
}

/** The network is back: what failed for want of it goes out again. */
export function retryLost() {
  for (const item of pending.peek()) if (item.state === "failed" && item.error?.status === 0) retry(item.key);
}
