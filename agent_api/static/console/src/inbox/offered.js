// Offers of work that wait for a yes: who, what, since when, and how long the offer stands. The focus stays where it is.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { now, span } from "../lib/time.js";
import { channelOf, channelTitle, teamName } from "../state/directory.js";
import { connection, onEvent, onRenewal } from "../state/live.js";
import { attempt } from "../state/notices.js";
import { go } from "../state/route.js";
import { api, may, session } from "../state/session.js";
import { ChannelMark, Icon } from "../ui/icon.js";

/** @typedef {import("frontdesk-client").Reservation} Reservation */

const offers = signal(/** @type {Reservation[]} */ ([]));

async function read() {
  if (session.peek()?.me.agent_id == null || !may("reservations:own")) {
    offers.value = [];
    return;
  }
  try {
    const found = await api().listReservations({ query: { state: "offered", limit: 20 } });
    const asked = Date.now();
    // Our clock may be off: what counts is how long the server says that is left.
    offers.value = found.items.map((/** @type {Reservation} */ each) => ({ ...each, expires_at: new Date(asked + each.seconds_left * 1000).toISOString() }));
  } catch {
    // The next event or connection reads them again.
  }
}

onEvent(({ type, data }) => {
  if (type.startsWith("reservation.") && data.agent_id === session.peek()?.me.agent_id) void read();
});
onRenewal(() => void read());

export function Offered() {
  useEffect(() => void (connection.value === "open" && read()), [connection.value]);
  const live = offers.value.filter((offer) => Date.parse(offer.expires_at) > now.value);
  return html`<div class="offered" role="status" aria-live="polite">${live.map((offer) => html`<${One} key=${offer.id} offer=${offer} />`)}</div>`;
}

/** @param {{offer: Reservation}} props */
function One({ offer }) {
  const { conversation: about } = offer;
  const left = Math.max(0, Math.ceil((Date.parse(offer.expires_at) - now.value) / 1000));
  const whole = Date.parse(offer.expires_at) - Date.parse(offer.offered_at);
  const gone = () => (offers.value = offers.peek().filter(({ id }) => id !== offer.id));
  const accept = async () => {
    const taken = await attempt(() => api().acceptReservation({ path: { reservation_id: offer.id } }));
    gone();
    if (taken !== undefined) go("inbox", about.id);
  };
  const decline = async () => {
    await attempt(() => api().declineReservation({ path: { reservation_id: offer.id }, body: {} }));
    gone();
  };
  return html`<section class="offer" aria-label=${t("offer.title")}>
    <h2>${t("offer.title")}</h2>
    <p class="offer-who"><${ChannelMark} kind=${channelOf(about.channel)?.channel_class ?? "messaging"} /><b dir="auto">${line(about.contact_name ?? channelTitle(about.channel), 50)}</b></p>
    <p class="quiet">${channelTitle(about.channel)} · ${teamName(about.team_id)}${about.waiting_since && html` · ${t("offer.waits", { time: span(now.value - Date.parse(about.waiting_since)) })}`}</p>
    <progress max="100" value=${Math.min(100, (left * 100_000) / Math.max(1, whole))} aria-label=${t("offer.left", { n: left })}></progress>
    <div class="actions"><span class="quiet" aria-hidden="true">${t("offer.left", { n: left })}</span><span class="grow"></span>
      <button type="button" onClick=${decline}>${t("offer.decline")}</button>
      <button type="button" class="primary" onClick=${accept}><${Icon} name="check" size=${16} />${t("offer.accept")}</button></div>
  </section>`;
}
