// Webhook endpoints of partners: their health, their log with bodies and tries, and sending again.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { moment } from "../lib/time.js";
import { useRead } from "../ui/read.js";
import { attempt, tell } from "../state/notices.js";
import { api } from "../state/session.js";
import { Dialog, FormDialog } from "../ui/dialog.js";
import { Field } from "../ui/parts.js";
import { showSecret } from "./keys.js";
import { listed, Open, Remove, Section } from "./section.js";

/** @typedef {import("frontdesk-client").WebhookEndpoint} Endpoint */
/** @typedef {import("frontdesk-client").WebhookDelivery} Delivery */
/** @typedef {() => Promise<void>} Load */

const TONES = /** @type {Record<string, string>} */ ({ active: "ok", paused: "", disabled: "bad", delivered: "ok", failed: "bad", waiting: "warn", queued: "" });

export function Webhooks() {
  return html`<${Section}
    name="webhooks" read=${() => listed("listWebhookEndpoints", { query: { limit: 200 } })} form=${(/** @type {Load} */ load) => html`<${Add} done=${load} />`}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Endpoint} */ one) => line(one.name, 60) },
      { head: "URL", cell: (/** @type {Endpoint} */ one) => html`<code class="code" dir="ltr">${line(one.url, 120)}</code>` },
      { head: t("webhooks.events"), cell: (/** @type {Endpoint} */ one) => (one.event_types.length === 0 ? t("webhooks.all") : one.event_types.join(", ")) },
      { head: t("field.state"), cell: (/** @type {Endpoint} */ one) => html`<span class=${`chip ${TONES[one.state]}`}>${t(`endpoint.${one.state}`)}</span>` },
      { head: t("webhooks.last"), cell: (/** @type {Endpoint} */ one) => (one.last_success_at === null ? t("keys.never") : moment(one.last_success_at)) },
    ]}
    actions=${(/** @type {Endpoint} */ one, /** @type {Load} */ load) => html`
      <${Open} label=${t("webhooks.log")} of=${one.name} dialog=${() => html`<${Log} endpoint=${one} />`} />
      <${Open} label=${t("webhooks.replay")} of=${one.name} dialog=${() => html`<${Replay} endpoint=${one} />`} />
      <${Open} label=${t("action.edit")} of=${one.name} dialog=${() => html`<${Edit} endpoint=${one} done=${load} />`} />
      <${Remove} of=${one.name} remove=${() => api().deleteWebhookEndpoint({ path: { endpoint_id: one.id }, ifMatch: one.version })} done=${load} />`}
  />`;
}

/** @param {{done: Load}} props */
function Add({ done }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const made = await api().createWebhookEndpoint({ body: { name: String(data.get("name")), url: String(data.get("url")) } });
    await done();
    showSecret(t("webhooks.secret"), made.secret);
  };
  return html`<${FormDialog} title=${t("webhooks.add")} action=${t("action.add")} save=${save}>
    <${Field} label=${t("field.name")} name="name" required dir="auto" /><${Field} label="URL" name="url" type="url" required placeholder="https://" />
  <//>`;
}

/** @param {{endpoint: Endpoint, done: Load}} props */
function Edit({ endpoint, done }) {
  const path = { endpoint_id: endpoint.id };
  /** @param {FormData} data */
  const save = async (data) => {
    const state = /** @type {"active" | "paused"} */ (data.get("state"));
    await api().changeWebhookEndpoint({ path, body: { name: String(data.get("name")), url: String(data.get("url")), state }, ifMatch: endpoint.version });
    if (data.get("rotate") === "on") showSecret(t("webhooks.secret"), (await api().rotateWebhookSecret({ path, body: {} })).secret);
    await done();
  };
  return html`<${FormDialog} title=${endpoint.name} action=${t("action.save")} save=${save}>
    <${Field} label=${t("field.name")} name="name" required value=${endpoint.name} dir="auto" /><${Field} label="URL" name="url" type="url" required value=${endpoint.url} />
    <${Field} label=${t("field.state")} name="state">${/** @type {const} */ (["active", "paused"]).map((state) => html`<option value=${state} selected=${state === endpoint.state}>${t(`endpoint.${state}`)}</option>`)}<//>
    <label class="check"><input type="checkbox" name="rotate" /> ${t("webhooks.rotate")}</label>
  <//>`;
}

