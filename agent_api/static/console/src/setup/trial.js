// A policy is tried before it holds: past days played again under it, and what it would do to the clocks that run.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { span } from "../lib/time.js";
import { teams } from "../state/directory.js";
import { explained, tell } from "../state/notices.js";
import { api, patient } from "../state/session.js";
import { Field } from "../ui/parts.js";
import { useRead } from "../ui/read.js";
import { Found } from "./trial_found.js";
import { Versions } from "./trial_versions.js";

/** @typedef {{name: string, document: import("frontdesk-client").PolicyDocument}} Named */
/** @typedef {{sla_policies: Named[], routing: Record<string, any>}} Whole */
/** @typedef {{pointer: string, detail: string}} Fault */
/** @typedef {{document: Whole, trial: import("frontdesk-client").PolicyTrial, check: import("frontdesk-client").PolicyCheck}} Outcome */

const DAY = 86_400_000;
const DAYS = /** @type {const} */ ([1, 3, 7, 14]);
const MADE = "made";
const MADE_USUAL = 300;
const TARGETS = /** @type {const} */ (["first_reply_seconds", "next_reply_seconds"]);

/** What is wrong with what was typed, as the API says what is wrong with a body. */
class Unreadable extends Error {
  constructor() {
    super(t("trial.not_json"));
    this.problem = { errors: [{ pointer: "/document", detail: t("trial.not_json") }] };
  }
}

export function Trial() {
  const { value, fault, load } = useRead(() => api().getPolicy(), []);
  const held = /** @type {{version: number, document: Whole} | null} */ (/** @type {unknown} */ (value.value));
  return html`<div class="page">
    <header class="page-head"><div><h1>${t("setup.trial")}</h1><p class="quiet">${t("setup.trial.more")}</p></div></header>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${held !== null && html`<${Bench} key=${held.version} held=${held} load=${load} /><${Versions} key=${`v${held.version}`} held=${held.version} load=${load} />`}
  </div>`;
}

/** @param {{held: {version: number, document: Whole}, load: () => Promise<void>}} props */
function Bench({ held, load }) {
  const draft = useSignal(held.document);
  const whole = useSignal(false);
  const faults = useSignal(/** @type {Fault[]} */ ([]));
  const said = useSignal("");
  const busy = useSignal(false);
  const outcome = useSignal(/** @type {Outcome | null} */ (null));
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    faults.value = [];
    said.value = "";
    outcome.value = null;
    try {
      outcome.value = await played(/** @type {HTMLFormElement} */ (event.currentTarget), draft.value, whole.value);
    } catch (error) {
      faults.value = /** @type {any} */ (error).problem?.errors ?? [];
      said.value = faults.value.length > 0 ? t("trial.faults") : explained(error);
    } finally {
      busy.value = false;
    }
  };
  /** Goes on in the other form with what the first one says. @param {any} event */
  const turn = (event) => {
    const wanted = event.currentTarget.value === "whole";
    try {
      draft.value = written(new FormData(event.currentTarget.form), draft.value, whole.value);
      whole.value = wanted;
    } catch (error) {
      event.currentTarget.value = "whole";
      faults.value = /** @type {Unreadable} */ (error).problem.errors;
      said.value = t("trial.faults");
    }
  };
  return html`<form class="panel" onSubmit=${submit} noValidate>
      <h2>${t("trial.what")}</h2>
      <${Field} label=${t("trial.as")} name="as" onChange=${turn}><option value="targets" selected=${!whole.value}>${t("trial.as.targets")}</option><option value="whole" selected=${whole.value}>${t("trial.as.whole")}</option><//>
      ${whole.value ? html`<${WholeDocument} draft=${draft.value} faults=${faults.value} />` : html`<${Targets} held=${held.document} draft=${draft.value} faults=${faults.value} />`}
      <${People} faults=${faults.value} />
      <${Period} />
      ${said.value !== "" && html`<div class="fault" role="alert"><p>${said.value}</p><ul>${faults.value.map(({ pointer, detail }) => html`<li><code class="code" dir="ltr">${line(pointer, 200)}</code> <span dir="auto">${line(detail, 300)}</span></li>`)}</ul></div>`}
      <div class="inline"><button type="submit" class="primary" disabled=${busy.value}>${t("trial.try")}</button><span role="status">${busy.value && t("trial.running")}</span></div>
    </form>
    ${outcome.value !== null && html`<${Found} outcome=${outcome.value} publish=${publisher(held.version, outcome.value.document, load)} />`}`;
}

/** @param {number} version @param {Whole} document @param {() => Promise<void>} load */
function publisher(version, document, load) {
  return async (/** @type {string} */ note) => {
    const held = await api().applyPolicy({ body: /** @type {any} */ ({ document, note: note.trim() || null }), ifMatch: version });
    tell(t("trial.published", { n: held.version }));
    await load();
  };
}

/** What the form says. Raises `Unreadable`. @param {FormData} data @param {Whole} draft @param {boolean} whole @returns {Whole} */
function written(data, draft, whole) {
  if (whole) {
    try {
      return JSON.parse(String(data.get("document")));
    } catch {
      throw new Unreadable();
    }
  }
  const policies = draft.sla_policies.map((policy, row) => {
    const set = TARGETS.map((name) => [name, Math.round(Number(data.get(`${name}-${row}`)) * 60)]);
    return { ...policy, document: { ...policy.document, ...Object.fromEntries(set) } };
  });
  return { ...draft, sla_policies: policies, routing: { ...draft.routing, keep_slots_free: data.get("slots") === "on" } };
}

