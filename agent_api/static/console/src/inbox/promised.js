// A promise to call back: when, and that it was kept; and the times that can be promised.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { moment } from "../lib/time.js";
import { agentName } from "../state/directory.js";
import { attempt } from "../state/notices.js";
import * as queue from "../state/queue.js";
import { api, may } from "../state/session.js";
import { FormDialog } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { Card, Field } from "../ui/parts.js";
import { useRead } from "../ui/read.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */
/** @typedef {import("frontdesk-client").CallBack} CallBack */

/** Nothing where nothing is promised. @param {{conversation: Conversation}} props */
export function Promised({ conversation }) {
  const path = { conversation_id: conversation.id };
  const { value, load } = useRead(() => api().listCallBacks({ path }), [conversation.id, conversation.version]);
  const found = /** @type {CallBack | undefined} */ (value.value?.items[0]);
  if (found === undefined) return null;
  const keep = async () => {
    await attempt(async () => queue.take(await api().keepCallBack({ path, ifMatch: conversation.version })), t("callback.kept"));
    await load();
  };
  return html`<${Card} title=${t("callback.title")}>
    <p><${Icon} name="clock" size=${15} /> <b>${moment(found.at)}</b></p>
    <p class="quiet">${found.booked_by === null ? t("callback.chosen") : t("callback.by", { name: agentName(found.booked_by) })}</p>
    ${may("conversations:route") && html`<button type="button" onClick=${() => void keep()}><${Icon} name="check" size=${15} />${t("callback.keep")}</button>`}
  <//>`;
}

/** @param {{conversation: Conversation}} props */
export function PromiseDialog({ conversation }) {
  const { value, fault } = useRead(() => api().listCallBackSlots({ path: { team_id: String(conversation.team_id) } }), [conversation.team_id]);
  /** @param {FormData} data */
  const save = async (data) => {
    queue.take(await api().bookCallBack({ path: { conversation_id: conversation.id }, body: { at: String(data.get("at")) }, ifMatch: conversation.version }));
  };
  return html`<${FormDialog} title=${t("callback.promise")} action=${t("callback.promise")} save=${save}>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${value.value?.items.length === 0 && html`<p class="quiet">${t("callback.none")}</p>`}
    <${Field} label=${t("callback.when")} name="at" required>${value.value?.items.map(({ start }) => html`<option value=${start}>${moment(start)}</option>`) ?? []}<//>
  <//>`;
}
