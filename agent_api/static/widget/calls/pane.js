// The call that goes on in the chat: pictures of both sides, and buttons.

import { watchPicture } from "../../client/call.js";
import { h, icon } from "../dom.js";
import { CAMERA, PHONE } from "../opened/opened.js";

/** @typedef {import("../../client/call.js").FrontdeskCall} Link */

const MIC = "M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3ZM6 11.5a6 6 0 0 0 12 0M12 17.5V21";
const SCREEN = "M3 5h18v11H3zM8 20h8M12 16v4M12 13V8M9.5 10 12 7.5l2.5 2.5";

const CSS = `
.ring, .call-pane { padding: 12px 14px; display: grid; gap: 10px; background: var(--theirs); border-block-end: 1px solid var(--line); }
.ring p { font-weight: 600; }
.ring-does, .call-does { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; }
.chip.yes { background: #146c3f; border-color: #146c3f; color: #fff; }
.stage { position: relative; height: 210px; border-radius: 16px; overflow: hidden; background: #10151c; display: grid; place-items: center; color: #fff; }
.stage .their { position: absolute; inset: 0; width: 100%; height: 100%; max-width: none; object-fit: contain; border-radius: 0; }
.stage.unseen .their { opacity: 0; }
.stage:not(.unseen) > svg { display: none; }
.stage > svg { width: 44px; height: 44px; }
.stage .own { position: absolute; inset-block-end: 8px; inset-inline-end: 8px; width: 30%; border-radius: 10px; border: 2px solid rgb(255 255 255 / .8); }
.stage .turned { transform: scaleX(-1); }
.call-does .tool { background: var(--paper); color: var(--ink); border: 1px solid var(--line); }
.call-does .tool[aria-pressed="true"] { background: var(--ink); color: var(--paper); }
.call-does .tool.end { margin-inline-start: auto; background: #b01f16; color: #fff; border-color: transparent; }
.call-does .end svg { rotate: 135deg; }
.call-does select { max-width: 100%; flex: 1 1 100%; font: inherit; min-height: 36px; border-radius: 12px; border: 1px solid var(--soft); background: var(--paper); color: var(--ink); padding: 4px 8px; }`;

/** @param {ShadowRoot} root */
export function style(root) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets.push(sheet);
}

export class Pane {
  /** @param {Link} call @param {Record<string, string>} words @param {(error: any) => void} refused */
  constructor(call, words, refused) {
    this.call = call;
    this._words = words;
    this._refused = refused;
    /** The devices that are listed now. */
    this._told = "";
    this._state = h("p", { role: "status" });
    this._their = h("video", { className: "their", autoplay: true, playsInline: true, "aria-label": words.their });
    this._own = h("video", { className: "own", autoplay: true, playsInline: true, muted: true, "aria-label": words.own });
    this._stage = h("div", { className: "stage unseen" }, icon(PHONE), this._their, this._own);
    this._sound = h("button", { type: "button", className: "chip", hidden: true, onclick: () => this._play() }, words.sound);
    const mute = this._tool(MIC, words.mute, () => call.mute("audio", this._on("audio")));
    const camera = this._tool(CAMERA, words.camera, () => (call.local.getVideoTracks().length ? call.mute("video", this._on("video")) : this._dare(() => call.use("video", ""))));
    const share = this._tool(SCREEN, words.share, () => this._dare(() => (call.screen ? call.stopSharing() : call.shareScreen()), !call.screen));
    share.hidden = !("getDisplayMedia" in navigator.mediaDevices);
    const end = this._tool(PHONE, words.end, () => void call.hangUp().catch(() => {}));
    end.classList.add("end");
    this._pressed = /** @type {const} */ ([[mute, () => !this._on("audio")], [camera, () => this._on("video")], [share, () => Boolean(call.screen)]]);
    this._devices = h("select", { "aria-label": words.devices, onchange: () => this._chosen() });
    this.element = h("section", { className: "call-pane", "aria-label": words.pane }, this._state, this._stage, this._sound,
      h("div", { className: "call-does" }, mute, camera, share, end, this._devices));
    navigator.mediaDevices.addEventListener("devicechange", this._list);
    this._unwatch = watchPicture(this._their, (seen) => this._stage.classList.toggle("unseen", !seen));
    this.draw();
  }

  /** @param {string} path @param {string} label @param {() => void} onclick */
  _tool(path, label, onclick) {
    return h("button", { type: "button", className: "tool", "aria-label": label, title: label, onclick }, icon(path));
  }

  /** @param {"audio" | "video"} kind */
  _on(kind) {
    return this.call.local.getTracks().some((track) => track.kind === kind && track.enabled);
  }

  /** Who gives up choosing a screen has refused nothing. @param {() => Promise<void>} action @param {boolean} [choosing] */
  _dare(action, choosing = false) {
    action().catch((error) => (choosing && error.name === "NotAllowedError") || this._refused(error));
  }

  /** Shows the call as it is now. */
  draw() {
    const { call, _words: w } = this;
    const state = call.room ? w.room : w[call.state];
    if (this._state.textContent !== state) this._state.textContent = state;
    if (this._their.srcObject !== call.remote) this._their.srcObject = call.remote;
    const own = call.screen ?? call.local;
    if (this._own.srcObject !== own) this._own.srcObject = own;
    this._own.hidden = !own.getVideoTracks().some((track) => track.enabled);
    this._own.classList.toggle("turned", !call.screen);
    for (const [tool, pressed] of this._pressed) tool.setAttribute("aria-pressed", String(pressed()));
    if (call.remote.getTracks().length) this._play();
    void this._list();
  }

  /** A browser may keep a page silent until it is pressed. */
  _play() {
    this._their.play().then(() => (this._sound.hidden = true), (/** @type {Error} */ error) => (this._sound.hidden = error.name !== "NotAllowedError"));
  }

  _list = async () => {
    const all = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind !== "audiooutput");
    const told = JSON.stringify(all);
    if (this._told === told) return;
    this._told = told;
    const label = h("option", { value: "", selected: true }, this._words.devices);
    this._devices.replaceChildren(label, ...all.map((one, index) => h("option", { value: `${one.kind === "audioinput" ? "audio" : "video"} ${one.deviceId}` }, one.label || `${index + 1}`)));
  };

  _chosen() {
    const [kind, id] = this._devices.value.split(" ");
    if (kind) this._dare(() => this.call.use(/** @type {any} */ (kind), id ?? ""));
  }

  /** Takes the pane away. */
  remove() {
    this._unwatch();
    navigator.mediaDevices.removeEventListener("devicechange", this._list);
    this.element.remove();
  }
}
