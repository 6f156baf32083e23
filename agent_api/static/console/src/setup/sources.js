// Systems of the company's that are asked about a customer while an agent looks.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { coded, t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { api } from "../state/session.js";
import { Dialog, FormDialog } from "../ui/dialog.js";
import { explained } from "../state/notices.js";
import { Field, TextField } from "../ui/parts.js";
import { Open, Remove, Section } from "./section.js";
import { linesOf } from "./tenant.js";

/** @typedef {import("frontdesk-client").ContextSource} Source */
/** @typedef {() => Promise<void>} Load */

const TONES = /** @type {Record<string, string>} */ ({ closed: "ok", half_open: "warn", open: "bad" });

export function Sources() {
  return html`<${Section}
    name="sources" read=${async () => (await api().listContextSources()).items} form=${(/** @type {Load} */ load) => html`<${Add} done=${load} />`}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Source} */ one) => line(one.name, 80) },
      { head: "URL", cell: (/** @type {Source} */ one) => html`<code class="code" dir="ltr">${line(one.url, 160)}</code>` },
      { head: t("sources.fields"), cell: (/** @type {Source} */ one) => Object.keys(one.fields).join(", ") },
      { head: t("sources.ttl"), n: true, cell: (/** @type {Source} */ one) => one.ttl_seconds },
      { head: t("field.state"), cell: (/** @type {Source} */ { circuit = "closed" }) => html`<span class=${`chip ${TONES[circuit]}`}>${t(`sources.circuit.${circuit}`)}</span>` },
    ]}
    actions=${(/** @type {Source} */ one, /** @type {Load} */ load) => html`
      <${Open} label=${t("sources.try")} of=${one.name} dialog=${() => html`<${Try} source=${one} />`} />
      <${Remove} of=${one.name} remove=${() => api().removeContextSource({ path: { source_id: one.id } })} done=${load} />`}
  />`;
}

/** @param {{done: Load}} props */
function Add({ done }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const pairs = linesOf(data, "fields").map((row) => row.split("=").map((part) => part.trim()));
    const body = {
      name: String(data.get("name")),
      url: String(data.get("url")),
      header_name: String(data.get("header_name")) || null,
      header_value: String(data.get("header_value")) || null,
      items: String(data.get("items")) || null,
      fields: Object.fromEntries(pairs.map(([name, pointer]) => [name, pointer ?? ""])),
      ttl_seconds: Number(data.get("ttl_seconds")),
    };
    await api().addContextSource({ body });
    await done();
  };
  return html`<${FormDialog} title=${t("sources.add")} action=${t("action.add")} save=${save} wide>
    <${Field} label=${t("field.name")} name="name" required dir="auto" />
    <${Field} label="URL" name="url" required placeholder="https://" hint=${t("sources.url.more", { customer: "{customer_id}", contact: "{contact_id}" })} />
    <div class="pair"><${Field} label=${t("sources.header")} name="header_name" placeholder="Authorization" /><${Field} label=${t("sources.value")} name="header_value" type="password" autocomplete="off" hint=${t("channels.config.kept")} /></div>
    <${Field} label=${t("sources.items")} name="items" placeholder="/orders" hint=${t("sources.items.more")} />
    <${TextField} label=${t("sources.fields")} name="fields" required hint=${t("sources.fields.more")} placeholder="number=/number" />
    <${Field} label=${t("sources.ttl")} name="ttl_seconds" type="number" min="10" max="86400" value="300" required />
  <//>`;
}

/** @param {{source: Source}} props */
function Try({ source }) {
  const said = useSignal(/** @type {import("frontdesk-client").TriedContextSource | null} */ (null));
  const fault = useSignal("");
  const busy = useSignal(false);
  /** @param {any} event */
  const ask = async (event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    fault.value = "";
    said.value = null;
    try {
      said.value = await api().tryContextSource({ path: { source_id: source.id }, body: { customer_id: String(new FormData(event.currentTarget).get("customer")) } });
    } catch (error) {
      fault.value = explained(error);
    } finally {
      busy.value = false;
    }
  };
  const found = said.value;
  return html`<${Dialog} title=${`${t("sources.try")}: ${source.name}`} wide>
    <form class="stack" onSubmit=${ask}><${Field} label=${t("sources.customer")} name="customer" required hint=${t("sources.customer.more")} />
      <div class="actions"><button type="submit" class="primary" disabled=${busy.value}>${t("sources.try")}</button></div></form>
    <div role="status" class="stack">${fault.value !== "" && html`<p class="fault">${fault.value}</p>`}
      ${found !== null && html`<p><span class=${`chip ${found.fault === null ? "ok" : "bad"}`}>${found.status ?? "–"}</span> ${found.fault !== null && coded("sources.fault", found.fault)} ${t("sources.took", { n: found.took_ms })} ${!found.in_time && html`<span class="chip warn">${t("sources.late")}</span>`}</p>
        ${found.fault === null && found.items.length === 0 && html`<p class="quiet">${t("sources.nothing")}</p>`}
        <ul class="lines">${found.items.map((item) => html`<li>${Object.entries(item).map(([name, text]) => html`<span><b dir="auto">${line(name, 60)}</b>: <bdi>${line(text, 200)}</bdi></span>`)}</li>`)}</ul>`}</div>
  <//>`;
}
