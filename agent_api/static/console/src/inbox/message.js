// One message: who said it and when, what it says, how far it came, what was done to it.
import { html } from "../html.js";
import { coded, t } from "../lib/i18n.js";
import { clean, line } from "../lib/text.js";
import { clock, moment } from "../lib/time.js";
import { agentName, channelOf } from "../state/directory.js";
import { attempt, explained } from "../state/notices.js";
import { discard, retry } from "../state/outbox.js";
import { api, may } from "../state/session.js";
import { FormDialog, openDialog } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { Avatar, TextField } from "../ui/parts.js";
import { Shown } from "./content.js";

/** @typedef {import("frontdesk-client").Message} Message */
/** @typedef {import("frontdesk-client").Conversation} Conversation */
/** @typedef {import("../state/outbox.js").Pending} Pending */

/** @param {{message: Message, conversation: Conversation, first: boolean}} props */
export function Said({ message, conversation, first }) {
  const side = message.direction;
  const name = authorName(message, conversation);
  return html`<article class=${`said ${side}${first ? " first" : ""}`} aria-label=${t("message.label", { name, time: clock(message.at) })}>
    ${side === "in" && (first ? html`<${Avatar} name=${name} id=${message.author.id ?? conversation.contact.id} />` : html`<span class="avatar-gap"></span>`)}
    <div class="bubble-box">
      ${first && html`<p class="who"><bdi>${name}</bdi>${message.automatic && html` <span class="chip">${t("message.automatic")}</span>`}${side === "note" && html` <span class="chip note-chip">${t("message.note")}</span>`}</p>`}
      <div class="bubble"><${Body} message=${message} /></div>
      <${Reactions} reactions=${message.reactions} />
      <${Meta} message=${message} />
    </div>
    <${Deeds} message=${message} conversation=${conversation} />
  </article>`;
}

/** @param {{message: Message}} props */
function Body({ message }) {
  if (message.deleted_at !== null) return html`<p class="quiet">${t("message.deleted")}</p>`;
  if (message.hidden_at !== null) return html`<p class="quiet">${t("message.hidden")}</p><${Shown} content=${message.content ?? {}} />`;
  if (message.content === null) return html`<p class="quiet">${t("message.sealed")}</p>`;
  return html`<${Shown} content=${message.content} />`;
}

/** @param {{reactions: Record<string, unknown>}} props */
function Reactions({ reactions }) {
  /** @type {Map<string, number>} */
  const counted = new Map();
  for (const emoji of Object.values(reactions)) counted.set(String(emoji), (counted.get(String(emoji)) ?? 0) + 1);
  if (counted.size === 0) return null;
  return html`<ul class="reactions" aria-label=${t("message.reactions")}>${[...counted].map(([emoji, n]) => html`<li>${line(emoji, 8)}${n > 1 && ` ${n}`}</li>`)}</ul>`;
}

const TICKS = /** @type {Record<string, string>} */ ({ queued: "clock", sending: "clock", held: "sleep", sent: "check", delivered: "checks", read: "checks", failed: "warn" });

/** @param {{message: Message}} props */
function Meta({ message }) {
  const out = message.direction === "out";
  const failed = message.state === "failed";
  return html`<p class=${`meta${failed ? " failed" : ""}`}>
    <time datetime=${message.at} title=${moment(message.at)}>${clock(message.at)}</time>
    ${message.edited_at !== null && html`<span>${t("message.edited")}</span>`}
    ${message.suppressed !== null && html`<span>${coded("suppressed", message.suppressed)}</span>`}
    ${out && html`<span class=${`state ${message.state}`}><${Icon} name=${TICKS[message.state] ?? "clock"} size=${14} /> ${coded("state", message.state)}</span>`}
    ${failed && message.error !== null && html`<span>${line(message.error.detail ?? message.error.code, 160)}</span>`}
    ${message.possibly_sent_twice && html`<span>${t("message.twice")}</span>`}
  </p>`;
}

const REACTIONS = ["👍", "❤️", "😊", "🙏", "🎉"];

