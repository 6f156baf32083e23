// Where an answer or a note is written. It knows the channel: its length, its window, its buttons, and what it will change.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { agentName } from "../state/directory.js";
import * as leases from "../state/lease.js";
import { may } from "../state/session.js";
import { FormDialog, openDialog } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { Field, TextField } from "../ui/parts.js";
import { Composing } from "./composing.js";
import { bytes } from "./content.js";
import { degraded, room, windowOf } from "./limits.js";
import { EMOJI } from "./suggest.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */

/** @param {{conversation: Conversation}} props */
export function Composer({ conversation }) {
  const composing = useMemo(() => new Composing(conversation.id), [conversation.id]);
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const chosen = useSignal(0);
  useEffect(() => {
    void leases.look(conversation.id);
    return () => void leases.release(conversation.id);
  }, [conversation.id]);
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    if (element.value !== composing.text.value) element.value = composing.text.value;
    element.style.height = "auto";
    element.style.height = `${Math.min(280, element.scrollHeight)}px`;
    if (document.activeElement === element) element.setSelectionRange(composing.caret.peek(), composing.caret.peek());
  }, [composing.text.value, composing]);
  if (!may("messages:send")) return null;
  const note = composing.mode.value === "note";
  const drop = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    composing.attach(event.dataTransfer?.files ?? []);
  };
  const paste = (/** @type {ClipboardEvent} */ event) => {
    const files = event.clipboardData?.files ?? [];
    if (files.length === 0) return;
    event.preventDefault();
    composing.attach(files);
  };
  return html`<section class=${`composer${note ? " for-note" : ""}`} aria-label=${t("composer.title")} onDrop=${drop} onDragOver=${(/** @type {Event} */ event) => event.preventDefault()}>
    <${Banner} composing=${composing} conversation=${conversation} />
    <${Modes} composing=${composing} />
    <${Offers} composing=${composing} chosen=${chosen} />
    <textarea
      id="composer" ref=${area} rows="2" dir="auto" maxlength="20000"
      aria-label=${note ? t("composer.note") : t("composer.reply")} placeholder=${note ? t("composer.note.hint") : t("composer.reply.hint")}
      aria-expanded=${composing.offer.value === null ? null : "true"} role=${composing.offer.value === null ? null : "combobox"} aria-controls=${composing.offer.value === null ? null : "offers"}
      onInput=${(/** @type {any} */ event) => { chosen.value = 0; composing.write(event.currentTarget.value, event.currentTarget.selectionStart); }}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => keyed(event, composing, chosen)} onPaste=${paste}
    ></textarea>
    <${Attached} composing=${composing} />
    <${Foot} composing=${composing} conversation=${conversation} area=${area} />
  </section>`;
}