/** @param {{endpoint: Endpoint}} props */
function Replay({ endpoint }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const since = new Date(String(data.get("since"))).toISOString();
    const only = /** @type {"failed" | "all"} */ (data.get("only"));
    const found = await api().replayWebhooks({ path: { endpoint_id: endpoint.id }, body: { since, only } });
    tell(t("webhooks.replayed", { n: found.count }));
  };
  return html`<${FormDialog} title=${`${t("webhooks.replay")}: ${endpoint.name}`} action=${t("webhooks.replay")} save=${save}>
    <${Field} label=${t("webhooks.since")} name="since" type="datetime-local" required />
    <${Field} label=${t("webhooks.which")} name="only"><option value="failed">${t("webhooks.failed")}</option><option value="all">${t("webhooks.everything")}</option><//>
  <//>`;
}

/** @param {{endpoint: Endpoint}} props */
function Log({ endpoint }) {
  const state = useSignal("");
  const read = () => api().listWebhookDeliveries({ path: { endpoint_id: endpoint.id }, query: { limit: 50, state: /** @type {any} */ (state.value || null) } });
  const { value, fault, load } = useRead(read, [endpoint.id, state.value]);
  const test = async () => {
    await attempt(() => api().testWebhookEndpoint({ path: { endpoint_id: endpoint.id }, body: { type: "message.received" } }), t("webhooks.tested"));
    await load();
  };
  return html`<${Dialog} title=${`${t("webhooks.log")}: ${endpoint.name}`} wide>
    <div class="inline"><select aria-label=${t("field.state")} onChange=${(/** @type {any} */ event) => (state.value = event.currentTarget.value)}><option value="">${t("webhooks.everything")}</option>${/** @type {const} */ (["waiting", "queued", "delivered", "failed"]).map((one) => html`<option value=${one}>${t(`delivery.${one}`)}</option>`)}</select>
      <button type="button" onClick=${test}>${t("webhooks.test")}</button><button type="button" onClick=${() => void load()}>${t("webhooks.refresh")}</button></div>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${value.value?.items.length === 0 && html`<p class="quiet">${t("setup.none")}</p>`}
    <ul class="lines">${value.value?.items.map((/** @type {Delivery} */ one) => html`<li key=${one.id}><${One} delivery=${one} done=${load} /></li>`)}</ul>
  <//>`;
}

/** @param {{delivery: Delivery, done: Load}} props */
function One({ delivery, done }) {
  const detail = useSignal(/** @type {import("frontdesk-client").WebhookDeliveryDetail | null} */ (null));
  const path = { delivery_id: delivery.id };
  const open = async () => (detail.value ??= (await attempt(() => api().getWebhookDelivery({ path }))) ?? null);
  const again = async () => {
    await attempt(() => api().resendWebhookDelivery({ path }), t("webhooks.resent"));
    await done();
  };
  return html`<details class="grow" onToggle=${open}><summary><span class=${`chip ${TONES[delivery.state]}`}>${t(`delivery.${delivery.state}`)}</span> <b>${delivery.type}</b> <small>${moment(delivery.created_at)} · ${t("webhooks.tries", { n: delivery.attempts })}${delivery.last_cause ? ` · ${line(delivery.last_cause, 80)}` : ""}</small></summary>
    ${detail.value !== null && html`<pre class="code" dir="ltr">${JSON.stringify(detail.value.data, null, 2)}</pre>
      <ul class="looked">${detail.value.log.map((attempt) => html`<li>${moment(attempt.at)} · ${attempt.status ?? "–"} · ${attempt.latency_ms} ms ${line(attempt.cause, 120)}</li>`)}</ul>`}
    <button type="button" class="small" onClick=${again}>${t("webhooks.resend")}</button></details>`;
}
