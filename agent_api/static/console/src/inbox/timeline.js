// One timeline: messages, notes and what happened, day by day. It follows its end while the reader is there, and leaves them alone elsewhere.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { html } from "../html.js";
import { coded, t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { clock, day, span } from "../lib/time.js";
import { past } from "../state/calls.js";
import { agentName, teamName } from "../state/directory.js";
import { attempt } from "../state/notices.js";
import { pending } from "../state/outbox.js";
import { earlier, facts, messages, more, openId, typing } from "../state/thread.js";
import { Icon } from "../ui/icon.js";
import { OnItsWay, Said } from "./message.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */
/** @typedef {import("frontdesk-client").Message} Message */
/** @typedef {import("frontdesk-client").Frame} Frame */
/** @typedef {import("frontdesk-client").BrowserCall} BrowserCall */

/** This near to the end counts as at it. */
const NEAR = 80;
/** What one person says within this time stands under one name. */
const TOGETHER = 300_000;

/** @param {{conversation: Conversation}} props */
export function Timeline({ conversation }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const atEnd = useSignal(true);
  const fresh = useSignal(0);
  const height = useRef(0);
  const shown = messages.value;
  const own = pending.value.filter((item) => item.conversationId === conversation.id);
  const last = shown[shown.length - 1]?.id;
  const toEnd = () => {
    const element = box.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
    fresh.value = 0;
  };
  useLayoutEffect(() => {
    if (atEnd.peek()) toEnd();
    else if (last !== undefined) fresh.value += 1;
  }, [last, own.length, typing.value, facts.value.length]);
  useLayoutEffect(() => {
    // Earlier messages came in above: what is being read stays where it is.
    const element = box.current;
    if (element !== null && height.current > 0) element.scrollTop += element.scrollHeight - height.current;
    height.current = 0;
  }, [shown[0]?.id]);
  useEffect(() => {
    atEnd.value = true;
    toEnd();
  }, [openId.value]);
  const scrolled = () => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    atEnd.value = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    if (atEnd.value) fresh.value = 0;
  };
  const before = () => {
    height.current = box.current?.scrollHeight ?? 0;
    void attempt(earlier);
  };
  return html`<div class="timeline-box">
    <div class="timeline" ref=${box} onScroll=${scrolled} role="log" aria-live="polite" aria-label=${t("timeline.title")} tabindex="0">
      ${more.value !== null && html`<button type="button" class="earlier" onClick=${before}>${t("timeline.earlier")}</button>`}
      <${Lines} conversation=${conversation} />
      ${own.map((item) => html`<${OnItsWay} key=${item.key} item=${item} />`)}
      ${typing.value !== null && html`<p class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span> ${typist(conversation)}</p>`}
    </div>
    ${!atEnd.value && html`<button type="button" class="jump" onClick=${toEnd}><${Icon} name="down" size=${16} />${fresh.value > 0 ? t("timeline.new", { n: fresh.value }) : t("timeline.end")}</button>`}
  </div>`;
}

/** @param {Conversation} conversation */
function typist(conversation) {
  const who = typing.value === "contact" ? line(conversation.contact.name ?? conversation.contact.address, 40) : agentName(typing.value);
  return t("timeline.typing", { name: who });
}

/** @param {{conversation: Conversation}} props */
function Lines({ conversation }) {
  // Calls of the time before what is shown would stand above messages that are not there yet.
  const oldest = more.value === null ? "" : (messages.value[0]?.at ?? "");
  /** @type {({at: string, message: Message} | {at: string, frame: Frame} | {at: string, call: BrowserCall})[]} */
  const all = [
    ...messages.value.map((message) => ({ at: message.at, message })),
    ...facts.value.map((frame) => ({ at: frame.at, frame })),
    ...past.value.filter(({ started_at }) => started_at >= oldest).map((call) => ({ at: call.started_at, call })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const drawn = [];
  let date = "";
  /** @type {Message | null} */
  let before = null;
  for (const one of all) {
    const own = day(one.at);
    if (own !== date) drawn.push(html`<h2 key=${`d${one.at}`} class="day"><span>${own}</span></h2>`);
    if ("message" in one) {
      const first = own !== date || before === null || !together(before, one.message);
      drawn.push(html`<${Said} key=${one.message.id} message=${one.message} conversation=${conversation} first=${first} />`);
      before = one.message;
    } else if ("call" in one) {
      drawn.push(html`<${Called} key=${one.call.id} call=${one.call} conversation=${conversation} />`);
      before = null;
    } else {
      drawn.push(html`<${Fact} key=${one.frame.id} frame=${one.frame} />`);
      before = null;
    }
    date = own;
  }
  return drawn;
}

/** @param {Message} a @param {Message} b */
function together(a, b) {
  const same = a.direction === b.direction && a.author.id === b.author.id && a.author.kind === b.author.kind;
  return same && Date.parse(b.at) - Date.parse(a.at) < TOGETHER;
}

/** @param {{frame: Frame}} props */
function Fact({ frame }) {
  const { type, data, at } = frame;
  const values = {
    agent: agentName(data.agent_id),
    team: teamName(data.team_id),
    by: data.by == null ? t("author.system") : agentName(data.by),
    status: data.to === undefined ? "" : t(`status.${data.to}`).toLowerCase(),
    state: data.state === undefined ? "" : `${coded("call", data.state)}${data.duration_seconds == null ? "" : ` · ${span(data.duration_seconds * 1000)}`}`,
  };
  return html`<p class=${`fact ${type === "sla.breached" ? "bad" : ""}`}>${t(`fact.${type}`, values)} <time datetime=${at}>${clock(at)}</time></p>`;
}

/** A call in the browser: who called, and what became of it. @param {{call: BrowserCall, conversation: Conversation}} props */
function Called({ call, conversation }) {
  const who = call.started_by === "agent" ? agentName(call.agent_id) : line(conversation.contact.name ?? conversation.contact.address, 40);
  const how = call.state === "ended" ? t(`calls.over.${call.cause ?? "hung_up"}`) : t(`calls.now.${call.state}`);
  const lasted = call.answered_at === null || call.ended_at === null ? "" : ` · ${span(Date.parse(call.ended_at) - Date.parse(call.answered_at))}`;
  return html`<p class="fact"><${Icon} name=${call.kind === "video" ? "camera" : "voice"} size=${13} /> ${t(`calls.line.${call.kind}`, { who })}: ${how}${lasted} <time datetime=${call.started_at}>${clock(call.started_at)}</time></p>`;
}
