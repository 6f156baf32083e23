// Why this conversation is with whom it is, or with nobody, in plain words, from the stored decisions of the router.
import { html } from "../html.js";
import { coded, has, t } from "../lib/i18n.js";
import { clock } from "../lib/time.js";
import { agentName } from "../state/directory.js";
import { api, may } from "../state/session.js";
import { useRead } from "../ui/read.js";
import { Card } from "../ui/parts.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */
/** @typedef {import("frontdesk-client").Candidate} Decision */
/** @typedef {{agent_id: string, used: number, capacity: number, excluded?: string}} Looked */

/** @param {{conversation: Conversation, turn: number}} props */
export function Why({ conversation, turn }) {
  if (!may("decisions:read")) return null;
  return html`<${Decisions} conversation=${conversation} turn=${turn} />`;
}

/** @param {{conversation: Conversation, turn: number}} props */
function Decisions({ conversation, turn }) {
  const read = () => api().listRoutingDecisions({ path: { conversation_id: conversation.id }, query: { limit: 10 } });
  const { value, fault } = useRead(read, [conversation.id, turn]);
  const items = /** @type {Decision[]} */ (value.value?.items ?? []);
  return html`<${Card} title=${t("why.title")} fault=${fault.value}>
    ${conversation.agent_id === null && value.value?.why && html`<p>${has(`why.${conversation.unassigned_reason}`) ? t(`why.${conversation.unassigned_reason}`) : value.value.why}</p>`}
    ${items.length === 0 && html`<p class="quiet">${t("why.none")}</p>`}
    <ol class="decisions">${items.map((decision) => html`<li key=${decision.id}><${One} decision=${decision} /></li>`)}</ol>
  <//>`;
}

/** @param {{decision: Decision}} props */
function One({ decision }) {
  const { explanation } = decision;
  const looked = /** @type {Looked[]} */ (Array.isArray(explanation.candidates) ? explanation.candidates : []);
  const relaxed = /** @type {string[]} */ (Array.isArray(explanation.relaxed) ? explanation.relaxed : []);
  const chosen = decision.agent_id !== null;
  const title = chosen ? t("why.chosen", { name: agentName(decision.agent_id) }) : has(`why.${decision.outcome}`) ? t(`why.${decision.outcome}`) : coded("why", decision.outcome);
  return html`<details><summary><time datetime=${decision.at}>${clock(decision.at)}</time> ${title}</summary>
    <ul class="looked">${looked.map((each) => html`<li>${agentName(each.agent_id)}: ${verdict(each, decision)}</li>`)}</ul>
    ${relaxed.length > 0 && html`<p>${t("why.relaxed", { skills: relaxed.join(", ") })}</p>`}
    <p class="quiet">${t("why.policy", { version: String(explanation.policy ?? "?"), total: Number(explanation.candidates_total ?? looked.length) })}</p>
  </details>`;
}

/** @param {Looked} each @param {Decision} decision */
function verdict(each, decision) {
  if (each.excluded !== undefined) return coded("excluded", each.excluded);
  if (each.agent_id === decision.agent_id) return t("why.took", { used: each.used, capacity: each.capacity });
  return t("why.able", { used: each.used, capacity: each.capacity });
}
