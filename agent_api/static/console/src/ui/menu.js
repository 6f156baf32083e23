// A menu under its button: arrows move, Escape and a choice give the focus back, a press outside closes it.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { html } from "../html.js";
import { Icon } from "./icon.js";

/** @typedef {{label: string, run: () => void, checked?: boolean, hint?: string, danger?: boolean} | "line"} Entry */

/** @param {{label: string, icon?: string, entries: Entry[] | (() => Entry[]), text?: any, kind?: string, id?: string, end?: boolean}} props */
export function Menu({ label, icon, entries, text, kind = "ghost", id, end = false }) {
  const open = useSignal(false);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const close = () => {
    open.value = false;
    button.current?.focus();
  };
  useEffect(() => {
    if (!open.value) return undefined;
    items(box.current)[0]?.focus();
    /** @param {Event} event */
    const outside = (event) => {
      if (!box.current?.contains(/** @type {Node} */ (event.target))) open.value = false;
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open.value]);
  return html`<div class="menu" ref=${box} onKeyDown=${(/** @type {KeyboardEvent} */ event) => open.value && keyed(event, box.current, close)}>
    <button
      ref=${button} id=${id} type="button" class=${text === undefined ? `${kind} square` : kind}
      aria-label=${text === undefined ? label : null} title=${label} aria-haspopup="menu" aria-expanded=${open.value ? "true" : "false"}
      onClick=${() => (open.value = !open.value)}
    >
      ${icon && html`<${Icon} name=${icon} />`}${text}${text !== undefined && html`<${Icon} name="down" size=${14} />`}
    </button>
    ${open.value && html`<${List} entries=${typeof entries === "function" ? entries() : entries} label=${label} close=${close} end=${end} />`}
  </div>`;
}

/** @param {{entries: Entry[], label: string, close: () => void, end: boolean}} props */
function List({ entries, label, close, end }) {
  return html`<div class=${end ? "menu-list end" : "menu-list"} role="menu" aria-label=${label}>
    ${entries.map((entry) => {
      if (entry === "line") return html`<hr role="separator" />`;
      const choose = () => {
        close();
        entry.run();
      };
      const radio = entry.checked !== undefined;
      return html`<button
        type="button" role=${radio ? "menuitemradio" : "menuitem"} aria-checked=${radio ? String(entry.checked) : null} tabindex="-1"
        class=${entry.danger ? "danger-text" : ""} onClick=${choose}
      >
        ${radio && html`<span class="tick">${entry.checked && html`<${Icon} name="check" size=${14} />`}</span>`}
        <span>${entry.label}</span>${entry.hint && html`<kbd>${entry.hint}</kbd>`}
      </button>`;
    })}
  </div>`;
}

/** @param {HTMLElement | null} box @returns {HTMLElement[]} */
function items(box) {
  return [...(box?.querySelectorAll("[role^=menuitem]") ?? [])].map((item) => /** @type {HTMLElement} */ (item));
}

/** @param {KeyboardEvent} event @param {HTMLElement | null} box @param {() => void} close */
function keyed(event, box, close) {
  const found = items(box);
  const at = found.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  /** @type {Record<string, number>} */
  const steps = { ArrowDown: (at + 1) % found.length, ArrowUp: (at - 1 + found.length) % found.length, Home: 0, End: found.length - 1 };
  if (event.key === "Escape") close();
  else if (event.key === "Tab") close();
  else if (event.key in steps) found[steps[event.key]]?.focus();
  else if (/^\p{L}$/u.test(event.key)) {
    const turned = [...found.slice(at + 1), ...found.slice(0, at + 1)];
    turned.find((item) => item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  } else return;
  if (event.key !== "Tab") event.preventDefault();
  event.stopPropagation();
}
