// What came of a trial: in plain words, in numbers beside each other, and what would change at once. From here it is published.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { percent } from "../lib/numbers.js";
import { line } from "../lib/text.js";
import { span } from "../lib/time.js";
import { explained } from "../state/notices.js";
import { Field } from "../ui/parts.js";

/** @typedef {import("frontdesk-client").TrialFigures} Figures */
/** @typedef {import("frontdesk-client").PolicyTrial} Trial */
/** @typedef {import("frontdesk-client").PolicyCheck} Check */

/** @param {{outcome: import("./trial.js").Outcome, publish: (note: string) => Promise<void>}} props */
export function Found({ outcome: { trial, check }, publish }) {
  return html`<section class="panel" aria-labelledby="trial-found"><h2 id="trial-found">${t("trial.found")}</h2>
      <div role="status" class="stack">${sentences(trial).map((one) => html`<p>${one}</p>`)}</div>
      <${Table} trial=${trial} />
      ${trial.notes.length > 0 && html`<details open><summary>${t("trial.assumed")}</summary><ul class="looked" lang="en" dir="auto">${trial.notes.map((note) => html`<li>${line(note, 300)}</li>`)}</ul></details>`}
    </section>
    <${Effects} check=${check} publish=${publish} />`;
}

/** A share as so many of a hundred. @param {number} share */
function hundred(share) {
  return Math.round(share * 100);
}

/** What the figures mean to somebody who reads no table. @param {Trial} trial @returns {string[]} */
export function sentences({ past, replayed, tried }) {
  const found = [];
  if (tried.attained === null || replayed.attained === null) found.push(t("trial.says.none"));
  else {
    const shares = { tried: hundred(tried.attained), replayed: hundred(replayed.attained) };
    found.push(t(shares.tried === shares.replayed ? "trial.says.same" : "trial.says.better", shares));
  }
  if (tried.wait_p50 !== null && replayed.wait_p50 !== null) found.push(t("trial.says.wait", { tried: lasted(tried.wait_p50), replayed: lasted(replayed.wait_p50) }));
  if (past !== null && past.attained !== null && replayed.attained !== null) found.push(t("trial.says.trust", { past: hundred(past.attained), replayed: hundred(replayed.attained) }));
  return found;
}

/** Two units where one would hide the difference. @param {number | null} seconds */
function lasted(seconds) {
  if (seconds === null) return "–";
  const rest = seconds % 60;
  return seconds >= 60 && seconds < 3600 && Math.round(rest) > 0 ? `${span((seconds - rest) * 1000)} ${span(rest * 1000)}` : span(seconds * 1000);
}

/** @type {[string, (figures: Figures) => string | number][]} */
const LINES = [
  ["cases", ({ cases }) => cases],
  ["answered", ({ answered }) => answered],
  ["attained", ({ attained }) => percent(attained)],
  ["wait_p50", ({ wait_p50: wait }) => lasted(wait)],
  ["wait_p95", ({ wait_p95: wait }) => lasted(wait)],
  ["taken_p50", ({ taken_p50: wait }) => lasted(wait)],
  ["taken_p95", ({ taken_p95: wait }) => lasted(wait)],
  ["queue", ({ late_by_leg: late }) => late.queue ?? 0],
  ["agent", ({ late_by_leg: late }) => late.agent ?? 0],
  ["spread", ({ load_spread: spread }) => percent(spread)],
];

/** @param {{trial: Trial}} props */
function Table({ trial }) {
  const columns = /** @type {const} */ (["past", "replayed", "tried"]).flatMap((name) => (trial[name] === null ? [] : [{ name, figures: /** @type {Figures} */ (trial[name]) }]));
  const classes = [...new Set(columns.flatMap(({ figures }) => Object.keys(figures.attained_by_class)))].sort();
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t("trial.figures")}><table class="grid">
    <thead><tr><th scope="col">${t("trial.figure")}</th>${columns.map(({ name }) => html`<th scope="col" class="n">${t(`trial.column.${name}`)}</th>`)}</tr></thead>
    <tbody>${LINES.map(([name, cell]) => html`<tr key=${name}><th scope="row">${t(`trial.cell.${name}`)}</th>${columns.map(({ figures }) => html`<td class="n">${cell(figures)}</td>`)}</tr>`)}
      ${classes.map((one) => html`<tr key=${one}><th scope="row">${t("trial.cell.attained")}: ${t(`class.${one}`)}</th>${columns.map(({ figures }) => html`<td class="n">${percent(figures.attained_by_class[one] ?? null)}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** @param {{check: Check, publish: (note: string) => Promise<void>}} props */
function Effects({ check: { differences, effects }, publish }) {
  const fault = useSignal("");
  const busy = useSignal(false);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    fault.value = "";
    try {
      await publish(String(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get("note")));
    } catch (error) {
      fault.value = explained(error);
    } finally {
      busy.value = false;
    }
  };
  if (differences.length === 0) return html`<section class="panel"><h2>${t("trial.effects")}</h2><p class="quiet">${t("trial.effects.none")}</p></section>`;
  return html`<section class="panel"><h2>${t("trial.effects")}</h2>
    <p>${t("trial.effects.clocks", { of: effects.looked_at, sooner: effects.sooner, later: effects.later, late: effects.breached_at_once })}</p>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("trial.effects")}><table class="grid"><thead><tr><th scope="col">${t("trial.where")}</th><th scope="col">${t("trial.holds")}</th><th scope="col">${t("trial.proposed")}</th></tr></thead>
      <tbody>${differences.map(({ op, pointer, before, after }) => html`<tr key=${`${op}${pointer}`}><th scope="row"><code class="code" dir="ltr">${line(pointer, 200)}</code></th><td>${shown(before)}</td><td>${shown(after)}</td></tr>`)}</tbody></table></div>
    <form class="stack" onSubmit=${submit}><${Field} label=${t("trial.note")} name="note" maxlength="500" dir="auto" />
      ${fault.value !== "" && html`<p class="fault" role="alert">${fault.value}</p>`}
      <div class="actions"><button type="submit" class="primary" disabled=${busy.value}>${t("trial.publish")}</button></div></form></section>`;
}

/** @param {unknown} value */
function shown(value) {
  if (value === null || value === undefined) return html`<span class="quiet">${t("trial.nothing")}</span>`;
  return html`<code class="code" dir="ltr">${line(JSON.stringify(value), 200)}</code>`;
}
