// What an agent does with a conversation: each in one place, for buttons, keys and the palette alike.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { agents, macros, teams } from "../state/directory.js";
import { attempt, tell } from "../state/notices.js";
import * as queue from "../state/queue.js";
import { go } from "../state/route.js";
import { api, may, session } from "../state/session.js";
import { openId, state } from "../state/thread.js";
import { closeDialog, Dialog, FormDialog, openDialog } from "../ui/dialog.js";
import { Field, TextField } from "../ui/parts.js";
import { neighbour } from "./queue.js";
import { PromiseDialog } from "./promised.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */
/** @typedef {import("../ui/menu.js").Entry} Entry */

const MINUTE = 60_000;

/** The open conversation as it is now. @returns {Conversation | null} */
export function current() {
  const id = openId.value;
  // It is not known before it was read: look again then.
  void state.value;
  return id === null ? null : (queue.cell(id)?.value ?? null);
}

/** Does something to it from the version that was seen, and takes what it is then. @param {Conversation} conversation @param {string} operation @param {any} body @param {string} [done] */
async function change(conversation, operation, body, done) {
  const asked = { path: { conversation_id: conversation.id }, body, ifMatch: conversation.version };
  const changed = await attempt(async () => {
    try {
      return await api().call(/** @type {any} */ (operation), asked);
    } catch (error) {
      const stale = /** @type {import("frontdesk-client").FrontdeskError} */ (error).code === "precondition_failed";
      if (stale) queue.take(await api().getConversation({ path: { conversation_id: conversation.id } }));
      throw error;
    }
  }, done);
  if (changed !== undefined) queue.take(changed);
  return changed;
}

/** @param {Conversation} conversation @param {string | null} agentId */
export function assign(conversation, agentId) {
  return change(conversation, "assignConversation", { agent_id: agentId }, t(agentId === null ? "done.unassigned" : "done.assigned"));
}

/** @param {Conversation} conversation */
export function assignToMe(conversation) {
  const me = session.peek()?.me.agent_id;
  return me == null ? tell(t("error.no_agent"), "bad") : assign(conversation, me);
}

/** Resolves it and goes on to the next, as the queue is worked from the top. @param {Conversation} conversation */
export async function resolve(conversation) {
  const next = neighbour(1);
  const changed = await change(conversation, "changeConversationStatus", { status: "resolved" });
  if (changed === undefined) return;
  tell(t("done.resolved"), "ok", () => void reopen(/** @type {Conversation} */ (changed)));
  if (openId.peek() === conversation.id) go("inbox", next === conversation.id ? null : next);
}

/** @param {Conversation} conversation */
export function reopen(conversation) {
  return change(conversation, "changeConversationStatus", { status: "open" }, t("done.reopened"));
}

/** @param {Conversation} conversation @param {Date} until */
export function snooze(conversation, until) {
  return change(conversation, "changeConversationStatus", { status: "snoozed", snoozed_until: until.toISOString() }, t("done.snoozed"));
}

/** @param {Conversation} conversation @param {number} priority */
export function setPriority(conversation, priority) {
  return change(conversation, "setConversationPriority", { priority }, t("done.priority", { n: priority }));
}

/** @param {Conversation} conversation @param {string} macroId @param {string} name */
export function runMacro(conversation, macroId, name) {
  return attempt(async () => {
    queue.take(await api().runMacro({ path: { conversation_id: conversation.id, macro_id: macroId } }));
  }, t("done.macro", { name }));
}

/** @param {Conversation} conversation @returns {Entry[]} */
export function assignEntries(conversation) {
  const me = session.value?.me.agent_id;
  const people = agents.value.filter(({ id }) => id !== me);
  /** @type {Record<string, number>} */
  const order = { online: 0, away: 1 };
  people.sort((a, b) => (order[a.presence] ?? 2) - (order[b.presence] ?? 2) || a.name.localeCompare(b.name));
  /** @type {Entry[]} */
  const found = [];
  if (me != null) found.push({ label: t("assign.me"), hint: "A", run: () => void assignToMe(conversation) });
  if (conversation.agent_id !== null) found.push({ label: t("assign.nobody"), run: () => void assign(conversation, null) });
  found.push("line");
  for (const { id, name, presence } of people.slice(0, 40)) {
    found.push({ label: `${name} · ${t(`presence.${presence}`)}`, run: () => void assign(conversation, id) });
  }
  return found;
}

