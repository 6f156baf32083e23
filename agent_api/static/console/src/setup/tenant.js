// The tenant's settings: read, shown in a form, and put back as a whole. What a form doesn't show stays as it was.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { explained, tell } from "../state/notices.js";
import { api } from "../state/session.js";
import { TextField } from "../ui/parts.js";
import { useRead } from "../ui/read.js";

/** @typedef {import("frontdesk-client").TenantSettings} Settings */

const LANGUAGE = /^([a-z]{2}|default):\s?(.*)$/;

/** Texts by language as lines; what goes on in a text is set in by two spaces. @param {Record<string, string>} texts */
export function asLines(texts) {
  return Object.entries(texts).map(([tag, text]) => `${tag}: ${text.replaceAll("\n", "\n  ")}`).join("\n");
}

/** The reverse. Throws where a line has no language. @param {FormData} data @param {string} name @returns {Record<string, string>} */
export function textsOf(data, name) {
  /** @type {[string, string][]} */
  const found = [];
  for (const row of String(data.get(name)).replaceAll("\r", "").split("\n")) {
    const begun = LANGUAGE.exec(row);
    const last = found.at(-1);
    if (begun !== null) found.push([begun[1], begun[2]]);
    else if (row.startsWith("  ") && last !== undefined) last[1] += `\n${row.slice(2)}`;
    else if (row.trim() !== "") throw new Error(t("settings.texts.fault", { row }));
  }
  return Object.fromEntries(found);
}

/** What stands on each line. @param {FormData} data @param {string} name */
export function linesOf(data, name) {
  return String(data.get(name)).split("\n").map((row) => row.trim()).filter(Boolean);
}

/** @param {{label: string, name: string, texts: Record<string, string>}} props */
export function Texts({ label, name, texts }) {
  return html`<${TextField} label=${label} name=${name} value=${asLines(texts)} hint=${t("settings.texts.more", { language: "en:", others: "default:" })} />`;
}

/** @param {{name: string, label: string, on: boolean}} props */
export function Check({ name, label, on }) {
  return html`<label class="check"><input type="checkbox" name=${name} checked=${on} /> ${label}</label>`;
}

/**
 * A form over the settings. Where somebody else changed them meanwhile nothing is saved, and they can be read again.
 * @param {object} props
 * @param {(data: FormData, now: Settings) => Partial<Settings>} props.change What the form says, of the settings.
 * @param {(now: Settings) => any} props.fields
 */
export function SettingsForm({ change, fields }) {
  const { value, fault, load } = useRead(() => api().getSettings(), []);
  const trouble = useSignal("");
  const busy = useSignal(false);
  const now = value.value;
  /** @param {any} event */
  const save = async (event) => {
    event.preventDefault();
    if (now === null || busy.value) return;
    busy.value = true;
    trouble.value = "";
    try {
      const { version, ...kept } = now;
      value.value = await api().replaceSettings({ body: { ...kept, ...change(new FormData(event.currentTarget), now) }, ifMatch: version });
      tell(t("settings.saved"));
    } catch (error) {
      trouble.value = explained(error);
    } finally {
      busy.value = false;
    }
  };
  const again = async () => {
    trouble.value = "";
    await load();
  };
  return html`${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${now !== null && html`<form class="stack" key=${now.version} onSubmit=${save}>${fields(now)}
      ${trouble.value !== "" && html`<p class="fault" role="alert">${trouble.value}</p>`}
      <div class="actions">${trouble.value !== "" && html`<button type="button" onClick=${again}>${t("webhooks.refresh")}</button>`}<button type="submit" class="primary" disabled=${busy.value}>${t("action.save")}</button></div></form>`}`;
}
