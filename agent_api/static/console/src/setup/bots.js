// Bots: who they are and what they have, the rules that hold for all, the assistant, and what it could not answer.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { moment } from "../lib/time.js";
import { teamName } from "../state/directory.js";
import { api } from "../state/session.js";
import { Field, TextField } from "../ui/parts.js";
import { useRead } from "../ui/read.js";
import { listed, Section } from "./section.js";
import { Check, linesOf, SettingsForm, Texts, textsOf } from "./tenant.js";

/** @typedef {import("frontdesk-client").Agent} Agent */
/** @typedef {import("./tenant.js").Settings} Settings */
/** What the server always tells of bots, however much of it may be left out on the way in. @typedef {Omit<Required<NonNullable<Settings["bots"]>>, "words"> & {words: Record<string, string[]>}} Rules */

const WORDS = /** @type {const} */ (["asked", "sensitive", "anger"]);

async function bots() {
  return (await listed("listAgents", { query: { limit: 200 } })).filter(({ role }) => role === "bot");
}

export function Bots() {
  const { value } = useRead(bots, []);
  const known = value.value;
  return html`<${Section}
    name="bots" read=${bots}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Agent} */ one) => line(one.name, 80) },
      { head: t("field.state"), cell: (/** @type {Agent} */ one) => html`<span class=${`chip ${one.presence === "online" ? "ok" : ""}`}>${t(`presence.${one.presence}`)}</span>` },
      { head: t("setup.teams"), cell: (/** @type {Agent} */ one) => one.team_ids.map(teamName).join(", ") },
      { head: t("agents.capacity"), n: true, cell: (/** @type {Agent} */ one) => `${one.used} / ${one.capacity}` },
    ]}
  >${known !== null && html`<${SettingsForm} change=${change} fields=${(/** @type {Settings} */ now) => fields(now, known)} />`}
    <${Unanswered} /><//>`;
}

/** @param {FormData} data @param {Settings} now @returns {Partial<Settings>} */
function change(data, now) {
  const rules = /** @type {Rules} */ (now.bots);
  const words = Object.fromEntries(WORDS.map((name) => [name, linesOf(data, name)]));
  return {
    bots: {
      ...rules,
      assistant_agent_id: String(data.get("assistant")) || null,
      disclose: data.has("disclose"),
      answer_within_seconds: Number(data.get("within")),
      handover_texts: textsOf(data, "handover_texts"),
      words: { ...rules.words, ...words },
    },
  };
}

/** @param {Settings} now @param {Agent[]} known */
function fields(now, known) {
  const rules = /** @type {Rules} */ (now.bots);
  return html`<div class="columns">
    <section class="panel"><h2>${t("bots.rules")}</h2>
      <${Field} label=${t("bots.assistant")} name="assistant" hint=${t("bots.assistant.more")}><option value="">${t("bots.assistant.none")}</option>${known.map(({ id, name }) => html`<option value=${id} selected=${id === rules.assistant_agent_id}>${name}</option>`)}<//>
      <${Check} name="disclose" label=${t("bots.disclose")} on=${rules.disclose} />
      <${Field} label=${t("bots.within")} name="within" type="number" min="1" max="3600" required value=${rules.answer_within_seconds} />
      <${Texts} label=${t("bots.handover")} name="handover_texts" texts=${rules.handover_texts} /></section>
    <section class="panel"><h2>${t("bots.words")}</h2><p class="quiet">${t("bots.words.more")}</p>
      ${WORDS.map((name) => html`<${TextField} label=${t(`bots.words.${name}`)} name=${name} rows="3" value=${rules.words[name].join("\n")} />`)}</section></div>`;
}

function Unanswered() {
  const { value, fault } = useRead(() => api().listKnowledgeGaps(), []);
  const items = value.value?.items ?? [];
  return html`<section class="panel"><h2>${t("bots.unanswered")}</h2>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${value.value !== null && items.length === 0 && html`<p class="quiet">${t("knowledge.gaps.none")}</p>`}
    <ul class="lines">${items.slice(0, 10).map((gap) => html`<li key=${`${gap.language} ${gap.words}`}><span class="grow" dir="auto">${line(gap.words, 120)}</span><span>${t("knowledge.asked")}: ${gap.asked}</span><small>${moment(gap.last_at)}</small></li>`)}</ul>
    <p><a href="#/setup/knowledge">${t("setup.knowledge")}</a></p></section>`;
}