/** @param {Conversation} conversation @returns {Entry[]} */
export function snoozeEntries(conversation) {
  const today = new Date();
  const tomorrow = new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1, 9);
  const monday = new Date(today.getFullYear(), today.getMonth(), today.getDate() + ((8 - today.getDay()) % 7 || 7), 9);
  return [
    { label: t("snooze.minutes", { n: 20 }), run: () => void snooze(conversation, new Date(Date.now() + 20 * MINUTE)) },
    { label: t("snooze.hours", { n: 2 }), run: () => void snooze(conversation, new Date(Date.now() + 120 * MINUTE)) },
    { label: t("snooze.tomorrow"), run: () => void snooze(conversation, tomorrow) },
    { label: t("snooze.monday"), run: () => void snooze(conversation, monday) },
    { label: t("snooze.other"), run: () => openDialog(() => html`<${SnoozeDialog} conversation=${conversation} />`) },
    ...(may("conversations:route") && may("teams:read") && conversation.team_id !== null
      ? [{ label: t("callback.promise"), run: () => openDialog(() => html`<${PromiseDialog} conversation=${conversation} />`) }]
      : []),
  ];
}

/** @param {{conversation: Conversation}} props */
function SnoozeDialog({ conversation }) {
  /** @param {FormData} data */
  const save = async (data) => {
    await snooze(conversation, new Date(String(data.get("until"))));
  };
  return html`<${FormDialog} title=${t("snooze.title")} action=${t("snooze.title")} save=${save}>
    <${Field} label=${t("snooze.until")} name="until" type="datetime-local" required />
  <//>`;
}

/** @param {Conversation} conversation */
export function openTransfer(conversation) {
  openDialog(() => html`<${TransferDialog} conversation=${conversation} />`);
}

/** @param {{conversation: Conversation}} props */
function TransferDialog({ conversation }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const note = String(data.get("note")).trim();
    const agent = String(data.get("agent"));
    const body = { team_id: String(data.get("team")), agent_id: agent === "" ? null : agent, note: note === "" ? null : note };
    const asked = { path: { conversation_id: conversation.id }, body, ifMatch: conversation.version };
    queue.take(await api().transferConversation(asked));
    tell(t("done.transferred"));
  };
  return html`<${FormDialog} title=${t("transfer.title")} action=${t("transfer.do")} save=${save}>
    <${Field} label=${t("transfer.team")} name="team" required>
      ${teams.value.map(({ id, name }) => html`<option value=${id} selected=${id === conversation.team_id}>${name}</option>`)}
    <//>
    <${Field} label=${t("transfer.agent")} name="agent">
      <option value="">${t("transfer.anybody")}</option>
      ${agents.value.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}
    <//>
    <${TextField} label=${t("transfer.note")} name="note" hint=${t("transfer.note.more")} />
  <//>`;
}

/** @param {Conversation} conversation */
export function openMacros(conversation) {
  const run = (/** @type {string} */ id, /** @type {string} */ name) => {
    closeDialog();
    void runMacro(conversation, id, name);
  };
  openDialog(
    () => html`<${Dialog} title=${t("macros.title")}>
      ${macros.value.length === 0 && html`<p class="quiet">${t("macros.none")}</p>`}
      <ul class="picks">${macros.value.map(({ id, name, steps }) => html`<li><button type="button" onClick=${() => run(id, name)}><b>${name}</b><small>${steps.map((step) => t(`step.${step.type}`)).join(", ")}</small></button></li>`)}</ul>
    <//>`,
  );
}

/** @param {Conversation} conversation @returns {Entry[]} */
export function moreEntries(conversation) {
  /** @type {Entry[]} */
  const found = [0, 1, 2, 3].map((n) => ({
    label: t("priority.set", { n }),
    checked: conversation.priority === n,
    run: () => void setPriority(conversation, n),
  }));
  found.push("line", { label: t("macros.title"), hint: "M", run: () => openMacros(conversation) });
  if (may("conversations:route")) found.push({ label: t("transfer.title"), hint: "T", run: () => openTransfer(conversation) });
  if (conversation.status === "open") {
    found.push({ label: t("status.set_pending"), run: () => void change(conversation, "changeConversationStatus", { status: "pending" }, t("done.pending")) });
  }
  return found;
}
