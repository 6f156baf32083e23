// The supervisor's live wall: who waits and how long, what is in time by team and channel, who is there, and what is about to be late.
import { computed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { standing } from "../lib/sla.js";
import { line } from "../lib/text.js";
import { now, span } from "../lib/time.js";
import { agents, channelTitle, teamName } from "../state/directory.js";
import { onEvent, onRenewal } from "../state/live.js";
import { attempt } from "../state/notices.js";
import { href } from "../state/route.js";
import { api } from "../state/session.js";
import { ChannelMark } from "../ui/icon.js";
import { Avatar } from "../ui/parts.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */

const MOST = 5000;
/** Changes of a moment are counted together. */
const SOON = 500;
const AHEAD = 15 * 60_000;

/** All open conversations, kept as the stream tells while the wall is shown. */
class Open {
  constructor() {
    /** @type {Map<string, Conversation>} */
    this.found = new Map();
    this.changed = () => {};
    this._timer = 0;
  }

  async load() {
    const found = new Map();
    for await (const one of api().items("listConversations", { query: { status: ["open"], limit: 200 } })) {
      found.set(one.id, one);
      if (found.size >= MOST) break;
    }
    this.found = found;
    this.changed();
  }

  /** @param {import("frontdesk-client").Frame} frame */
  take({ data }) {
    const one = /** @type {Conversation | undefined} */ (data.conversation);
    if (one === undefined) return;
    if (one.status === "open") this.found.set(one.id, one);
    else this.found.delete(one.id);
    clearTimeout(this._timer);
    this._timer = window.setTimeout(this.changed, SOON);
  }
}

/** @typedef {{id: string, waiting: number, longest: number, inTime: number, late: number, soon: number}} Group */

/** Counts what waits for an answer, by whatever `by` says. @param {Conversation[]} all @param {(one: Conversation) => string} by @returns {Group[]} */
export function grouped(all, by) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const one of all) {
    if (one.waiting_since === null) continue;
    const id = by(one);
    const group = groups.get(id) ?? { id, waiting: 0, longest: 0, inTime: 0, late: 0, soon: 0 };
    const left = one.due_at === null ? Number.POSITIVE_INFINITY : Date.parse(one.due_at) - now.value;
    group.waiting += 1;
    group.longest = Math.max(group.longest, now.value - Date.parse(one.waiting_since));
    if (left <= 0) group.late += 1;
    else group.inTime += 1;
    if (left > 0 && left < AHEAD) group.soon += 1;
    groups.set(id, group);
  }
  return [...groups.values()].sort((a, b) => b.late - a.late || b.waiting - a.waiting);
}

export function Wall() {
  const all = useSignal(/** @type {Conversation[]} */ ([]));
  const ready = useSignal(false);
  useEffect(() => {
    const open = new Open();
    open.changed = () => (all.value = [...open.found.values()]);
    void attempt(() => open.load()).then(() => (ready.value = true));
    const ends = [onEvent((frame) => open.take(frame)), onRenewal(() => void attempt(() => open.load()))];
    return () => ends.forEach((end) => end());
  }, []);
  const [whole] = grouped(all.value, () => "all");
  const group = whole ?? { id: "all", waiting: 0, longest: 0, inTime: 0, late: 0, soon: 0 };
  const share = group.waiting === 0 ? 100 : Math.round((100 * group.inTime) / group.waiting);
  return html`<div class="page wall" tabindex="0" role="region" aria-label=${t("wall.title")} aria-busy=${String(!ready.value)}>
    <header class="page-head"><h1>${t("wall.title")}</h1><p class="quiet">${t("wall.more")}</p></header>
    <ul class="figures">
      <${Figure} label=${t("wall.waiting")} value=${group.waiting} />
      <${Figure} label=${t("wall.longest")} value=${group.waiting === 0 ? "–" : span(group.longest)} />
      <${Figure} label=${t("wall.in_time")} value=${`${share} %`} tone=${share >= 90 ? "ok" : share >= 70 ? "warn" : "bad"} />
      <${Figure} label=${t("wall.late")} value=${group.late} tone=${group.late > 0 ? "bad" : "ok"} />
      <${Figure} label=${t("wall.soon")} value=${group.soon} tone=${group.soon > 0 ? "warn" : "ok"} />
    </ul>
    <div class="columns">
      <div class="stack"><${Groups} title=${t("wall.by_team")} groups=${grouped(all.value, (one) => one.team_id ?? "")} name=${(/** @type {string} */ id) => teamName(id || null)} /><${People} all=${all.value} /></div>
      <div class="stack"><${Groups} title=${t("wall.by_channel")} groups=${grouped(all.value, (one) => one.channel)} name=${channelTitle} /><${Urgent} all=${all.value} /></div>
    </div>
  </div>`;
}

