// The call beside the conversation: who rings, who is heard and seen, and what can be done. The focus stays where it is.
import { useSignal } from "@preact/signals";
import { watchPicture } from "frontdesk-client";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { now } from "../lib/time.js";
import { answer, asking, decline, hangUp, ongoing, refusal, rings, start } from "../state/calls.js";
import { channelOf } from "../state/directory.js";
import { tell } from "../state/notices.js";
import * as queue from "../state/queue.js";
import { may } from "../state/session.js";
import { Icon } from "../ui/icon.js";
import { Menu } from "../ui/menu.js";
import { Avatar } from "../ui/parts.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */
/** @typedef {import("frontdesk-client").FrontdeskCall} Link */
/** @typedef {import("../state/calls.js").Ring} Ring */
/** @typedef {import("../state/calls.js").Ongoing} Ongoing */

/** @param {string} id */
function nameOf(id) {
  const contact = queue.cell(id)?.value?.contact;
  return line(contact?.name ?? contact?.address ?? "", 50) || t("calls.somebody");
}

/** What rings here: said at once to who can't see it, without sound. */
export function Rings() {
  return html`<div class="rings" role="alert">${rings.value.map((one) => html`<${Rung} key=${one.id} one=${one} />`)}</div>`;
}

/** @param {{one: Ring}} props */
function Rung({ one }) {
  const name = nameOf(one.conversationId);
  const video = one.kind === "video";
  return html`<section class="offer" aria-label=${t("calls.rings", { name, kind: one.kind })}>
    <p class="offer-who"><${Icon} name=${video ? "camera" : "voice"} /><b dir="auto">${t("calls.rings", { name, kind: one.kind })}</b></p>
    <div class="actions">
      <button type="button" onClick=${() => void decline(one)}>${t("calls.decline")}</button><span class="grow"></span>
      ${video && html`<button type="button" disabled=${asking.value} onClick=${() => void answer(one, "audio")}>${t("calls.answer.audio")}</button>`}
      <button type="button" class="primary" disabled=${asking.value} onClick=${() => void answer(one, one.kind)}>${t("calls.answer")}</button>
    </div>
  </section>`;
}

/** Buttons that call the customer, where their channel can carry it. @param {{conversation: Conversation}} props */
export function CallButtons({ conversation }) {
  if (!channelOf(conversation.channel)?.calls || !may("calls:take") || conversation.status === "resolved") return null;
  const busy = asking.value || ongoing.value !== null;
  return html`${/** @type {const} */ (["audio", "video"]).map((kind) => html`<button type="button" class="ghost square" disabled=${busy} aria-label=${t(`calls.by.${kind}`)} title=${t(`calls.by.${kind}`)} onClick=${() => void start(kind, conversation.id)}><${Icon} name=${kind === "video" ? "camera" : "voice"} /></button>`)}`;
}

/** The pane of the call that goes on here; none without one. */
export function Calling() {
  const one = ongoing.value;
  return one === null ? null : html`<${Pane} key=${one.call.id} one=${one} />`;
}

/** @param {{one: Ongoing}} props */
function Pane({ one }) {
  const { call } = one;
  const name = nameOf(one.conversationId);
  const silent = useSignal(false);
  const seen = useSignal(false);
  const devices = useDevices(call);
  const own = call.screen ?? call.local;
  return html`<section class="calling" aria-label=${t("calls.pane", { name })}>
    <header><h2><bdi>${name}</bdi></h2><p role="status">${call.room !== null ? t("calls.room") : t(`calls.state.${call.state}`)}</p><${Lasted} since=${one.since} /></header>
    <div class=${`stage${seen.value ? "" : " unseen"}`}>
      <${Picture} stream=${call.remote} label=${t("calls.their", { name })} kind="their" blocked=${() => (silent.value = true)} seen=${(/** @type {boolean} */ now) => (seen.value = now)} />
      ${!seen.value && html`<${Avatar} name=${name} id=${one.conversationId} />`}
      ${own.getVideoTracks().some((track) => track.enabled) && html`<${Picture} stream=${own} label=${t("calls.own")} kind=${call.screen === null ? "own turned" : "own"} muted />`}
    </div>
    ${silent.value && html`<button type="button" class="primary" onClick=${(/** @type {Event} */ event) => unblock(event, silent)}>${t("calls.sound")}</button>`}
    <${Controls} one=${one} devices=${devices} />
  </section>`;
}

