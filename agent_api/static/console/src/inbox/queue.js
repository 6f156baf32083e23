// The list of a view: rows with channel, name, preview, age, priority and the deadline by colour and by words.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { standing } from "../lib/sla.js";
import { line } from "../lib/text.js";
import { age } from "../lib/time.js";
import { agentName, channelTitle, teamName } from "../state/directory.js";
import { explained } from "../state/notices.js";
import { prefs, setPrefs } from "../state/prefs.js";
import * as queue from "../state/queue.js";
import { href } from "../state/route.js";
import { api } from "../state/session.js";
import { openId } from "../state/thread.js";
import { views } from "../state/views.js";
import { ChannelMark, Icon } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { Empty } from "../ui/parts.js";
import { VirtualList } from "../ui/virtual.js";

export const ROW = 88;
const SORTS = /** @type {const} */ (["urgency", "newest", "waiting"]);

/** @typedef {import("frontdesk-client").Message} Message */

export function Queue() {
  const query = useSignal("");
  return html`<section class="queue" aria-label=${t("queue.title")}>
    <${Head} query=${query} />
    ${query.value.trim().length > 1 ? html`<${Found} query=${query.value.trim()} />` : html`<${Rows} />`}
  </section>`;
}

/** @param {{query: import("@preact/signals").Signal<string>}} props */
function Head({ query }) {
  const chosen = queue.view.value;
  const entries = views.value.map(({ id, name }) => ({
    label: name,
    checked: id === chosen.id,
    run: () => void queue.choose(id),
  }));
  const sorts = SORTS.map((sort) => ({
    label: t(`queue.sort.${sort}`),
    checked: prefs.value.sort === sort,
    run: () => setPrefs({ sort }),
  }));
  const count = queue.order.value.length;
  return html`<header class="queue-head">
    <div class="queue-title">
      <h1 class="view-name"><${Menu} label=${t("queue.choose")} id="views" text=${chosen.name} kind="title-button" entries=${entries} /></h1>
      <span class="count" aria-label=${t("queue.count", { n: count })}>${count}</span>
      <span class="grow"></span>
      <${Menu} label=${t("queue.sort")} icon="clock" entries=${sorts} end />
    </div>
    <div class="search">
      <${Icon} name="search" size=${16} />
      <input
        id="search" type="search" placeholder=${t("queue.search")} aria-label=${t("queue.search")} value=${query.value}
        onInput=${(/** @type {any} */ event) => (query.value = event.currentTarget.value)}
      />
    </div>
  </header>`;
}

function Rows() {
  const ids = queue.order.value;
  if (queue.trouble.value !== null) {
    return html`<${Empty} icon="warn" title=${t("queue.trouble")}>
      ${explained(queue.trouble.value)} <button type="button" class="link" onClick=${() => void queue.load()}>${t("action.retry")}</button>
    <//>`;
  }
  if (ids.length === 0) {
    if (queue.loading.value) return html`<div class="skeletons" aria-hidden="true">${[1, 2, 3, 4, 5].map(() => html`<div class="skeleton"></div>`)}</div>`;
    return html`<${Empty} icon="check" title=${t("queue.empty")}>${t("queue.empty.more")}<//>`;
  }
  return html`<${VirtualList} ids=${ids} height=${ROW} label=${queue.view.value.name} current=${openId.value} row=${(/** @type {string} */ id) => html`<${Row} id=${id} />`} />`;
}

/** @param {{id: string}} props */
function Row({ id }) {
  const conversation = queue.cell(id)?.value;
  if (conversation === undefined) return null;
  const isUnread = queue.unread.value.has(id);
  const name = line(conversation.contact.name ?? conversation.contact.address, 60);
  const { tone, text } = standing(conversation);
  return html`<a
    class=${`row${isUnread ? " unread" : ""}`} href=${href("inbox", id)} aria-current=${openId.value === id ? "true" : null}
  >
    <span class="row-top">
      <${ChannelMark} kind=${conversation.channel_class} />
      <span class="row-name" dir="auto">${name}</span>
      ${isUnread && html`<span class="dot"><span class="sr">${t("queue.unread")}</span></span>`}
      <time class="row-age" datetime=${conversation.last_message_at}>${age(conversation.last_message_at)}</time>
    </span>
    <span class="row-preview" dir="auto">${line(conversation.subject || conversation.preview, 120)}</span>
    <span class="row-facts">
      <span class="row-channel">${channelTitle(conversation.channel)}</span>
      ${conversation.priority > 0 && html`<span class="chip prio"><${Icon} name="flag" size=${11} />${t("priority.short", { n: conversation.priority })}</span>`}
      ${conversation.status !== "open" && html`<span class="chip">${t(`status.${conversation.status}`)}</span>`}
      <span class="row-owner">${conversation.agent_id === null ? teamName(conversation.team_id) : agentName(conversation.agent_id)}</span>
      ${tone !== "none" && html`<span class=${`chip sla ${tone}`}>${text}</span>`}
    </span>
  </a>`;
}

/** @param {{query: string}} props */
function Found({ query }) {
  const found = useSignal(/** @type {Message[] | null} */ (null));
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const page = await api().searchMessages({ query: { q: query, limit: 50 }, signal: stop.signal });
        await Promise.all([...new Set(page.items.map((/** @type {Message} */ item) => item.conversation_id))].map((id) => queue.known(/** @type {string} */ (id)).catch(() => {})));
        if (!stop.signal.aborted) found.value = page.items;
      } catch {
        if (!stop.signal.aborted) found.value = [];
      }
    }, 250);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [query]);
  if (found.value === null) return html`<p class="quiet pad" role="status">${t("queue.searching")}</p>`;
  if (found.value.length === 0) return html`<${Empty} icon="search" title=${t("queue.nothing")}>${t("queue.nothing.more")}<//>`;
  return html`<ul class="found" aria-label=${t("queue.found")}>
    ${found.value.map((message) => {
      const conversation = queue.cell(message.conversation_id)?.value;
      return html`<li key=${message.id}><a class="row" href=${href("inbox", message.conversation_id)}>
        <span class="row-top">
          ${conversation && html`<${ChannelMark} kind=${conversation.channel_class} />`}
          <span class="row-name" dir="auto">${line(conversation?.contact.name ?? conversation?.contact.address ?? "", 60)}</span>
          <time class="row-age" datetime=${message.at}>${age(message.at)}</time>
        </span>
        <span class="row-preview two" dir="auto">${line(message.content?.text, 160)}</span>
      </a></li>`;
    })}
  </ul>`;
}

/** Opens the next conversation of the list, or the one before. @param {1 | -1} step */
export function neighbour(step) {
  const ids = queue.order.peek();
  const at = openId.peek() === null ? (step === 1 ? -1 : ids.length) : ids.indexOf(/** @type {string} */ (openId.peek()));
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))] ?? null;
}
