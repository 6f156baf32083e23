// Canned replies and macros: what is said and done again and again.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { loadMacros, loadReplies, teams } from "../state/directory.js";
import { api } from "../state/session.js";
import { FormDialog } from "../ui/dialog.js";
import { Field, TextField } from "../ui/parts.js";
import { Open, Remove, Section } from "./section.js";

/** @typedef {import("frontdesk-client").CannedReply} Reply */
/** @typedef {import("frontdesk-client").Macro} Macro */
/** @typedef {() => Promise<void>} Load */

export function Replies() {
  const read = async () => (await api().listCannedReplies()).items;
  return html`<${Section}
    name="replies" read=${read} form=${(/** @type {Load} */ load) => html`<${ReplyForm} done=${load} />`}
    columns=${[
      { head: t("replies.shortcut"), cell: (/** @type {Reply} */ reply) => `/${reply.shortcut}` },
      { head: t("replies.title"), cell: (/** @type {Reply} */ reply) => line(reply.title, 80) },
      { head: t("replies.body"), cell: (/** @type {Reply} */ reply) => html`<span dir="auto">${line(reply.body, 120)}</span>` },
    ]}
    actions=${(/** @type {Reply} */ reply, /** @type {Load} */ load) => html`
      <${Open} label=${t("action.edit")} of=${reply.title} dialog=${() => html`<${ReplyForm} reply=${reply} done=${load} />`} />
      <${Remove} of=${reply.title} remove=${() => api().deleteCannedReply({ path: { canned_id: reply.id }, ifMatch: reply.version })} done=${load} />`}
  />`;
}

/** @param {{reply?: Reply, done: Load}} props */
function ReplyForm({ reply, done }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const body = { shortcut: String(data.get("shortcut")), title: String(data.get("title")), body: String(data.get("body")) };
    if (reply === undefined) await api().createCannedReply({ body });
    else await api().replaceCannedReply({ path: { canned_id: reply.id }, body, ifMatch: reply.version });
    await Promise.all([done(), loadReplies()]);
  };
  return html`<${FormDialog} title=${reply?.title ?? t("replies.add")} action=${t("action.save")} save=${save}>
    <div class="pair"><${Field} label=${t("replies.shortcut")} name="shortcut" required value=${reply?.shortcut ?? ""} autocomplete="off" /><${Field} label=${t("replies.title")} name="title" required value=${reply?.title ?? ""} dir="auto" /></div>
    <${TextField} label=${t("replies.body")} name="body" required value=${reply?.body ?? ""} hint=${t("replies.body.more", { example: "{{contact.name}}" })} rows="6" />
  <//>`;
}

export function Macros() {
  const read = async () => (await api().listMacros()).items;
  return html`<${Section}
    name="macros" read=${read} form=${(/** @type {Load} */ load) => html`<${MacroForm} done=${load} />`}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Macro} */ macro) => line(macro.name, 80) },
      { head: t("macros.steps"), cell: (/** @type {Macro} */ macro) => macro.steps.map((step) => t(`step.${step.type}`)).join(" → ") },
    ]}
    actions=${(/** @type {Macro} */ macro, /** @type {Load} */ load) => html`<${Remove} of=${macro.name} remove=${() => api().deleteMacro({ path: { macro_id: macro.id }, ifMatch: macro.version })} done=${load} />`}
  />`;
}

/** The steps in the order in which they make sense together. @param {FormData} data @returns {any[]} */
function steps(data) {
  const found = [];
  const text = (/** @type {string} */ name) => String(data.get(name) ?? "").trim();
  if (text("reply") !== "") found.push({ type: "reply", text: text("reply") });
  if (text("note") !== "") found.push({ type: "note", text: text("note") });
  if (text("tags") !== "") found.push({ type: "tags", add: text("tags").split(/[\s,]+/), remove: [] });
  if (text("priority") !== "") found.push({ type: "priority", priority: Number(text("priority")) });
  if (text("team") !== "") found.push({ type: "transfer", team_id: text("team") });
  if (text("status") !== "") found.push({ type: "status", status: text("status") });
  return found;
}

/** @param {{done: Load}} props */
function MacroForm({ done }) {
  /** @param {FormData} data */
  const save = async (data) => {
    await api().createMacro({ body: { name: String(data.get("name")), steps: steps(data) } });
    await Promise.all([done(), loadMacros()]);
  };
  return html`<${FormDialog} title=${t("macros.add")} action=${t("action.add")} save=${save}>
    <p class="quiet">${t("macros.add.more")}</p>
    <${Field} label=${t("field.name")} name="name" required dir="auto" />
    <${TextField} label=${t("composer.reply")} name="reply" rows="3" />
    <${TextField} label=${t("composer.note")} name="note" rows="2" />
    <div class="pair"><${Field} label=${t("labels.add")} name="tags" /><${Field} label=${t("macros.priority")} name="priority" type="number" min="0" max="10" /></div>
    <div class="pair"><${Field} label=${t("transfer.team")} name="team"><option value=""></option>${teams.value.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}<//>
    <${Field} label=${t("field.state")} name="status"><option value=""></option>${/** @type {const} */ (["open", "pending", "resolved"]).map((status) => html`<option value=${status}>${t(`status.${status}`)}</option>`)}<//></div>
  <//>`;
}