/** @param {KeyboardEvent} event @param {Composing} composing @param {import("@preact/signals").Signal<number>} chosen */
function keyed(event, composing, chosen) {
  const offer = composing.offer.peek();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void composing.send();
  else if (offer !== null && event.key === "ArrowDown") chosen.value = (chosen.peek() + 1) % offer.items.length;
  else if (offer !== null && event.key === "ArrowUp") chosen.value = (chosen.peek() - 1 + offer.items.length) % offer.items.length;
  else if (offer !== null && (event.key === "Enter" || event.key === "Tab")) void composing.choose(offer.items[chosen.peek()] ?? offer.items[0]);
  else if (offer !== null && event.key === "Escape") composing.closed.value = composing.text.peek();
  else if (event.key === "Escape") /** @type {HTMLElement} */ (event.currentTarget).blur();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Who else is writing, and what came meanwhile. @param {{composing: Composing, conversation: Conversation}} props */
function Banner({ composing, conversation }) {
  const other = leases.heldByOther();
  if (composing.mode.value === "note") return null;
  if (other !== null || composing.meanwhile.value > 0) {
    const text = other === null ? t("lease.meanwhile", { n: composing.meanwhile.value }) : t("lease.other", { name: agentName(other.agent_id) });
    return html`<p class="banner warn" role="status"><${Icon} name="eye" size=${16} /><span>${text}</span>
      <button type="button" class="link" onClick=${() => void composing.takeOver()}>${other === null ? t("lease.read") : t("lease.take")}</button></p>`;
  }
  const state = windowOf(conversation, composing.channel);
  if (state === null || state.tone === "ok") return null;
  return html`<p class=${`banner ${state.tone}`}><${Icon} name="clock" size=${16} /><span>${state.text}</span>
    ${conversation.allowed_now === "template" && html`<button type="button" class="link" onClick=${() => openDialog(() => html`<${TemplateDialog} composing=${composing} />`)}>${t("template.choose")}</button>`}</p>`;
}

/** @param {{composing: Composing}} props */
function Modes({ composing }) {
  const modes = /** @type {const} */ (["reply", ...(may("notes:write") ? /** @type {const} */ (["note"]) : [])]);
  return html`<div class="modes" role="group" aria-label=${t("composer.mode")}>
    ${modes.map((mode) => html`<button type="button" aria-pressed=${String(composing.mode.value === mode)} onClick=${() => composing.turn(mode)}>${t(`composer.mode.${mode}`)}</button>`)}
  </div>`;
}

/** @param {{composing: Composing, chosen: import("@preact/signals").Signal<number>}} props */
function Offers({ composing, chosen }) {
  const offer = composing.offer.value;
  if (offer === null) return null;
  return html`<ul class="offers" id="offers" role="listbox" aria-label=${t("composer.offers")}>
    ${offer.items.map((item, index) => html`<li
      key=${item.id} role="option" aria-selected=${String(index === chosen.value)}
      onPointerDown=${(/** @type {Event} */ event) => { event.preventDefault(); void composing.choose(item); }}
    ><b dir="auto">${item.title}</b><small dir="auto">${item.hint}</small></li>`)}
  </ul>`;
}

/** @param {{composing: Composing}} props */
function Attached({ composing }) {
  const { files, buttons } = composing;
  if (files.value.length === 0 && buttons.value.length === 0) return null;
  /** @template Item @param {import("@preact/signals").Signal<Item[]>} list @param {Item} item */
  const drop = (list, item) => (list.value = list.value.filter((each) => each !== item));
  return html`<ul class="attached" aria-label=${t("composer.attached")}>
    ${files.value.map((file) => html`<li><${Icon} name="file" size=${14} /><bdi>${file.name}</bdi> <small>${bytes(file.size)}</small>
      <button type="button" class="ghost square small" aria-label=${t("composer.remove", { name: file.name })} onClick=${() => drop(files, file)}><${Icon} name="close" size=${12} /></button></li>`)}
    ${buttons.value.map((title) => html`<li class="choice"><bdi>${title}</bdi>
      <button type="button" class="ghost square small" aria-label=${t("composer.remove", { name: title })} onClick=${() => drop(buttons, title)}><${Icon} name="close" size=${12} /></button></li>`)}
  </ul>`;
}

/** @param {{composing: Composing, conversation: Conversation, area: {current: HTMLTextAreaElement | null}}} props */
function Foot({ composing, conversation, area }) {
  const emoji = useSignal(false);
  const note = composing.mode.value === "note";
  const { channel } = composing;
  const space = room(composing.text.value, note ? undefined : channel);
  const changes = note ? [] : degraded({ text: composing.text.value, buttons: composing.buttons.value.length, files: composing.files.value }, channel);
  const shut = !note && (conversation.allowed_now === "nothing" || conversation.allowed_now === "template");
  const put = (/** @type {string} */ sign) => {
    emoji.value = false;
    composing.insert(sign);
    area.current?.focus();
  };
  return html`
    ${changes.length > 0 && !composing.empty && html`<ul class="degraded">${changes.map((text) => html`<li>${text}</li>`)}</ul>`}
    ${emoji.value && html`<div class="emoji" role="group" aria-label=${t("composer.emoji")} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && (emoji.value = false)}>${EMOJI.map((sign) => html`<button type="button" onClick=${() => put(sign)}>${sign}</button>`)}</div>`}
    <div class="composer-foot">
      ${!note && html`<label class="ghost square button" title=${t("composer.attach")}><${Icon} name="clip" /><span class="sr">${t("composer.attach")}</span>
        <input class="sr" type="file" multiple onChange=${(/** @type {any} */ event) => { composing.attach(event.currentTarget.files); event.currentTarget.value = ""; }} /></label>`}
      <button type="button" class="ghost square" aria-label=${t("composer.emoji")} title=${t("composer.emoji")} aria-expanded=${String(emoji.value)} onClick=${() => (emoji.value = !emoji.value)}><${Icon} name="smile" /></button>
      <button type="button" class="ghost square" aria-label=${t("composer.canned")} title=${t("composer.canned")} onClick=${() => put("/")}><${Icon} name="bolt" /></button>
      ${!note && html`<button type="button" class="ghost square" aria-label=${t("composer.buttons")} title=${t("composer.buttons")} onClick=${() => openDialog(() => html`<${ButtonsDialog} composing=${composing} />`)}><${Icon} name="plus" /></button>`}
      ${!note && channel?.templates && html`<button type="button" class="ghost square" aria-label=${t("template.title")} title=${t("template.title")} onClick=${() => openDialog(() => html`<${TemplateDialog} composing=${composing} />`)}><${Icon} name="copy" /></button>`}
      <span class="grow"></span>
      ${space.shown && html`<span class=${`counter${space.over ? " over" : ""}`} role="status">${t("composer.left", { n: space.left })}</span>`}
      <button type="button" class="primary send" disabled=${composing.empty || shut || composing.busy.value} onClick=${() => { void composing.send(); area.current?.focus(); }}>
        <${Icon} name=${note ? "note" : "send"} size=${16} />${note ? t("composer.keep") : t("composer.send")}<kbd aria-hidden="true">Ctrl ↵</kbd>
      </button>
    </div>`;
}

/** @param {{composing: Composing}} props */
function ButtonsDialog({ composing }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const titles = String(data.get("titles")).split("\n").map((title) => title.trim());
    composing.buttons.value = titles.filter((title) => title !== "").slice(0, 10);
  };
  return html`<${FormDialog} title=${t("composer.buttons")} action=${t("action.save")} save=${save}>
    <${TextField} label=${t("buttons.titles")} name="titles" hint=${t("buttons.titles.more", { n: composing.channel?.buttons_max ?? 0 })} value=${composing.buttons.value.join("\n")} />
  <//>`;
}

/** @param {{composing: Composing}} props */
function TemplateDialog({ composing }) {
  /** @param {FormData} data */
  const save = (data) => {
    const lines = String(data.get("parameters")).split("\n").map((line) => line.trim());
    return composing.sendTemplate({
      name: String(data.get("name")),
      language: String(data.get("language")),
      parameters: lines.filter((line) => line !== ""),
    });
  };
  return html`<${FormDialog} title=${t("template.title")} action=${t("composer.send")} save=${save}>
    <p class="quiet">${t("template.more")}</p>
    <${Field} label=${t("template.name")} name="name" required autocomplete="off" />
    <${Field} label=${t("template.language")} name="language" required value="en" autocomplete="off" />
    <${TextField} label=${t("template.parameters")} name="parameters" hint=${t("template.parameters.more")} />
  <//>`;
}