/** A browser may keep a page silent until it is pressed. @param {Event} event @param {import("@preact/signals").Signal<boolean>} silent */
function unblock(event, silent) {
  const video = /** @type {HTMLElement} */ (event.currentTarget).closest(".calling")?.querySelector("video");
  void video?.play().then(() => (silent.value = false));
}

/** Given what is new for each change: the call itself stays the same. @param {{one: Ongoing, devices: MediaDeviceInfo[]}} props */
function Controls({ one, devices }) {
  const { call } = one;
  const on = (/** @type {"audio" | "video"} */ kind) => call.local.getTracks().some((track) => track.kind === kind && track.enabled);
  const camera = () => (call.local.getVideoTracks().length === 0 ? dared(() => call.use("video", "")) : call.mute("video", on("video")));
  const share = () => dared(() => (call.screen === null ? call.shareScreen() : call.stopSharing()), call.screen === null);
  /** @param {string} label @param {string} icon @param {boolean} pressed @param {() => void} run */
  const toggle = (label, icon, pressed, run) => html`<button type="button" class="square" aria-label=${label} title=${label} aria-pressed=${String(pressed)} onClick=${run}><${Icon} name=${icon} /></button>`;
  return html`<div class="call-controls" role="group" aria-label=${t("calls.controls")}>
    ${toggle(t("calls.mute"), on("audio") ? "mic" : "muted", !on("audio"), () => call.mute("audio", on("audio")))}
    ${toggle(t("calls.camera"), "camera", on("video"), () => void camera())}
    ${"getDisplayMedia" in navigator.mediaDevices && toggle(t("calls.share"), "screen", call.screen !== null, () => void share())}
    <${Menu} label=${t("calls.devices")} icon="gear" id="call-devices" entries=${() => deviceEntries(call, devices)} />
    <span class="grow"></span>
    <button type="button" class="hang-up" aria-label=${t("calls.hangup")} onClick=${() => void hangUp()}><${Icon} name="voice" size=${16} />${t("calls.hangup")}</button>
  </div>`;
}

/** @param {Link} call @param {MediaDeviceInfo[]} devices @returns {import("../ui/menu.js").Entry[]} */
function deviceEntries(call, devices) {
  /** @type {import("../ui/menu.js").Entry[]} */
  const found = [];
  for (const kind of /** @type {const} */ (["audio", "video"])) {
    const used = call.local.getTracks().find((track) => track.kind === kind)?.getSettings().deviceId;
    const some = devices.filter((one) => one.kind === `${kind}input`);
    if (found.length > 0 && some.length > 0) found.push("line");
    for (const [index, { deviceId, label }] of some.entries()) {
      found.push({ label: line(label, 60) || t(`calls.device.${kind}`, { n: index + 1 }), checked: deviceId === used, run: () => void dared(() => call.use(kind, deviceId)) });
    }
  }
  return found;
}

/** Does what needs a device. Who gives up choosing a screen has refused nothing. @param {() => Promise<void>} action @param {boolean} [choosing] */
async function dared(action, choosing = false) {
  try {
    await action();
  } catch (error) {
    if (!choosing || /** @type {Error} */ (error).name !== "NotAllowedError") tell(refusal(error), "bad");
  }
}

/** @param {{stream: MediaStream, label: string, kind: string, muted?: boolean, blocked?: () => void, seen?: (seen: boolean) => void}} props */
function Picture({ stream, label, kind, muted = false, blocked, seen }) {
  const box = useRef(/** @type {HTMLVideoElement | null} */ (null));
  useLayoutEffect(() => {
    const video = /** @type {HTMLVideoElement} */ (box.current);
    video.srcObject = stream;
    video.play().catch((error) => error.name === "NotAllowedError" && blocked?.());
    return seen && watchPicture(video, seen);
  }, [stream]);
  return html`<video ref=${box} class=${kind} aria-label=${label} autoplay playsinline muted=${muted}></video>`;
}

/** What can be chosen of, also when something is plugged in meanwhile. @param {Link} call */
function useDevices(call) {
  const found = useSignal(/** @type {MediaDeviceInfo[]} */ ([]));
  useEffect(() => {
    const media = navigator.mediaDevices;
    const read = () => void media.enumerateDevices().then((all) => (found.value = all), () => {});
    read();
    media.addEventListener("devicechange", read);
    return () => media.removeEventListener("devicechange", read);
  }, [call.local.getTracks().length]);
  return found.value;
}

/** @param {{since: number | null}} props */
function Lasted({ since }) {
  if (since === null) return null;
  const seconds = Math.max(0, Math.round((now.value - since) / 1000));
  return html`<span class="lasted" aria-hidden="true">${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}</span>`;
}
