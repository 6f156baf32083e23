// What customers want: phrases and examples, what the assistant does, what was learnt of it, and a message to try.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { percent } from "../lib/numbers.js";
import { moment } from "../lib/time.js";
import { attempt } from "../state/notices.js";
import { api } from "../state/session.js";
import { FormDialog } from "../ui/dialog.js";
import { Field, TextField } from "../ui/parts.js";
import { useRead } from "../ui/read.js";
import { Open, Remove, Section } from "./section.js";
import { linesOf } from "./tenant.js";

/** @typedef {import("frontdesk-client").Intent} Intent */
/** @typedef {import("frontdesk-client").IntentListed} Listed */
/** @typedef {() => Promise<void>} Load */

const KINDS = /** @type {const} */ (["search", "article", "order", "hand_over", "form"]);

export function Intents() {
  return html`<${Section}
    name="intents" read=${async () => (await api().listIntents()).items} form=${(/** @type {Load} */ load) => html`<${Edit} done=${load} />`}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Listed} */ one) => one.name },
      { head: t("intents.phrases"), n: true, cell: (/** @type {Listed} */ one) => one.phrases },
      { head: t("intents.examples"), n: true, cell: (/** @type {Listed} */ one) => one.examples },
      { head: t("intents.changed"), cell: (/** @type {Listed} */ one) => moment(one.updated_at) },
    ]}
    actions=${(/** @type {Listed} */ one, /** @type {Load} */ load) => html`
      <${Open} label=${t("action.edit")} of=${one.name} dialog=${() => html`<${Existing} id=${one.id} done=${load} />`} />
      <${Remove} of=${one.name} remove=${() => api().deleteIntent({ path: { intent_id: one.id }, ifMatch: one.version })} done=${load} />`}
  ><div class="columns"><${Model} /><${Try} /></div><//>`;
}

function Model() {
  const { value, fault, load } = useRead(() => api().getIntentModel(), []);
  const model = value.value;
  const train = async () => {
    await attempt(() => api().trainIntentModel(), t("intents.training"));
    await load();
  };
  return html`<section class="panel"><h2>${t("intents.model")}</h2>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${model !== null && html`<p>${model.trained_at === null ? t("intents.never") : t("intents.learnt", { at: moment(model.trained_at), intents: model.intents, examples: model.examples })}</p>
      ${model.due_at !== null && html`<p class="quiet">${t("intents.due", { at: moment(model.due_at) })}</p>`}
      ${model.failed !== null && html`<p class="banner warn">${t(`intents.failed.${model.failed}`)}</p>`}`}
    <div class="inline"><button type="button" onClick=${train}>${t("intents.train")}</button><button type="button" onClick=${() => void load()}>${t("webhooks.refresh")}</button></div></section>`;
}

function Try() {
  const said = useSignal(/** @type {import("frontdesk-client").IntentTold | null} */ (null));
  /** @param {any} event */
  const ask = async (event) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("said"));
    said.value = (await attempt(() => api().tryIntents({ body: { text } }))) ?? null;
  };
  const told = said.value;
  return html`<section class="panel"><h2>${t("intents.try")}</h2>
    <form class="stack" onSubmit=${ask}><${TextField} label=${t("intents.text")} name="said" required maxlength="4000" rows="2" /><div class="actions"><button type="submit">${t("intents.try")}</button></div></form>
    <div role="status" class="stack">${told !== null && html`<p>${told.intent === null ? html`<span class="chip warn">${t("intents.unknown")}</span>` : html`<span class="chip ok">${told.intent}</span> ${t(`intents.by.${told.by ?? "model"}`)}`} ${told.known !== null && t("intents.known", { share: percent(told.known) })}</p>
      <ul class="lines">${told.likely.map((one) => html`<li><span class="grow">${one.name}</span><span>${one.margin.toFixed(2)}</span></li>`)}</ul>`}</div></section>`;
}

/** Reads its texts first. @param {{id: string, done: Load}} props */
function Existing({ id, done }) {
  const { value, fault } = useRead(() => api().getIntent({ path: { intent_id: id } }), [id]);
  if (value.value === null) return html`<p class="quiet pad" role="status">${fault.value ?? t("thread.loading")}</p>`;
  return html`<${Edit} intent=${value.value} done=${done} />`;
}

/** What the assistant is to do, of the form. Throws where the fields are no JSON. @param {FormData} data @returns {any} */
function actionOf(data) {
  const kind = String(data.get("kind"));
  const skill = String(data.get("skill") ?? "") || null;
  if (kind === "article") return { kind, slug: String(data.get("slug")) };
  if (kind === "hand_over") return { kind, skill };
  if (kind !== "form") return { kind };
  try {
    return { kind, skill, fields: JSON.parse(String(data.get("fields"))) };
  } catch {
    throw new Error(t("trial.not_json"));
  }
}

/** Adds one, or changes the one that it is given. @param {{intent?: Intent, done: Load}} props */
function Edit({ intent, done }) {
  const action = /** @type {any} */ (intent?.action ?? { kind: "search" });
  const kind = useSignal(/** @type {string} */ (action.kind));
  /** @param {FormData} data */
  const save = async (data) => {
    const body = { name: String(data.get("name")), phrases: linesOf(data, "phrases"), examples: linesOf(data, "examples"), action: actionOf(data) };
    if (intent === undefined) await api().createIntent({ body });
    else await api().replaceIntent({ path: { intent_id: intent.id }, body, ifMatch: intent.version });
    await done();
  };
  const fields = JSON.stringify(action.fields ?? [{ name: "order", kind: "number", ask: { default: "" } }], null, 1);
  return html`<${FormDialog} title=${intent?.name ?? t("intents.add")} action=${t(intent === undefined ? "action.add" : "action.save")} save=${save} wide>
    <${Field} label=${t("field.name")} name="name" required pattern="[a-z0-9][a-z0-9_.\\-]*" maxlength="63" value=${intent?.name ?? ""} hint=${t("intents.name.more")} />
    <${TextField} label=${t("intents.phrases")} name="phrases" value=${(intent?.phrases ?? []).join("\n")} hint=${t("intents.phrases.more")} />
    <${TextField} label=${t("intents.examples")} name="examples" rows="8" value=${(intent?.examples ?? []).map((one) => one.replaceAll("\n", " ")).join("\n")} hint=${t("intents.examples.more")} />
    <${Field} label=${t("intents.action")} name="kind" onChange=${(/** @type {any} */ event) => (kind.value = event.currentTarget.value)}>${KINDS.map((one) => html`<option value=${one} selected=${one === kind.value}>${t(`intents.action.${one}`)}</option>`)}<//>
    ${kind.value === "article" && html`<${Field} label=${t("knowledge.slug")} name="slug" required value=${action.slug ?? ""} />`}
    ${(kind.value === "hand_over" || kind.value === "form") && html`<${Field} label=${t("intents.skill")} name="skill" value=${action.skill ?? ""} />`}
    ${kind.value === "form" && html`<${TextField} label=${t("intents.fields")} name="fields" spellcheck="false" rows="8" value=${fields} hint=${t("intents.fields.more")} />`}
  <//>`;
}
