// The hours of the week by how much began in them: a table whose cells are shaded, so that eyes see a map and everybody else reads numbers.
import { html } from "../html.js";
import { language, t } from "../lib/i18n.js";
import { api } from "../state/session.js";
import { Icon } from "../ui/icon.js";
import { useRead } from "../ui/read.js";
import { saveCsv } from "./csv.js";

/** @typedef {import("frontdesk-client").HourLine} Line */

const DAYS = [0, 1, 2, 3, 4, 5, 6];
const HOURS = [...Array(24).keys()];
/** The strongest shade, in percent: text on it is still read well, light and dark. */
const SHADE_MOST = 34;

/** @param {{since: string, until: string}} props */
export function Hours({ since, until }) {
  const { timeZone: zone } = Intl.DateTimeFormat().resolvedOptions();
  const { value, fault } = useRead(() => api().reportHours({ query: { since, until, zone } }), [since, until]);
  const lines = /** @type {Line[]} */ (value.value?.items ?? []);
  if (fault.value !== null) return html`<p class="fault">${fault.value}</p>`;
  if (lines.length === 0) return null;
  const found = new Map(lines.map((one) => [one.weekday * 24 + one.hour, one]));
  const most = Math.max(...lines.map(({ opened }) => opened));
  const save = () => saveCsv("hours", [["weekday", "hour", "opened", "answered", "breached", "first_reply_mean_seconds"], ...lines.map((one) => [dayName(one.weekday), one.hour, one.opened, one.answered, one.breached, one.first_reply_mean_seconds ?? ""])]);
  return html`<section class="panel wide"><header class="page-head"><h2>${t("reports.hours")}</h2><p class="quiet grow">${t("reports.hours.more", { zone })}</p>
      <button type="button" class="small" aria-label=${`${t("reports.csv")}: ${t("reports.hours")}`} onClick=${save}><${Icon} name="file" size=${14} />${t("reports.csv")}</button></header>
    <div class="scroll" tabindex="0" role="region" aria-label=${t("reports.hours")}><table class="heat">
      <thead><tr><th scope="col">${t("reports.weekday")}</th>${HOURS.map((hour) => html`<th scope="col">${hourName(hour)}</th>`)}</tr></thead>
      <tbody>${DAYS.map((weekday) => html`<tr key=${weekday}><th scope="row">${dayName(weekday)}</th>${HOURS.map((hour) => {
        const opened = found.get(weekday * 24 + hour)?.opened ?? 0;
        return html`<td style=${{ "--heat": `${Math.round((SHADE_MOST * opened) / most)}%` }}>${opened}</td>`;
      })}</tr>`)}</tbody></table></div></section>`;
}

/** 0 is Monday, as the API counts. @param {number} weekday */
function dayName(weekday) {
  return new Intl.DateTimeFormat(language(), { weekday: "short", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + weekday));
}

/** @param {number} hour */
function hourName(hour) {
  return new Intl.NumberFormat(language(), { minimumIntegerDigits: 2 }).format(hour);
}
