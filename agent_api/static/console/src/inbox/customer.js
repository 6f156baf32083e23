// What is known of the customer: orders and parcels, loyalty, promises, consents, and what systems say that are asked.
// One call brings all; a part that could not be read says so, and keeps nothing else back.
import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { language, t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { moment } from "../lib/time.js";
import { api } from "../state/session.js";
import { Card } from "../ui/parts.js";
import { useRead } from "../ui/read.js";

/** @typedef {import("frontdesk-client").CustomerContext} CustomerContext */
/** @typedef {import("frontdesk-client").ShownOrder} Order */
/** @typedef {import("frontdesk-client").ShownShipment} Shipment */
/** @typedef {import("frontdesk-client").SourceAnswer} SourceAnswer */
/** @typedef {{state: string, as_of: string | null}} Part */

const PARTS = /** @type {const} */ (["orders", "loyalty", "promises", "satisfaction", "consents"]);
/** A part that failed is asked for again, in milliseconds. */
const AGAIN = 3000;

/** @param {{id: string, turn: unknown}} props */
export function Customer({ id, turn }) {
  const { value, fault, load } = useRead(() => api().getContactContext({ path: { contact_id: id } }), [id, turn]);
  const context = /** @type {CustomerContext | null} */ (value.value);
  useEffect(() => {
    if (context === null || !PARTS.some((name) => context[name].state === "failed")) return undefined;
    const timer = setTimeout(() => void load(), AGAIN);
    return () => clearTimeout(timer);
  }, [context]);
  if (context === null) return html`<${Card} title=${t("customer.orders")} fault=${fault.value} />`;
  const { orders, loyalty, promises, satisfaction, consents, sources } = context;
  return html`<${Card} title=${t("customer.orders")}>
      ${orders.items.length + orders.parcels.length === 0 && orders.state !== "failed" && html`<p class="quiet">${t("customer.orders.none")}</p>`}
      ${orders.items.map((order) => html`<${OneOrder} key=${order.id} order=${order} />`)}
      ${orders.parcels.map((parcel) => html`<${Parcel} key=${parcel.id} parcel=${parcel} />`)}
      <${Freshness} part=${orders} />
    <//>
    ${isWorth(loyalty) && html`<${Card} title=${t("customer.loyalty")}>
      <ul class="lines">${loyalty.items.map((one) => html`<li><span class="chip" dir="auto">${line(one.tier, 60)}</span>${one.points !== null && html`<span>${t("customer.points", { count: one.points })}</span>`}</li>`)}</ul>
      <${Freshness} part=${loyalty} />
    <//>`}
    ${isWorth(promises) && html`<${Card} title=${t("customer.promises")}>
      <ul class="lines">${promises.items.map((one) => html`<li><span dir="auto">${line(one.text, 200)}</span>${one.due_at !== null && html` <small>${t("customer.due", { time: moment(one.due_at) })}</small>`}${one.overdue && html` <span class="chip bad">${t("customer.overdue")}</span>`}</li>`)}</ul>
      <${Freshness} part=${promises} />
    <//>`}
    ${satisfaction.average !== null && html`<${Card} title=${t("customer.satisfaction")}><p>${t("customer.rated", { average: satisfaction.average, count: satisfaction.count })}</p><//>`}
    ${(isWorth(consents) || consents.opted_out.length > 0) && html`<${Card} title=${t("customer.consents")} open=${false}>
      <ul class="lines">
        ${consents.opted_out.map((one) => html`<li><span class="chip bad">${t("customer.consent.withdrawn")}</span> <bdi>${line(one.address, 60)}</bdi> <small>${moment(one.at)}${one.word !== null && html` · <bdi>${line(one.word, 40)}</bdi>`}</small></li>`)}
        ${consents.items.map((one) => html`<li><span class=${one.state === "given" ? "chip" : "chip bad"}>${t(`customer.consent.${one.state}`)}</span> <span dir="auto">${line(one.purpose, 60)}</span> <small>${moment(one.at)} · <bdi>${line(one.proof, 80)}</bdi></small></li>`)}
      </ul>
      <${Freshness} part=${consents} />
    <//>`}
    ${sources.items.map((source) => html`<${Source} key=${source.id} source=${source} />`)}`;
}

/** A part without anything to say takes no room; one that failed says that. @param {Part & {items: unknown[]}} part */
function isWorth(part) {
  return part.items.length > 0 || part.state === "failed";
}

/** @param {{part: Part}} props */
function Freshness({ part }) {
  const words = t(`customer.state.${part.state}`, { time: part.as_of === null ? "" : moment(part.as_of) });
  return html`<p class=${part.state === "fresh" ? "freshness" : "freshness late"}>${words}</p>`;
}

/** @param {{order: Order}} props */
function OneOrder({ order }) {
  const things = order.lines.map((one) => (one.quantity === 1 ? one.title : `${one.quantity} × ${one.title}`)).join(", ");
  return html`<div class="order">
    <div class="order-head"><${Link} url=${order.url} text=${order.number ?? order.id} /><span class="chip" dir="auto">${line(order.state, 60)}</span></div>
    ${things !== "" && html`<p dir="auto">${line(things, 200)}</p>`}
    <dl class="facts">
      ${order.placed_at !== null && html`<dt>${t("customer.placed")}</dt><dd>${moment(order.placed_at)}</dd>`}
      ${order.promised_at !== null && html`<dt>${t("customer.promised")}</dt><dd>${moment(order.promised_at)}</dd>`}
      ${order.total_minor !== null && html`<dt>${t("customer.total")}</dt><dd>${money(order.total_minor, order.currency)}</dd>`}
    </dl>
    ${order.shipments.map((parcel) => html`<${Parcel} key=${parcel.id} parcel=${parcel} />`)}
  </div>`;
}

/** A parcel with what the carrier said of it, the newest first. @param {{parcel: Shipment}} props */
function Parcel({ parcel }) {
  return html`<div class="parcel">
    <div class="order-head"><span dir="auto">${line(parcel.carrier ?? t("customer.parcel"), 60)}</span><${Link} url=${parcel.tracking_url} text=${parcel.tracking_number ?? parcel.id} /><span class="chip" dir="auto">${line(parcel.state, 60)}</span></div>
    ${parcel.expected_at !== null && html`<p>${t("customer.expected", { time: moment(parcel.expected_at) })}</p>`}
    ${parcel.track.length > 0 && html`<ol class="track">${parcel.track.map((point) => html`<li><span dir="auto">${line(point.state, 60)}</span>${point.place !== null && html` · <span dir="auto">${line(point.place, 60)}</span>`} <small>${moment(point.at)}</small></li>`)}</ol>`}
  </div>`;
}

/** @param {{source: SourceAnswer}} props */
function Source({ source }) {
  return html`<${Card} title=${line(source.name, 80)}>
    ${source.items.map((item) => html`<dl class="facts">${Object.entries(item).map(([name, content]) => html`<dt dir="auto">${line(name, 40)}</dt><dd dir="auto">${line(content, 200)}</dd>`)}</dl>`)}
    <${Freshness} part=${source} />
  <//>`;
}

/** Leads where a company's system said, in a page of its own that learns nothing of this one. @param {{url: string | null, text: string}} props */
function Link({ url, text }) {
  const shown = html`<bdi>${line(text, 60)}</bdi>`;
  return url !== null && /^https?:\/\//.test(url) ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${shown}</a>` : shown;
}

/** @param {number} minor @param {string | null} currency */
function money(minor, currency) {
  if (currency === null || !/^[A-Z]{3}$/.test(currency)) return new Intl.NumberFormat(language()).format(minor / 100);
  const format = new Intl.NumberFormat(language(), { style: "currency", currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
