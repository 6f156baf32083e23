// The panel beside the conversation: who writes, what was before, what it is about, and why it is where it is.
// Each card loads by itself: one that fails never keeps an answer back.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { age, moment } from "../lib/time.js";
import { channelTitle } from "../state/directory.js";
import { attempt, tell } from "../state/notices.js";
import { href } from "../state/route.js";
import { api, may } from "../state/session.js";
import { routed } from "../state/thread.js";
import { Dialog, FormDialog, openDialog } from "../ui/dialog.js";
import { ChannelMark, Icon } from "../ui/icon.js";
import { Avatar, Card, Field } from "../ui/parts.js";
import { useRead } from "../ui/read.js";
import { Customer } from "./customer.js";
import { Promised } from "./promised.js";
import { Why } from "./why.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */
/** @typedef {import("frontdesk-client").Contact} Contact */
/** @typedef {import("frontdesk-client").ContactMerge} Merge */

/** @param {{conversation: Conversation}} props */
export function Context({ conversation }) {
  return html`<aside class="context" aria-label=${t("context.title")}>
    <${Who} key=${conversation.contact.id} conversation=${conversation} />
    <${Customer} key=${`c${conversation.contact.id}`} id=${conversation.contact.id} turn=${conversation.message_count} />
    <${Promised} key=${`p${conversation.id}`} conversation=${conversation} />
    <${Labels} key=${`l${conversation.id}`} conversation=${conversation} />
    <${Case} conversation=${conversation} />
    <${Why} key=${`w${conversation.id}`} conversation=${conversation} turn=${routed.value} />
    <${History} key=${`h${conversation.contact.id}`} conversation=${conversation} />
  </aside>`;
}

/** @param {{conversation: Conversation}} props */
function Who({ conversation }) {
  const { id } = conversation.contact;
  const { value, fault, load } = useRead(() => api().getContact({ path: { contact_id: id } }), [id]);
  const contact = /** @type {Contact | null} */ (value.value);
  const name = line(contact?.name ?? conversation.contact.name ?? conversation.contact.address, 80);
  return html`<section class="who-card">
    <div class="who-head"><${Avatar} name=${name} id=${id} /><h2 dir="auto">${name}</h2></div>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${contact !== null && html`
      <ul class="points">${contact.points.slice(0, 12).map((point) => html`<li><span class="row-channel">${channelTitle(point.channel)}</span> <bdi>${line(point.address, 60)}</bdi></li>`)}</ul>
      <dl class="facts">
        <dt>${t("contact.language")}</dt><dd>${contact.language ?? t("contact.unknown")}</dd>
        <dt>${t("contact.cohort")}</dt><dd>${t(`cohort.${contact.cohort}`)}</dd>
        <dt>${t("contact.since")}</dt><dd>${moment(contact.created_at)}</dd>
      </dl>
      ${may("contacts:write") && html`<div class="row-actions">
        <button type="button" class="small" onClick=${() => openDialog(() => html`<${EditContact} contact=${contact} done=${load} />`)}>${t("contact.edit")}</button>
        <button type="button" class="small" onClick=${() => openDialog(() => html`<${MergeContact} contact=${contact} done=${load} />`)}>${t("contact.merge")}</button>
        <button type="button" class="small" onClick=${() => openDialog(() => html`<${Merges} contact=${contact} done=${load} />`)}>${t("contact.merges")}</button>
      </div>`}`}
  </section>`;
}

/** @param {{contact: Contact, done: () => void}} props */
function EditContact({ contact, done }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const body = { name: String(data.get("name")) || null, language: String(data.get("language")) || null };
    await api().changeContact({ path: { contact_id: contact.id }, body, ifMatch: contact.version });
    done();
  };
  return html`<${FormDialog} title=${t("contact.edit")} action=${t("action.save")} save=${save}>
    <${Field} label=${t("contact.name")} name="name" value=${contact.name ?? ""} dir="auto" autocomplete="off" />
    <${Field} label=${t("contact.language")} name="language" value=${contact.language ?? ""} autocomplete="off" hint=${t("contact.language.more")} />
  <//>`;
}

/** @param {{contact: Contact, done: () => void}} props */
function MergeContact({ contact, done }) {
  const address = useSignal("");
  const found = useSignal(/** @type {Contact[]} */ ([]));
  useEffect(() => {
    if (address.value.length < 3) return undefined;
    const timer = setTimeout(async () => {
      const page = await attempt(() => api().listContacts({ query: { address: address.value, limit: 20 } }));
      found.value = page?.items.filter((/** @type {Contact} */ each) => each.id !== contact.id) ?? [];
    }, 250);
    return () => clearTimeout(timer);
  }, [address.value]);
  /** @param {FormData} data */
  const save = async (data) => {
    const body = { from_contact_id: String(data.get("from")), reason: String(data.get("reason")) };
    await api().mergeContacts({ path: { contact_id: contact.id }, body });
    tell(t("done.merged"));
    done();
  };
  return html`<${FormDialog} title=${t("contact.merge")} action=${t("contact.merge.do")} save=${save}>
    <p class="quiet">${t("contact.merge.more")}</p>
    <${Field} label=${t("contact.address")} name="address" autocomplete="off" onInput=${(/** @type {any} */ event) => (address.value = event.currentTarget.value)} />
    <${Field} label=${t("contact.other")} name="from" required>
      ${found.value.map((each) => html`<option value=${each.id}>${line(each.name ?? each.id, 60)} · ${each.points.map((point) => point.address).slice(0, 3).join(", ")}</option>`)}
    <//>
    <${Field} label=${t("contact.reason")} name="reason" required maxlength="200" />
  <//>`;
}

