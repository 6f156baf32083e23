// How a conversation stands against its deadline, in one word for the colour and one phrase for the reader.
import { t } from "./i18n.js";
import { now, span } from "./time.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */
/** @typedef {{tone: "none" | "ok" | "warn" | "bad", text: string}} Standing */

/** @param {Conversation} conversation @returns {Standing} */
export function standing(conversation) {
  if (conversation.status === "resolved" || conversation.due_at === null) return { tone: "none", text: "" };
  const left = Date.parse(conversation.due_at) - now.value;
  if (left <= 0) return { tone: "bad", text: t("sla.over", { time: span(-left) }) };
  const tone = conversation.sla_state === "warned" ? "warn" : "ok";
  return { tone, text: t("sla.left", { time: span(left) }) };
}

/** Sorts so that what is most urgent comes first. @param {Conversation} a @param {Conversation} b */
export function byUrgency(a, b) {
  if (a.due_at !== b.due_at) {
    if (a.due_at === null) return 1;
    if (b.due_at === null) return -1;
    return a.due_at < b.due_at ? -1 : 1;
  }
  return b.priority - a.priority || byNewest(a, b);
}

/** @param {Conversation} a @param {Conversation} b */
export function byNewest(a, b) {
  if (a.last_message_at !== b.last_message_at) return a.last_message_at < b.last_message_at ? 1 : -1;
  return a.id < b.id ? 1 : -1;
}

/** @param {Conversation} a @param {Conversation} b */
export function byWaiting(a, b) {
  const first = a.waiting_since ?? "9", second = b.waiting_since ?? "9";
  return first === second ? byNewest(a, b) : first < second ? -1 : 1;
}
