// The agent's page: queue, conversation and context side by side; on a small screen one at a time.
import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { standing } from "../lib/sla.js";
import { line } from "../lib/text.js";
import { agentName, channelTitle, teamName } from "../state/directory.js";
import { command, connection } from "../state/live.js";
import { prefs, setPrefs } from "../state/prefs.js";
import { go, where } from "../state/route.js";
import { may } from "../state/session.js";
import { open, openId, state, viewers } from "../state/thread.js";
import { ChannelMark, Icon } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { Empty } from "../ui/parts.js";
import { CallButtons } from "./calling.js";
import { Composer } from "./composer.js";
import { Context } from "./context.js";
import * as deeds from "./deeds.js";
import { Queue } from "./queue.js";
import { Timeline } from "./timeline.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */

const LOOKS_EVERY = 12_000;

export function Inbox() {
  const { id } = where.value;
  useEffect(() => void open(id), [id]);
  const conversation = deeds.current();
  const shown = id === null ? "list" : "thread";
  return html`<div class=${`inbox show-${shown}${prefs.value.context ? " with-context" : ""}`}>
    <${Queue} />
    <section class="thread" aria-label=${t("thread.title")}>
      ${id === null ? html`<${Empty} icon="inbox" title=${t("thread.none")}>${t("thread.none.more")}<//>` : html`<${Thread} key=${id} conversation=${conversation} />`}
    </section>
    ${id !== null && conversation !== null && prefs.value.context && html`<${Context} conversation=${conversation} />`}
  </div>`;
}

/** @param {{conversation: Conversation | null}} props */
function Thread({ conversation }) {
  useLooking();
  if (state.value === "missing") return html`<${Empty} icon="search" title=${t("thread.missing")}>${t("thread.missing.more")}<//>`;
  if (state.value === "failed") return html`<${Empty} icon="warn" title=${t("thread.failed")}><button type="button" class="link" onClick=${again}>${t("action.retry")}</button><//>`;
  if (conversation === null) return html`<p class="quiet pad" role="status">${t("thread.loading")}</p>`;
  return html`<${Head} conversation=${conversation} /><${Timeline} conversation=${conversation} />
    ${conversation.status === "resolved" ? html`<${Resolved} conversation=${conversation} />` : html`<${Composer} conversation=${conversation} />`}`;
}

async function again() {
  const id = openId.peek();
  await open(null);
  await open(id);
}

/** Tells colleagues that this conversation is before somebody, while it is. */
function useLooking() {
  useEffect(() => {
    const tellThem = () => {
      if (!document.hidden && connection.peek() === "open" && openId.peek() !== null) {
        // A courtesy: a lost sign is followed by the next.
        command("viewing", { conversation_id: openId.peek() }).catch(() => {});
      }
    };
    tellThem();
    const timer = setInterval(tellThem, LOOKS_EVERY);
    return () => clearInterval(timer);
  }, []);
}

/** @param {{conversation: Conversation}} props */
function Head({ conversation }) {
  const name = line(conversation.contact.name ?? conversation.contact.address, 80);
  const { tone, text } = standing(conversation);
  const closable = may("conversations:close");
  return html`<header class="thread-head">
    <button type="button" class="ghost square only-small" aria-label=${t("thread.back")} onClick=${() => go("inbox")}><${Icon} name="back" /></button>
    <div class="thread-who">
      <h1><bdi>${line(conversation.subject, 90) || name}</bdi></h1>
      <p class="thread-facts">
        <${ChannelMark} kind=${conversation.channel_class} /><span>${channelTitle(conversation.channel)}</span>
        ${conversation.subject && html`<bdi>${name}</bdi>`}
        <bdi>${conversation.agent_id === null ? teamName(conversation.team_id) : agentName(conversation.agent_id)}</bdi>
        ${conversation.status !== "open" && html`<span class="chip">${t(`status.${conversation.status}`)}</span>`}
        ${tone !== "none" && html`<span class=${`chip sla ${tone}`}>${text}</span>`}
        ${viewers.value.length > 0 && html`<span class="chip"><${Icon} name="eye" size=${12} />${t("thread.viewers", { names: viewers.value.map(agentName).join(", ") })}</span>`}
      </p>
    </div>
    <div class="thread-actions" role="toolbar" aria-label=${t("thread.actions")}>
      <${CallButtons} conversation=${conversation} />
      ${may("conversations:route") && html`<${Menu} label=${t("assign.title")} icon="person" id="assign" entries=${() => deeds.assignEntries(conversation)} end />`}
      ${closable && conversation.status !== "resolved" && html`<${Menu} label=${t("snooze.title")} icon="sleep" id="snooze" entries=${() => deeds.snoozeEntries(conversation)} end />`}
      <${Menu} label=${t("thread.more")} icon="more" id="more" entries=${() => deeds.moreEntries(conversation)} end />
      <button type="button" class="ghost square" aria-label=${t("context.toggle")} title=${t("context.toggle")} aria-pressed=${String(prefs.value.context)} onClick=${() => setPrefs({ context: !prefs.value.context })}><${Icon} name="panel" /></button>
      ${closable && conversation.status !== "resolved" && html`<button type="button" class="resolve" title=${t("action.resolve")} aria-label=${t("action.resolve")} onClick=${() => void deeds.resolve(conversation)}><${Icon} name="check" size=${16} /><span>${t("action.resolve")}</span></button>`}
    </div>
  </header>`;
}

/** @param {{conversation: Conversation}} props */
function Resolved({ conversation }) {
  return html`<p class="resolved"><${Icon} name="check" /> ${t("thread.resolved")}
    ${may("conversations:close") && html`<button type="button" onClick=${() => void deeds.reopen(conversation)}>${t("action.reopen")}</button>`}</p>`;
}
