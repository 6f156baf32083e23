// API keys: made here, shown once, revoked at once.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { moment } from "../lib/time.js";
import { agentName, agents } from "../state/directory.js";
import { api } from "../state/session.js";
import { Dialog, FormDialog, openDialog } from "../ui/dialog.js";
import { Field } from "../ui/parts.js";
import { Copyable, listed, Remove, Section } from "./section.js";

/** @typedef {import("frontdesk-client").ApiKey} Key */
/** @typedef {() => Promise<void>} Load */

const ROLES = /** @type {const} */ (["agent", "supervisor", "admin", "bot", "partner"]);

export function Keys() {
  return html`<${Section}
    name="keys" read=${() => listed("listApiKeys", { query: { limit: 200 } })} form=${(/** @type {Load} */ load) => html`<${Add} done=${load} />`}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Key} */ key) => line(key.name, 80) },
      { head: t("field.role"), cell: (/** @type {Key} */ key) => t(`role.${key.role}`) },
      { head: t("keys.agent"), cell: (/** @type {Key} */ key) => (key.agent_id === null ? "–" : agentName(key.agent_id)) },
      { head: t("keys.prefix"), cell: (/** @type {Key} */ key) => html`<code class="code">${key.prefix}…</code>` },
      { head: t("keys.used"), cell: (/** @type {Key} */ key) => (key.revoked_at !== null ? html`<span class="chip bad">${t("keys.revoked")}</span>` : key.last_used_at === null ? t("keys.never") : moment(key.last_used_at)) },
    ]}
    actions=${(/** @type {Key} */ key, /** @type {Load} */ load) => key.revoked_at === null && html`<${Remove} of=${key.name} label=${t("keys.revoke")} remove=${() => api().revokeApiKey({ path: { key_id: key.id } })} done=${load} />`}
  />`;
}

/** Shows a secret, once. @param {string} title @param {string} secret */
export function showSecret(title, secret) {
  openDialog(() => html`<${Dialog} title=${title}><div class="secret"><p>${t("keys.once")}</p><${Copyable} text=${secret} /></div><//>`);
}

/** @param {{done: Load}} props */
function Add({ done }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const body = { name: String(data.get("name")), role: /** @type {"agent"} */ (data.get("role")), agent_id: String(data.get("agent")) || null };
    const made = await api().createApiKey({ body });
    await done();
    showSecret(t("keys.made"), made.key);
  };
  return html`<${FormDialog} title=${t("keys.add")} action=${t("action.add")} save=${save}>
    <${Field} label=${t("field.name")} name="name" required dir="auto" />
    <${Field} label=${t("field.role")} name="role">${ROLES.map((role) => html`<option value=${role}>${t(`role.${role}`)}</option>`)}<//>
    <${Field} label=${t("keys.agent")} name="agent"><option value="">–</option>${agents.value.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}<//>
  <//>`;
}
