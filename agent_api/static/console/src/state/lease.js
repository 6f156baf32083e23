// The reply lease: who writes the answer. Taken with the first sign, renewed while there is text, given back when there is none.
import { signal } from "@preact/signals";

import { onEvent } from "./live.js";
import { api, session } from "./session.js";
import { openId } from "./thread.js";

/** @typedef {import("frontdesk-client").ReplyLease} ReplyLease */
/** @typedef {import("frontdesk-client").FrontdeskError} FrontdeskError */

const RENEW = 20_000;

/** The lease of the open conversation, ours or a colleague's. */
export const lease = signal(/** @type {ReplyLease | null} */ (null));
let timer = 0;
/** Counts what ended a lease from here: an answer to a request of before then comes too late. */
let ends = 0;

/** Whether a colleague is writing the answer now. */
export function heldByOther() {
  const held = lease.value;
  return held !== null && !held.yours && Date.parse(held.expires_at) > Date.now() ? held : null;
}

/** Looks who has it, when a conversation is opened. @param {string} id */
export async function look(id) {
  clearInterval(timer);
  lease.value = null;
  try {
    const found = await api().getReplyLease({ path: { conversation_id: id } });
    if (openId.peek() === id) lease.value = found;
  } catch {
    // Nobody has it.
  }
}

/**
 * Takes or renews it, and keeps it. Where a colleague has it, `lease` says who.
 * @param {string} id
 * @param {{take_over?: boolean, seen?: boolean}} [how]
 */
export async function hold(id, how = {}) {
  clearInterval(timer);
  const begun = ends;
  try {
    const taken = await api().takeReplyLease({ path: { conversation_id: id }, body: how });
    if (openId.peek() !== id || ends !== begun) return;
    lease.value = taken;
    timer = window.setInterval(() => void hold(id), RENEW);
  } catch (error) {
    const { problem } = /** @type {FrontdeskError} */ (error);
    if (openId.peek() === id && ends === begun && problem?.lease) lease.value = /** @type {ReplyLease} */ (problem.lease);
  }
}

/** Gives it back where it is ours. @param {string} id */
export async function release(id) {
  clearInterval(timer);
  ends += 1;
  if (lease.peek()?.yours !== true || lease.peek()?.conversation_id !== id) return;
  lease.value = null;
  try {
    await api().releaseReplyLease({ path: { conversation_id: id } });
  } catch {
    // It ends by itself within a minute.
  }
}

/** An answer was sent under it, which ended it. */
export function spent() {
  clearInterval(timer);
  ends += 1;
  lease.value = null;
}

onEvent(({ type, data }) => {
  if (data.conversation_id !== openId.peek()) return;
  if (type === "reply_lease.taken" && data.by !== session.peek()?.me.agent_id) void look(data.conversation_id);
  if (type === "reply_lease.released" && lease.peek()?.yours !== true) lease.value = null;
});