/** Asks for both answers at once. @param {HTMLFormElement} form @param {Whole} draft @param {boolean} whole @returns {Promise<Outcome>} */
async function played(form, draft, whole) {
  const data = new FormData(form);
  const document = written(data, draft, whole);
  const on = String(data.get("on"));
  const made = on === MADE ? Number(data.get("cases")) : null;
  const until = Date.now();
  const since = until - (made === null ? Number(on) : 1) * DAY;
  const staffing = teams.value.map(({ id }) => ({ team_id: id, agents: Number(data.get(`people-${id}`) ?? 0) })).filter(({ agents }) => agents !== 0);
  const body = /** @type {any} */ ({ from: new Date(since).toISOString(), to: new Date(until).toISOString(), document, staffing, made });
  const [check, trial] = await Promise.all([api().checkPolicy({ body: /** @type {any} */ ({ document }) }), patient().tryPolicy({ body })]);
  return { document, trial, check };
}

/** @param {{held: Whole, draft: Whole, faults: Fault[]}} props */
function Targets({ held, draft, faults }) {
  const now = new Map(held.sla_policies.map(({ name, document }) => [name, document]));
  return html`${draft.sla_policies.length === 0 && html`<p class="quiet">${t("setup.none")}</p>`}
    ${draft.sla_policies.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${t("trial.as.targets")}><table class="grid">
      <thead><tr><th scope="col">${t("field.name")}</th>${TARGETS.map((target) => html`<th scope="col">${t(LABELS[target])} · ${t("trial.holds")}</th><th scope="col">${t(MINUTES[target])} · ${t("trial.proposed")}</th>`)}</tr></thead>
      <tbody>${draft.sla_policies.map(({ name, document }, row) => html`<tr key=${name}><th scope="row" dir="auto">${line(name, 80)}</th>${TARGETS.map((target) => html`
        <td>${now.has(name) ? span(1000 * (now.get(name)?.[target] ?? 0)) : "–"}</td>
        <td><${Checked} name=${`${target}-${row}`} label=${`${name}: ${t(MINUTES[target])}`} value=${document[target] / 60} faults=${faults} pointer=${`/document/sla_policies/${row}/document/${target}`} /></td>`)}</tr>`)}</tbody></table></div>`}
    <label class="check"><input type="checkbox" name="slots" checked=${draft.routing?.keep_slots_free ?? false} /> ${t("trial.slots")}</label>`;
}

const LABELS = { first_reply_seconds: "policies.first", next_reply_seconds: "policies.next" };
const MINUTES = { first_reply_seconds: "policies.first.minutes", next_reply_seconds: "policies.next.minutes" };

/** A number, with what is wrong with it under it. @param {{name: string, label: string, value: number, faults: Fault[], pointer: string}} props */
function Checked({ name, label, value, faults, pointer }) {
  const fault = faults.find((one) => one.pointer === pointer);
  return html`<input class="short" type="number" step="any" name=${name} aria-label=${label} defaultValue=${Math.round(value * 1000) / 1000} aria-invalid=${fault === undefined ? null : "true"} aria-describedby=${fault === undefined ? null : `fault-${name}`} />
    ${fault !== undefined && html`<p class="hint bad" id=${`fault-${name}`} dir="auto">${line(fault.detail, 200)}</p>`}`;
}

/** @param {{draft: Whole, faults: Fault[]}} props */
function WholeDocument({ draft, faults }) {
  const wrong = faults.some(({ pointer }) => pointer.startsWith("/document"));
  return html`<div class="field"><label for="trial-document">${t("trial.document")}</label><textarea id="trial-document" name="document" class="code" dir="ltr" rows="16" spellcheck="false" aria-invalid=${wrong ? "true" : null} defaultValue=${JSON.stringify(draft, null, 2)}></textarea></div>`;
}

/** @param {{faults: Fault[]}} props */
function People({ faults }) {
  const faulty = faults.some(({ pointer }) => pointer.startsWith("/staffing"));
  return html`<details open=${faulty}><summary>${t("trial.staffing")}</summary><ul class="lines">${teams.value.map(({ id, name }) => html`<li key=${id}><label class="inline"><input class="short" type="number" step="1" name=${`people-${id}`} defaultValue="0" /> <span dir="auto">${t("trial.staffing.of", { team: line(name, 60) })}</span></label></li>`)}</ul></details>`;
}

function Period() {
  const made = useSignal(false);
  return html`<div class="pair"><${Field} label=${t("trial.on")} name="on" onChange=${(/** @type {any} */ event) => (made.value = event.currentTarget.value === MADE)}>
      ${DAYS.map((n) => html`<option value=${n} selected=${n === 7}>${t("trial.on.days", { n })}</option>`)}<option value=${MADE}>${t("trial.on.made")}</option><//>
    ${made.value && html`<${Field} label=${t("trial.cases")} name="cases" type="number" min="1" max="3000" defaultValue=${MADE_USUAL} />`}</div>`;
}
