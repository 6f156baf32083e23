// A section of the set-up: a heading, what can be added, and a table. Reads its list again after each change.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { useRead } from "../ui/read.js";
import { attempt } from "../state/notices.js";
import { all } from "../state/directory.js";
import { api } from "../state/session.js";
import { FormDialog, openDialog } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";

/** @typedef {{head: string, cell: (item: any) => any, n?: boolean}} Column */

/** Every item of a list of the API. @param {any} operation @param {any} [asked] @returns {Promise<any[]>} */
export function listed(operation, asked = {}) {
  return all(api().items(operation, asked));
}

/**
 * @param {object} props
 * @param {string} props.name
 * @param {() => Promise<any[]>} props.read
 * @param {Column[]} props.columns The first names the row.
 * @param {(load: () => Promise<void>) => any} [props.form] A dialog that adds one.
 * @param {(item: any, load: () => Promise<void>) => any} [props.actions]
 * @param {unknown[]} [props.keys]
 * @param {any} [props.children]
 */
export function Section({ name, read, columns, form, actions, keys = [], children }) {
  const { value, fault, load } = useRead(read, keys);
  const items = value.value;
  return html`<div class="page">
    <header class="page-head"><div><h1>${t(`setup.${name}`)}</h1><p class="quiet">${t(`setup.${name}.more`)}</p></div><span class="grow"></span>
      ${form && html`<button type="button" class="primary" onClick=${() => openDialog(() => form(load))}><${Icon} name="plus" size=${16} />${t("action.add")}</button>`}</header>
    ${children}
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${items !== null && items.length === 0 && html`<p class="quiet">${t("setup.none")}</p>`}
    ${items !== null && items.length > 0 && html`<section class="panel"><div class="scroll" tabindex="0" role="region" aria-label=${t(`setup.${name}`)}><table class="grid">
      <thead><tr>${columns.map(({ head, n }) => html`<th scope="col" class=${n ? "n" : ""}>${head}</th>`)}${actions && html`<th><span class="sr">${t("setup.actions")}</span></th>`}</tr></thead>
      <tbody>${items.map((item) => html`<tr key=${item.id ?? item.number}>${columns.map(({ cell, n }, index) => (index === 0 ? html`<th scope="row" dir="auto">${cell(item)}</th>` : html`<td class=${n ? "n" : ""}>${cell(item)}</td>`))}
        ${actions && html`<td><div class="row-actions">${actions(item, load)}</div></td>`}</tr>`)}</tbody>
    </table></div></section>`}
  </div>`;
}

/** A small button that opens a dialog about its row. @param {{label: string, of: string, dialog: () => any}} props */
export function Open({ label, of, dialog }) {
  return html`<button type="button" class="small" aria-label=${`${label}: ${of}`} onClick=${() => openDialog(dialog)}>${label}</button>`;
}

/** A small button that asks before it takes something away. @param {{of: string, remove: () => Promise<unknown>, done: () => Promise<void>, label?: string}} props */
export function Remove({ of, remove, done, label = t("setup.delete") }) {
  const save = async () => {
    await remove();
    await done();
  };
  const dialog = () => html`<${FormDialog} title=${`${label}: ${of}`} action=${label} save=${save} danger><p>${t("setup.delete.more")}</p><//>`;
  return html`<${Open} label=${label} of=${of} dialog=${dialog} />`;
}

/** Copies a text, and says so. @param {string} text */
export function copy(text) {
  return attempt(() => navigator.clipboard.writeText(text), t("setup.copied"));
}

/** @param {{text: string}} props */
export function Copyable({ text }) {
  return html`<span class="inline"><code class="code" dir="ltr">${text}</code><button type="button" class="ghost square small" aria-label=${t("setup.copy")} title=${t("setup.copy")} onClick=${() => void copy(text)}><${Icon} name="copy" size=${14} /></button></span>`;
}
