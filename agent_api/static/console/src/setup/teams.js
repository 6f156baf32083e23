// Teams and the hours they keep.
import { html } from "../html.js";
import { language, t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { loadTeams } from "../state/directory.js";
import { api } from "../state/session.js";
import { FormDialog } from "../ui/dialog.js";
import { Field, TextField } from "../ui/parts.js";
import { listed, Open, Section } from "./section.js";

/** @typedef {import("frontdesk-client").Team} Team */
/** @typedef {import("frontdesk-client").OpeningHours} Hours */
/** @typedef {() => Promise<void>} Load */

const DAYS = [0, 1, 2, 3, 4, 5, 6];

/** The name of a weekday; 0 is Monday, as the API counts. @param {number} weekday */
function dayName(weekday) {
  return new Intl.DateTimeFormat(language(), { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + weekday));
}

export function Teams() {
  return html`<${Section}
    name="teams" read=${() => listed("listTeams", { query: { limit: 200 } })} form=${(/** @type {Load} */ load) => html`<${TeamForm} done=${load} />`}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Team} */ team) => line(team.name, 80) },
      { head: t("teams.hours"), cell: (/** @type {Team} */ team) => summary(/** @type {Hours | null} */ (/** @type {unknown} */ (team.hours))) },
    ]}
    actions=${(/** @type {Team} */ team, /** @type {Load} */ load) => html`<${Open} label=${t("action.edit")} of=${team.name} dialog=${() => html`<${TeamForm} team=${team} done=${load} />`} />`}
  />`;
}

/** @param {Hours | null} hours */
function summary(hours) {
  if (hours === null) return t("teams.always");
  const open = new Set(hours.spans.map(({ weekday }) => weekday)).size;
  return t("teams.summary", { n: open, zone: hours.zone });
}

/** @param {{team?: Team, done: Load}} props */
function TeamForm({ team, done }) {
  const hours = /** @type {Hours | null} */ (/** @type {unknown} */ (team?.hours ?? null));
  /** @param {FormData} data */
  const save = async (data) => {
    const body = { name: String(data.get("name")), hours: data.get("limited") === "on" ? hoursOf(data) : null };
    if (team === undefined) await api().createTeam({ body });
    else await api().changeTeam({ path: { team_id: team.id }, body, ifMatch: team.version });
    await Promise.all([done(), loadTeams()]);
  };
  const of = (/** @type {number} */ weekday) => hours?.spans.find((span) => span.weekday === weekday);
  return html`<${FormDialog} title=${team?.name ?? t("teams.add")} action=${t("action.save")} save=${save}>
    <${Field} label=${t("field.name")} name="name" required value=${team?.name ?? ""} dir="auto" maxlength="100" />
    <label class="check"><input type="checkbox" name="limited" checked=${hours !== null} /> ${t("teams.limited")}</label>
    <${Field} label=${t("teams.zone")} name="zone" value=${hours?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone} />
    <fieldset class="spans"><legend class="sr">${t("teams.hours")}</legend>${DAYS.map((weekday) => html`<div>
      <span>${dayName(weekday)}</span>
      <input type="time" name=${`start${weekday}`} aria-label=${t("teams.opens", { day: dayName(weekday) })} value=${of(weekday)?.start.slice(0, 5) ?? (hours === null && weekday < 5 ? "09:00" : "")} />
      <span aria-hidden="true">–</span>
      <input type="time" name=${`end${weekday}`} aria-label=${t("teams.closes", { day: dayName(weekday) })} value=${of(weekday)?.end.slice(0, 5) ?? (hours === null && weekday < 5 ? "17:00" : "")} /></div>`)}</fieldset>
    <${TextField} label=${t("teams.holidays")} name="holidays" value=${hours?.holidays?.join("\n") ?? ""} hint=${t("teams.holidays.more")} />
  <//>`;
}

/** @param {FormData} data @returns {Hours} */
function hoursOf(data) {
  const spans = DAYS.map((weekday) => ({ weekday, start: String(data.get(`start${weekday}`)), end: String(data.get(`end${weekday}`)) }));
  const holidays = String(data.get("holidays")).split(/\s+/).filter(Boolean);
  return { zone: String(data.get("zone")), spans: spans.filter(({ start, end }) => start !== "" && end !== ""), holidays };
}