/** What the channel lets us do to this message. @param {{message: Message, conversation: Conversation}} props */
function Deeds({ message, conversation }) {
  const able = channelOf(conversation.channel)?.actions ?? [];
  if (!may("messages:send") || message.direction === "note" || message.deleted_at !== null) return html`<span class="deeds"></span>`;
  const ours = message.direction === "out";
  /** @param {any} action @param {string} done */
  const act = (action, done) => void attempt(() => api().actOnMessage({ path: { message_id: message.id }, body: { do: action } }), done);
  /** @type {import("../ui/menu.js").Entry[]} */
  const entries = [];
  if (able.includes("react")) for (const emoji of REACTIONS) entries.push({ label: emoji, run: () => act({ action: "react", emoji }, t("deed.react")) });
  if (able.includes("unreact") && Object.keys(message.reactions).length > 0) entries.push({ label: t("deed.unreact"), run: () => act({ action: "unreact" }, t("deed.asked")) });
  if (ours && able.includes("edit")) entries.push({ label: t("deed.edit"), run: () => openDialog(() => html`<${Edit} message=${message} />`) });
  if (ours && able.includes("delete")) entries.push({ label: t("deed.delete"), danger: true, run: () => act({ action: "delete" }, t("deed.asked")) });
  if (!ours && able.includes("hide")) {
    const action = message.hidden_at === null ? "hide" : "unhide";
    entries.push({ label: t(`deed.${action}`), run: () => act({ action }, t("deed.asked")) });
  }
  if (!ours && able.includes("private_reply") && conversation.visibility === "public") {
    entries.push({ label: t("deed.private"), run: () => openDialog(() => html`<${Private} message=${message} />`) });
  }
  if (entries.length === 0) return html`<span class="deeds"></span>`;
  return html`<span class="deeds"><${Menu} label=${t("deed.menu")} icon="more" entries=${entries} end=${ours} /></span>`;
}

/** @param {{message: Message}} props */
function Edit({ message }) {
  /** @param {FormData} data */
  const save = (data) =>
    api().actOnMessage({ path: { message_id: message.id }, body: { do: { action: "edit", text: String(data.get("text")) } } });
  return html`<${FormDialog} title=${t("deed.edit")} action=${t("action.save")} save=${save}>
    <${TextField} label=${t("composer.reply")} name="text" value=${message.content?.text ?? ""} required />
  <//>`;
}

/** @param {{message: Message}} props */
function Private({ message }) {
  /** @param {FormData} data */
  const save = (data) => api().replyInPrivate({ path: { message_id: message.id }, body: { text: String(data.get("text")), consent: true } });
  return html`<${FormDialog} title=${t("deed.private")} action=${t("composer.send")} save=${save}>
    <p class="quiet">${t("deed.private.more")}</p>
    <${TextField} label=${t("composer.reply")} name="text" required />
  <//>`;
}

/** A message on its way out of this page. @param {{item: Pending}} props */
export function OnItsWay({ item }) {
  const failed = item.state === "failed";
  return html`<article class=${`said ${item.kind === "note" ? "note" : "out"} first waiting`} aria-label=${t("message.pending")}>
    <div class="bubble-box">
      <div class="bubble"><div class="words" dir="auto">${clean(item.text)}</div></div>
      <p class=${`meta${failed ? " failed" : ""}`} role=${failed ? "alert" : null}>
        <${Icon} name=${failed ? "warn" : "clock"} size=${14} />
        ${failed ? `${t("message.not_sent")} ${explained(item.error)}` : t("state.sending")}
        ${failed && html`<button type="button" class="link" onClick=${() => retry(item.key)}>${t("action.retry")}</button>
          <button type="button" class="link" onClick=${() => discard(item.key)}>${t("action.discard")}</button>`}
      </p>
    </div>
    <span class="deeds"></span>
  </article>`;
}

/** @param {Message} message @param {Conversation} conversation */
export function authorName(message, conversation) {
  const { kind, id } = message.author;
  if (kind === "contact") return line(conversation.contact.name ?? conversation.contact.address, 60);
  if (kind === "system") return t("author.system");
  return id === null ? t(`author.${kind}`) : agentName(id);
}
