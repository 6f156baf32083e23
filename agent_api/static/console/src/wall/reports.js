// Reports over a time: as a chart, as its twin in a table, and as a file.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";

import { html } from "../html.js";
import { language, t } from "../lib/i18n.js";
import { span } from "../lib/time.js";
import { channelTitle, teamName } from "../state/directory.js";
import { useRead } from "../ui/read.js";
import { api } from "../state/session.js";
import { Icon } from "../ui/icon.js";
import { Chart } from "./chart.js";
import { saveCsv } from "./csv.js";
import { Hours } from "./hours.js";
import { Legs } from "./legs.js";
import { Satisfaction } from "./satisfaction.js";

/** @typedef {import("frontdesk-client").ReportLine} Line */
/** @typedef {"day" | "channel" | "team"} By */

const DAYS = /** @type {const} */ ([7, 30, 90]);
const BY = /** @type {const} */ (["day", "channel", "team"]);
const COUNTS = /** @type {const} */ (["opened", "answered", "resolved", "waiting", "breached"]);

export function Reports() {
  const days = useSignal(/** @type {number} */ (30));
  const by = useSignal(/** @type {By} */ ("day"));
  const { since, until } = useMemo(() => lately(days.value), [days.value]);
  const read = () => api().reportConversations({ query: { since, until, by: by.value } });
  const { value, fault } = useRead(read, [days.value, by.value]);
  const lines = /** @type {Line[]} */ (value.value?.items ?? []);
  return html`<div class="page reports">
    <header class="page-head"><h1>${t("nav.reports")}</h1><span class="grow"></span>
      <label>${t("reports.since")} <select onChange=${(/** @type {any} */ event) => (days.value = Number(event.currentTarget.value))}>${DAYS.map((n) => html`<option value=${n} selected=${n === days.value}>${t("reports.days", { n })}</option>`)}</select></label>
      <label>${t("reports.by")} <select onChange=${(/** @type {any} */ event) => (by.value = event.currentTarget.value)}>${BY.map((one) => html`<option value=${one} selected=${one === by.value}>${t(`reports.by.${one}`)}</option>`)}</select></label>
      <button type="button" disabled=${lines.length === 0} onClick=${() => save(lines, by.value)}><${Icon} name="file" size=${16} />${t("reports.csv")}</button>
    </header>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${value.value !== null && lines.length === 0 && html`<p class="quiet">${t("reports.none")}</p>`}
    ${lines.length > 0 && html`<div class="columns">
      <${Chart} title=${t("reports.load")} by=${by.value} names=${lines.map((line) => named(line.key, by.value))} keys=${lines.map((line) => line.key)} series=${[
        { label: t("reports.opened"), values: lines.map((line) => line.opened) },
        { label: t("reports.resolved"), values: lines.map((line) => line.resolved) },
        { label: t("reports.breached"), values: lines.map((line) => line.breached) },
      ]} />
      <${Chart} title=${t("reports.first_reply")} by=${by.value} names=${lines.map((line) => named(line.key, by.value))} keys=${lines.map((line) => line.key)} series=${[
        { label: t("reports.p50"), values: lines.map((line) => minutes(line.first_reply_p50_seconds)) },
        { label: t("reports.p90"), values: lines.map((line) => minutes(line.first_reply_p90_seconds)) },
      ]} />
    </div>
    <${Table} lines=${lines} by=${by.value} /><${Hours} since=${since} until=${until} /><${Legs} since=${since} until=${until} /><${Satisfaction} since=${since} until=${until} />`}
  </div>`;
}

/** @param {number} days */
function lately(days) {
  const until = new Date();
  return { since: new Date(until.getTime() - days * 86_400_000).toISOString(), until: until.toISOString() };
}

/** @param {number | null} seconds */
function minutes(seconds) {
  return seconds === null ? null : seconds / 60;
}

/** @param {string | null} key @param {By} by */
function named(key, by) {
  if (by === "team") return teamName(key);
  if (key === null) return "–";
  if (by === "channel") return channelTitle(key);
  return new Intl.DateTimeFormat(language(), { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(key));
}

/** @param {{lines: Line[], by: By}} props */
function Table({ lines, by }) {
  return html`<section class="panel wide"><h2>${t("reports.table")}</h2><div class="scroll" tabindex="0" role="region" aria-label=${t("reports.table")}><table class="grid">
    <thead><tr><th scope="col">${t(`reports.by.${by}`)}</th>${COUNTS.map((name) => html`<th scope="col" class="n">${t(`reports.${name}`)}</th>`)}<th scope="col" class="n">${t("reports.p50")}</th><th scope="col" class="n">${t("reports.p90")}</th><th scope="col" class="n">${t("reports.rating")}</th></tr></thead>
    <tbody>${lines.map((line) => html`<tr key=${line.key}><th scope="row" dir="auto">${named(line.key, by)}</th>${COUNTS.map((name) => html`<td class="n">${line[name]}</td>`)}
      <td class="n">${lasted(line.first_reply_p50_seconds)}</td><td class="n">${lasted(line.first_reply_p90_seconds)}</td><td class="n">${line.rating_average === null ? "–" : `${line.rating_average.toFixed(1)} (${line.rated})`}</td></tr>`)}</tbody>
  </table></div></section>`;
}

/** @param {number | null} seconds */
function lasted(seconds) {
  return seconds === null ? "–" : span(seconds * 1000);
}

/** Saves the table. @param {Line[]} lines @param {By} by */
function save(lines, by) {
  const names = /** @type {(keyof Line)[]} */ (["opened", "answered", "resolved", "waiting", "breached", "first_reply_p50_seconds", "first_reply_p90_seconds", "rated", "rating_average"]);
  saveCsv(by, [[by, ...names], ...lines.map((line) => [named(line.key, by), ...names.map((name) => line[name] ?? "")])]);
}
