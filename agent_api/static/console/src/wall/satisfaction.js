// What customers said of resolved conversations, how many of those asked answered, and whether cases stayed resolved.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { percent } from "../lib/numbers.js";
import { line } from "../lib/text.js";
import { agentName, channelTitle, teamName } from "../state/directory.js";
import { api } from "../state/session.js";
import { Icon } from "../ui/icon.js";
import { useRead } from "../ui/read.js";
import { Chart } from "./chart.js";
import { saveCsv } from "./csv.js";

/** @typedef {import("frontdesk-client").SatisfactionLine} Line */
/** @typedef {"channel" | "team" | "agent" | "day"} By */

const BY = /** @type {const} */ (["channel", "team", "agent", "day"]);
const FIGURES = /** @type {const} */ (["resolved", "asked", "answered", "response_share", "rated", "average", "csat_share", "efforts", "effort_average", "settled", "again", "resolution_share"]);

/** @param {{since: string, until: string}} props */
export function Satisfaction({ since, until }) {
  const by = useSignal(/** @type {By} */ ("channel"));
  const { value, fault } = useRead(() => api().reportSatisfaction({ query: { since, until, by: by.value } }), [since, until, by.value]);
  const lines = /** @type {Line[]} */ (value.value?.items ?? []);
  if (fault.value !== null) return html`<p class="fault">${fault.value}</p>`;
  if (value.value === null || (lines.length === 0 && by.value === "channel")) return null;
  const save = () => saveCsv("satisfaction", [[by.value, ...FIGURES], ...lines.map((one) => [named(one.key, by.value), ...FIGURES.map((name) => one[name] ?? "")])]);
  return html`<section class="panel wide"><header class="page-head"><h2>${t("reports.satisfaction")}</h2><span class="grow"></span>
      <label>${t("reports.by")} <select onChange=${(/** @type {any} */ event) => (by.value = event.currentTarget.value)}>${BY.map((one) => html`<option value=${one} selected=${one === by.value}>${t(`reports.by.${one}`)}</option>`)}</select></label>
      <button type="button" class="small" aria-label=${`${t("reports.csv")}: ${t("reports.satisfaction")}`} onClick=${save}><${Icon} name="file" size=${14} />${t("reports.csv")}</button></header>
    <p class="quiet">${t("reports.satisfaction.more")}</p>
    <${Chart} title=${t("reports.satisfaction.shares")} by=${by.value} names=${lines.map((one) => named(one.key, by.value))} keys=${lines.map((one) => one.key)} series=${[
      { label: t("reports.csat"), values: lines.map((one) => hundredfold(one.csat_share)) },
      { label: t("reports.stayed"), values: lines.map((one) => hundredfold(one.resolution_share)) },
    ]} />
    <div class="scroll" tabindex="0" role="region" aria-label=${t("reports.satisfaction")}><table class="grid">
      <thead><tr><th scope="col">${t(`reports.by.${by.value}`)}</th><th scope="col" class="n">${t("reports.resolved")}</th><th scope="col" class="n">${t("reports.asked")}</th><th scope="col" class="n">${t("reports.responded")}</th><th scope="col" class="n">${t("reports.rating")}</th><th scope="col" class="n">${t("reports.csat")}</th><th scope="col" class="n">${t("reports.effort")}</th><th scope="col" class="n">${t("reports.stayed")}</th></tr></thead>
      <tbody>${lines.map((one) => html`<tr key=${one.key}><th scope="row" dir="auto">${line(named(one.key, by.value), 80)}</th><td class="n">${one.resolved}</td><td class="n">${one.asked}</td><td class="n">${percent(one.response_share)}</td>
        <td class="n">${marks(one.average, one.rated)}</td><td class="n">${percent(one.csat_share)}</td><td class="n">${marks(one.effort_average, one.efforts)}</td><td class="n">${percent(one.resolution_share)}</td></tr>`)}</tbody></table></div></section>`;
}

/** @param {string | null} key @param {By} by */
function named(key, by) {
  if (by === "team") return teamName(key);
  if (key === null) return "–";
  return by === "agent" ? agentName(key) : by === "channel" ? channelTitle(key) : key;
}

/** An average with how many it is of. @param {number | null} average @param {number} count */
function marks(average, count) {
  return average === null ? "–" : `${average.toFixed(1)} (${count})`;
}

/** @param {number | null} share */
function hundredfold(share) {
  return share === null ? null : Math.round(share * 100);
}
