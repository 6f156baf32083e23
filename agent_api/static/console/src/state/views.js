// Views over the queue: those everybody has, and those that were saved.
import { computed } from "@preact/signals";

import { t } from "../lib/i18n.js";
import { savedViews } from "./directory.js";
import { session } from "./session.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */
/** @typedef {import("frontdesk-client").ViewFilters} Filters */
/** @typedef {{id: string, name: string, filters: Filters, saved: boolean}} View */

/** @returns {View[]} */
function common() {
  const agent = session.value?.me.agent_id;
  /** @type {View[]} */
  const found = [
    { id: "waiting", name: t("view.waiting"), filters: { status: ["open"], assigned: false }, saved: false },
    { id: "open", name: t("view.open"), filters: { status: ["open", "pending"] }, saved: false },
    { id: "snoozed", name: t("view.snoozed"), filters: { status: ["snoozed"] }, saved: false },
    { id: "resolved", name: t("view.resolved"), filters: { status: ["resolved"] }, saved: false },
  ];
  if (agent != null) {
    found.unshift({ id: "mine", name: t("view.mine"), filters: { status: ["open", "pending"], agent }, saved: false });
  }
  return found;
}

export const views = computed(() => [
  ...common(),
  ...savedViews.value.map(({ id, name, filters }) => ({ id, name, filters, saved: true })),
]);

/** Whether a conversation belongs into a view; null where only the server can tell. @param {Filters} filters @param {Conversation} conversation */
export function belongs(filters, conversation) {
  if (filters.tag != null) return null;
  const own = filters.mine ? session.peek()?.me.agent_id : filters.agent;
  const equal = /** @type {const} */ ([
    [own, conversation.agent_id],
    [filters.team, conversation.team_id],
    [filters.contact, conversation.contact.id],
    [filters.account, conversation.account_id],
    [filters.channel, conversation.channel],
  ]);
  return (
    (!filters.status?.length || filters.status.includes(conversation.status)) &&
    equal.every(([wanted, found]) => wanted == null || wanted === found) &&
    (filters.waiting == null || filters.waiting === (conversation.waiting_since !== null)) &&
    (filters.assigned == null || filters.assigned === (conversation.agent_id !== null))
  );
}
