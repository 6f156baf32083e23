// A native modal dialog: the browser keeps the focus inside, gives it back afterwards, and closes it by Escape.
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { explained } from "../state/notices.js";
import { Icon } from "./icon.js";

/** What is open over the page, if something is. */
export const opened = signal(/** @type {(() => any) | null} */ (null));

/** @param {() => any} view */
export function openDialog(view) {
  opened.value = view;
}

export function closeDialog() {
  opened.value = null;
}

/** Closes it unless another has taken its place: the browser tells that a dialog has closed only after the next may be open. @param {(() => any) | null} view */
function closeOnly(view) {
  if (opened.peek() === view) closeDialog();
}

/** @param {{title: string, children?: any, wide?: boolean, bare?: boolean}} props */
export function Dialog({ title, children, wide = false, bare = false }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const mine = opened.peek();
  /** @param {MouseEvent} event */
  const outside = (event) => {
    if (event.target === box.current) closeDialog();
  };
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-label=${title} onClose=${() => closeOnly(mine)} onMouseDown=${outside}>
    <div class="dialog-body">
      ${!bare &&
      html`<header class="dialog-head">
        <h2>${title}</h2>
        <button type="button" class="ghost square" aria-label=${t("action.close")} onClick=${closeDialog}><${Icon} name="close" /></button>
      </header>`}
      ${children}
    </div>
  </dialog>`;
}

/** A form in a dialog. It closes once `save` answers, unless that opened another; what `save` throws is shown in it. @param {{title: string, action: string, save: (data: FormData) => Promise<unknown>, danger?: boolean, children?: any, wide?: boolean}} props */
export function FormDialog({ title, action, save, danger = false, children, wide = false }) {
  const fault = useSignal("");
  const busy = useSignal(false);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    const mine = opened.peek();
    try {
      await save(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)));
      closeOnly(mine);
    } catch (error) {
      fault.value = explained(error);
    } finally {
      busy.value = false;
    }
  };
  return html`<${Dialog} title=${title} wide=${wide}>
    <form class="stack" onSubmit=${submit}>
      ${children}
      ${fault.value !== "" && html`<p class="fault" role="alert">${fault.value}</p>`}
      <div class="actions">
        <button type="button" class="ghost" onClick=${closeDialog}>${t("action.cancel")}</button>
        <button type="submit" class=${danger ? "danger" : "primary"} disabled=${busy.value}>${action}</button>
      </div>
    </form>
  <//>`;
}
