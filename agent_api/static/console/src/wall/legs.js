// Targets met and missed, and whose time it was: of the way to us, bots, the queue, agents and customers.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { percent } from "../lib/numbers.js";
import { line } from "../lib/text.js";
import { span } from "../lib/time.js";
import { teamName } from "../state/directory.js";
import { api } from "../state/session.js";
import { Icon } from "../ui/icon.js";
import { useRead } from "../ui/read.js";
import { saveCsv } from "./csv.js";

/** @typedef {import("frontdesk-client").ClockReportLine} Line */
/** @typedef {"day" | "team" | "policy"} By */

const BY = /** @type {const} */ (["team", "policy", "day"]);
const LEGS = /** @type {const} */ (["provider", "bot", "queue", "agent", "customer"]);

/** @param {{since: string, until: string}} props */
export function Legs({ since, until }) {
  const by = useSignal(/** @type {By} */ ("team"));
  const { value, fault } = useRead(() => api().reportClocks({ query: { since, until, by: by.value } }), [since, until, by.value]);
  const policies = useRead(() => api().listSlaPolicies(), []).value.value?.items ?? [];
  const lines = /** @type {Line[]} */ (value.value?.items ?? []);
  if (fault.value !== null) return html`<p class="fault">${fault.value}</p>`;
  if (value.value === null || (lines.length === 0 && by.value === "team")) return null;
  /** @param {string | null} key */
  const named = (key) => (by.value === "team" ? teamName(key) : by.value === "policy" ? (policies.find(({ id }) => id === key)?.name ?? key ?? "–") : (key ?? "–"));
  const save = () => saveCsv("clocks", [["clock", by.value, "runs", "met", "breached", "running", ...LEGS.map((leg) => `${leg}_seconds`), ...LEGS.map((leg) => `late_by_${leg}`)], ...lines.map((one) => [one.clock, named(one.key), one.runs, one.met, one.breached, one.running, ...LEGS.map((leg) => one.seconds[leg]), ...LEGS.map((leg) => one.blamed[leg] ?? 0)])]);
  return html`<section class="panel wide"><header class="page-head"><h2>${t("reports.legs")}</h2><span class="grow"></span>
      <label>${t("reports.by")} <select onChange=${(/** @type {any} */ event) => (by.value = event.currentTarget.value)}>${BY.map((one) => html`<option value=${one} selected=${one === by.value}>${t(`reports.by.${one}`)}</option>`)}</select></label>
      <button type="button" class="small" aria-label=${`${t("reports.csv")}: ${t("reports.legs")}`} onClick=${save}><${Icon} name="file" size=${14} />${t("reports.csv")}</button></header>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("reports.legs")}><table class="grid">
      <thead><tr><th scope="col">${t(`reports.by.${by.value}`)}</th><th scope="col">${t("reports.clock")}</th><th scope="col" class="n">${t("reports.runs")}</th><th scope="col" class="n">${t("reports.met")}</th><th scope="col" class="n">${t("reports.breached")}</th>${LEGS.map((leg) => html`<th scope="col" class="n">${t(`reports.leg.${leg}`)}</th>`)}<th scope="col">${t("reports.blamed")}</th></tr></thead>
      <tbody>${lines.map((one) => html`<tr key=${`${one.clock} ${one.key}`}><th scope="row" dir="auto">${line(named(one.key), 80)}</th><td>${t(`reports.clock.${one.clock}`)}</td><td class="n">${one.runs}</td><td class="n">${share(one)}</td><td class="n">${one.breached}</td>
        ${LEGS.map((leg) => html`<td class="n">${one.runs === 0 ? "–" : span((1000 * one.seconds[leg]) / one.runs)}</td>`)}<td>${blamed(one)}</td></tr>`)}</tbody></table></div></section>`;
}

/** Of those that ended, how many in time. @param {Line} one */
function share({ met, breached }) {
  return percent(met + breached === 0 ? null : met / (met + breached));
}

/** @param {Line} one */
function blamed({ blamed: legs }) {
  const worst = Object.entries(legs).sort(([, a], [, b]) => b - a);
  return worst.length === 0 ? "–" : worst.map(([leg, n]) => `${t(`reports.leg.${leg}`)} (${n})`).join(", ");
}
