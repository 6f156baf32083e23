// What holds for all channels and teams: notices, replies outside the window, floods, and what is blacked out on arrival.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { Field, TextField } from "../ui/parts.js";
import { Check, linesOf, SettingsForm, Texts, textsOf } from "./tenant.js";

/** @typedef {import("./tenant.js").Settings} Settings */

const MASKED = /** @type {const} */ (["payment_cards", "national_ids", "passwords", "bank_accounts"]);

export function General() {
  return html`<div class="page">
    <header class="page-head"><div><h1>${t("setup.settings")}</h1><p class="quiet">${t("setup.settings.more")}</p></div></header>
    <${SettingsForm} change=${change} fields=${fields} /></div>`;
}

/** @param {FormData} data @param {Settings} now @returns {Partial<Settings>} */
function change(data, now) {
  const masked = Object.fromEntries(MASKED.map((name) => [name, data.has(name)]));
  return {
    away_notice: data.has("away_notice"),
    away_notice_texts: textsOf(data, "away_notice_texts"),
    call_back_texts: textsOf(data, "call_back_texts"),
    outside_window: /** @type {"refuse" | "queue"} */ (data.get("outside_window")),
    held_reply_hours: Number(data.get("held_reply_hours")),
    flood_per_minute: Number(data.get("flood_per_minute")),
    masking: { ...now.masking, ...masked, labels: linesOf(data, "labels") },
  };
}

/** @param {Settings} now */
function fields(now) {
  const masking = /** @type {Record<string, any>} */ (now.masking);
  return html`<div class="columns">
    <section class="panel"><h2>${t("settings.notices")}</h2>
      <${Check} name="away_notice" label=${t("settings.away")} on=${now.away_notice} />
      <${Texts} label=${t("settings.away.texts", { when: "{when}" })} name="away_notice_texts" texts=${now.away_notice_texts} />
      <${Texts} label=${t("settings.call_back")} name="call_back_texts" texts=${now.call_back_texts} />
      <${Field} label=${t("settings.window")} name="outside_window">${/** @type {const} */ (["refuse", "queue"]).map((one) => html`<option value=${one} selected=${one === now.outside_window}>${t(`settings.window.${one}`)}</option>`)}<//>
      <div class="pair"><${Field} label=${t("settings.held")} name="held_reply_hours" type="number" min="1" max="720" required value=${now.held_reply_hours} />
      <${Field} label=${t("settings.flood")} name="flood_per_minute" type="number" min="1" max="10000" required value=${now.flood_per_minute} /></div></section>
    <section class="panel"><h2>${t("settings.masking")}</h2><p class="quiet">${t("settings.masking.more")}</p>
      ${MASKED.map((name) => html`<${Check} name=${name} label=${t(`settings.mask.${name}`)} on=${masking[name]} />`)}
      <${TextField} label=${t("settings.labels")} name="labels" value=${masking.labels.join("\n")} hint=${t("settings.labels.more")} /></section></div>`;
}