/** @param {{contact: Contact, done: () => void}} props */
function Merges({ contact, done }) {
  const { value, fault, load } = useRead(() => api().listContactMerges({ path: { contact_id: contact.id } }), [contact.id]);
  const undo = async (/** @type {Merge} */ merge) => {
    await attempt(() => api().undoContactMerge({ path: { contact_id: merge.into_contact_id, merge_id: merge.id } }), t("done.unmerged"));
    await load();
    done();
  };
  return html`<${Dialog} title=${t("contact.merges")}>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${value.value?.items.length === 0 && html`<p class="quiet">${t("contact.merges.none")}</p>`}
    <ul class="lines">${value.value?.items.map((/** @type {Merge} */ merge) => html`<li><span dir="auto">${line(merge.reason)}</span> <small>${moment(merge.at)}</small>
      ${merge.undone_at === null ? html`<button type="button" class="small" onClick=${() => void undo(merge)}>${t("contact.unmerge")}</button>` : html`<span class="chip">${t("contact.undone")}</span>`}</li>`)}</ul>
  <//>`;
}

/** @param {{conversation: Conversation}} props */
function Labels({ conversation }) {
  const path = { conversation_id: conversation.id };
  const { value, fault, load } = useRead(() => api().getConversationLabels({ path }), [conversation.id, conversation.version]);
  const change = async (/** @type {{add_tags?: string[], remove_tags?: string[]}} */ body) => {
    await attempt(() => api().changeConversationLabels({ path, body }));
    await load();
  };
  const add = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const tag = String(new FormData(form).get("tag")).trim();
    if (tag !== "") void change({ add_tags: [tag] });
    form.reset();
  };
  return html`<${Card} title=${t("labels.title")} fault=${fault.value}>
    <ul class="tags">${value.value?.tags.map((/** @type {string} */ tag) => html`<li class="tag"><bdi>${tag}</bdi><button type="button" class="ghost square small" aria-label=${t("labels.remove", { tag })} onClick=${() => void change({ remove_tags: [tag] })}><${Icon} name="close" size=${11} /></button></li>`)}</ul>
    <form class="inline" onSubmit=${add}><input id="tag" name="tag" aria-label=${t("labels.add")} placeholder=${t("labels.add")} maxlength="50" dir="auto" autocomplete="off" /><button type="submit" class="small">${t("action.add")}</button></form>
    ${value.value !== null && Object.keys(value.value.fields).length > 0 && html`<dl class="facts">${Object.entries(value.value.fields).map(([name, content]) => html`<dt dir="auto">${line(name, 40)}</dt><dd dir="auto">${line(String(content), 120)}</dd>`)}</dl>`}
  <//>`;
}

/** @param {{conversation: Conversation}} props */
function Case({ conversation }) {
  return html`<${Card} title=${t("case.title")}>
    <dl class="facts">
      <dt>${t("case.opened")}</dt><dd>${moment(conversation.opened_at)}</dd>
      <dt>${t("case.first_reply")}</dt><dd>${conversation.first_reply_at === null ? t("case.not_yet") : moment(conversation.first_reply_at)}</dd>
      ${conversation.due_at !== null && html`<dt>${t("case.due")}</dt><dd>${moment(conversation.due_at)}</dd>`}
      ${conversation.snoozed_until !== null && html`<dt>${t("case.snoozed")}</dt><dd>${moment(conversation.snoozed_until)}</dd>`}
      <dt>${t("case.messages")}</dt><dd>${conversation.message_count}</dd>
    </dl>
    ${conversation.linked_id !== null && html`<a href=${href("inbox", conversation.linked_id)}>${t("case.linked")}</a>`}
    ${conversation.previous_id !== null && html`<a href=${href("inbox", conversation.previous_id)}>${t("case.previous")}</a>`}
  <//>`;
}

/** @param {{conversation: Conversation}} props */
function History({ conversation }) {
  const { id } = conversation.contact;
  const { value, fault } = useRead(() => api().listConversations({ query: { contact: id, limit: 20 } }), [id]);
  const others = value.value?.items.filter((/** @type {Conversation} */ each) => each.id !== conversation.id) ?? [];
  return html`<${Card} title=${t("history.title")} fault=${fault.value}>
    ${others.length === 0 && html`<p class="quiet">${t("history.none")}</p>`}
    <ul class="history">${others.map((each) => html`<li><a href=${href("inbox", each.id)}><${ChannelMark} kind=${each.channel_class} /><span dir="auto">${line(each.subject || each.preview, 60)}</span><small>${t(`status.${each.status}`)} · ${age(each.last_message_at)}</small></a></li>`)}</ul>
  <//>`;
}