/** @param {{label: string, value: string | number, tone?: string}} props */
function Figure({ label, value, tone = "" }) {
  return html`<li class=${`figure ${tone}`}><span class="figure-value">${value}</span><span class="figure-label">${label}</span></li>`;
}

/** @param {{title: string, groups: Group[], name: (id: string) => string}} props */
function Groups({ title, groups, name }) {
  return html`<section class="panel"><h2>${title}</h2>
    <table class="grid"><thead><tr><th scope="col">${t("wall.name")}</th><th scope="col" class="n">${t("wall.waiting")}</th><th scope="col" class="n">${t("wall.longest")}</th><th scope="col">${t("wall.in_time")}</th></tr></thead>
    <tbody>${groups.map(({ id, waiting, longest, inTime, late }) => html`<tr key=${id}><th scope="row" dir="auto">${name(id)}</th><td class="n">${waiting}</td><td class="n">${span(longest)}</td>
      <td><span class="share"><meter min="0" max="100" low="70" high="90" optimum="100" value=${(100 * inTime) / waiting} aria-label=${t("wall.in_time")}></meter><span>${Math.round((100 * inTime) / waiting)} %</span>${late > 0 && html`<span class="chip bad">${t("wall.n_late", { n: late })}</span>`}</span></td></tr>`)}
    </tbody></table>${groups.length === 0 && html`<p class="quiet">${t("wall.nobody_waits")}</p>`}</section>`;
}

const states = computed(() => {
  const order = ["online", "draining", "away", "offline"];
  return [...agents.value].sort((a, b) => order.indexOf(a.presence) - order.indexOf(b.presence) || a.name.localeCompare(b.name));
});

/** @param {{all: Conversation[]}} props */
function People({ all }) {
  /** @type {Map<string, number>} */
  const has = new Map();
  for (const { agent_id: id } of all) if (id !== null) has.set(id, (has.get(id) ?? 0) + 1);
  return html`<section class="panel"><h2>${t("wall.agents")}</h2>
    <ul class="people">${states.value.slice(0, 200).map((agent) => html`<li key=${agent.id}>
      <span class="with-presence"><${Avatar} name=${agent.name} id=${agent.id} /><span class=${`presence ${agent.presence}`}></span></span>
      <span class="grow"><b dir="auto">${line(agent.name, 60)}</b><small>${t(`presence.${agent.presence}`)}${agent.presence_reason ? ` · ${line(agent.presence_reason, 40)}` : ""} · ${span(now.value - Date.parse(agent.presence_changed_at))}</small></span>
      <span class="n">${t("wall.load", { n: has.get(agent.id) ?? 0, used: agent.used, capacity: agent.capacity })}</span></li>`)}</ul></section>`;
}

/** @param {{all: Conversation[]}} props */
function Urgent({ all }) {
  const urgent = all.filter((one) => one.due_at !== null && Date.parse(one.due_at) - now.value < AHEAD);
  urgent.sort((a, b) => ((a.due_at ?? "") < (b.due_at ?? "") ? -1 : 1));
  return html`<section class="panel"><h2>${t("wall.next")}</h2>
    ${urgent.length === 0 && html`<p class="quiet">${t("wall.none_soon")}</p>`}
    <ol class="urgent">${urgent.slice(0, 12).map((one) => {
      const { tone, text } = standing(one);
      return html`<li key=${one.id}><a href=${href("inbox", one.id)}><${ChannelMark} kind=${one.channel_class} /><span class="grow" dir="auto">${line(one.contact.name ?? one.contact.address, 50)}</span><span class=${`chip sla ${tone}`}>${text}</span></a></li>`;
    })}</ol></section>`;
}
