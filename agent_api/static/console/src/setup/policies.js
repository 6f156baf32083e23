// SLA policies: for which cases they are, and within what time an answer is due.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { span } from "../lib/time.js";
import { api } from "../state/session.js";
import { FormDialog } from "../ui/dialog.js";
import { Field } from "../ui/parts.js";
import { Open, Remove, Section } from "./section.js";

/** @typedef {import("frontdesk-client").Policy} Policy */
/** @typedef {import("frontdesk-client").PolicyIn} PolicyIn */
/** @typedef {() => Promise<void>} Load */

const CLASSES = /** @type {const} */ (["live", "messaging", "mail", "voice", "public"]);

export function Policies() {
  const read = async () => (await api().listSlaPolicies()).items;
  return html`<${Section}
    name="policies" read=${read} form=${(/** @type {Load} */ load) => html`<${PolicyForm} done=${load} />`}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Policy} */ policy) => line(policy.name, 80) },
      { head: t("policies.order"), n: true, cell: (/** @type {Policy} */ policy) => policy.position },
      { head: t("policies.for"), cell: (/** @type {Policy} */ policy) => policy.document.match?.channel_classes?.map((one) => t(`class.${one}`)).join(", ") || t("policies.all") },
      { head: t("policies.first"), n: true, cell: (/** @type {Policy} */ policy) => span(policy.document.first_reply_seconds * 1000) },
      { head: t("policies.next"), n: true, cell: (/** @type {Policy} */ policy) => span(policy.document.next_reply_seconds * 1000) },
    ]}
    actions=${(/** @type {Policy} */ policy, /** @type {Load} */ load) => html`
      <${Open} label=${t("action.edit")} of=${policy.name} dialog=${() => html`<${PolicyForm} policy=${policy} done=${load} />`} />
      <${Remove} of=${policy.name} remove=${() => api().deleteSlaPolicy({ path: { policy_id: policy.id }, ifMatch: policy.version })} done=${load} />`}
  />`;
}

/** @param {{policy?: Policy, done: Load}} props */
function PolicyForm({ policy, done }) {
  const document = policy?.document;
  /** @param {FormData} data */
  const save = async (data) => {
    // What this form does not show of the document stays as it is.
    const body = /** @type {PolicyIn} */ ({
      name: String(data.get("name")),
      position: Number(data.get("position")),
      document: {
        ...document,
        match: { ...document?.match, channel_classes: data.getAll("classes") },
        first_reply_seconds: Math.round(Number(data.get("first")) * 60),
        next_reply_seconds: Math.round(Number(data.get("next")) * 60),
        within_hours: data.get("hours") === "on",
      },
    });
    if (policy === undefined) await api().createSlaPolicy({ body });
    else await api().replaceSlaPolicy({ path: { policy_id: policy.id }, body, ifMatch: policy.version });
    await done();
  };
  const classes = document?.match?.channel_classes ?? [];
  return html`<${FormDialog} title=${policy?.name ?? t("policies.add")} action=${t("action.save")} save=${save}>
    <div class="pair"><${Field} label=${t("field.name")} name="name" required value=${policy?.name ?? ""} dir="auto" /><${Field} label=${t("policies.order")} name="position" type="number" min="0" required value=${policy?.position ?? 0} hint=${t("policies.order.more")} /></div>
    <div class="pair"><${Field} label=${t("policies.first.minutes")} name="first" type="number" min="0.1" step="any" required value=${(document?.first_reply_seconds ?? 300) / 60} /><${Field} label=${t("policies.next.minutes")} name="next" type="number" min="0.1" step="any" required value=${(document?.next_reply_seconds ?? 600) / 60} /></div>
    <fieldset class="field"><legend>${t("policies.for")}</legend><div class="choices-list">${CLASSES.map((one) => html`<label class="check"><input type="checkbox" name="classes" value=${one} checked=${classes.includes(one)} />${t(`class.${one}`)}</label>`)}</div></fieldset>
    <label class="check"><input type="checkbox" name="hours" checked=${document?.within_hours ?? true} /> ${t("policies.hours")}</label>
  <//>`;
}
