// Small things that every page uses.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { initials } from "../lib/text.js";
import { dismiss, notices } from "../state/notices.js";
import { Icon } from "./icon.js";

/** @param {{name: string, id: string}} props */
export function Avatar({ name, id }) {
  let hue = 0;
  for (const sign of id) hue = (hue * 31 + sign.charCodeAt(0)) % 6;
  return html`<span class=${`avatar tint-${hue}`} aria-hidden="true">${initials(name)}</span>`;
}

/** @param {{icon: string, title: string, level?: string, children?: any}} props */
export function Empty({ icon, title, level = "h2", children }) {
  return html`<div class="empty"><span class="empty-icon"><${Icon} name=${icon} size=${28} /></span><${level}>${title}<//><p>${children}</p></div>`;
}

/** @param {{label: string, name: string, hint?: string, children?: any, [more: string]: any}} props */
export function Field({ label, name, hint, children, ...more }) {
  const id = `field-${name}`;
  const described = hint === undefined ? null : `${id}-hint`;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children === undefined
      ? html`<input id=${id} name=${name} aria-describedby=${described} ...${more} />`
      : html`<select id=${id} name=${name} aria-describedby=${described} ...${more}>${children}</select>`}
    ${hint !== undefined && html`<p class="hint" id=${described}>${hint}</p>`}
  </div>`;
}

/** @param {{label: string, name: string, hint?: string, [more: string]: any}} props */
export function TextField({ label, name, hint, value, ...more }) {
  const id = `field-${name}`;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <textarea id=${id} name=${name} dir="auto" rows="4" ...${more} defaultValue=${value ?? ""}></textarea>
    ${hint !== undefined && html`<p class="hint">${hint}</p>`}
  </div>`;
}

/** Words of what happens elsewhere on the page, for eyes and for screen readers. */
export function Notices() {
  return html`<div class="notices" role="status" aria-live="polite">
    ${notices.value.map(
      ({ id, tone, text, undo }) => html`<div key=${id} class=${`notice ${tone}`}>
        <${Icon} name=${tone === "ok" ? "check" : "warn"} /><span>${text}</span>
        ${undo && html`<button type="button" class="link" onClick=${() => { dismiss(id); undo(); }}>${t("action.undo")}</button>`}
        <button type="button" class="ghost square small" aria-label=${t("action.dismiss")} onClick=${() => dismiss(id)}><${Icon} name="close" size=${14} /></button>
      </div>`,
    )}
  </div>`;
}

/** A part of a panel that can be folded away; a fault stands in its place. @param {{title: string, open?: boolean, fault?: string | null, children?: any}} props */
export function Card({ title, open = true, fault = null, children }) {
  return html`<details class="card" open=${open}><summary><h3>${title}</h3><${Icon} name="down" size=${14} /></summary>
    <div class="card-body">${fault === null ? children : html`<p class="fault">${fault}</p>`}</div></details>`;
}
