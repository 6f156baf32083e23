// What an opened chat has more: search, other channels, buttons for calls.

import { h, icon } from "../dom.js";
import { bar } from "./bar.js";
import { find } from "./finder.js";
import { searchWords } from "./words.js";

export const PHONE = "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1";
const LATER = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7.5V12l3 2";
export const CAMERA = "M3 6h12v12H3zM15 10.5l6-3.5v10l-6-3.5";

const CSS = ".way { display: block; color: inherit; text-decoration: none; } .tools { display: flex; gap: 6px; } .call, .call:hover { color: var(--on-accent); background: rgb(0 0 0 / .14); } @media (max-width: 480px) { .chat:has(.call:not([hidden])) .faces { display: none; } } .call:focus-visible { outline-color: var(--on-accent); }";

/** @param {import("../view.js").View} view @returns {(frame: any) => void} Takes every frame of the socket. */
export function opened(view) {
  const { chat, words } = view;
  find(view.finds, chat, words, () => view.compose());
  void bar(view);
  /** @type {Promise<import("../calls/calls.js").Calling> | null} */
  let calls = null;
  const calling = () => (calls ??= import("../calls/calls.js").then(({ Calling }) => new Calling(view)));
  const w = searchWords(words.tag);
  const [voice, video] = /** @type {const} */ ([["audio", PHONE, w.call], ["video", CAMERA, w.video]]).map(([kind, path, label]) =>
    h("button", { type: "button", className: "tool call", "aria-label": label, title: label, hidden: true, onclick: () => void calling().then((it) => it.start(kind)) }, icon(path)));
  const later = h("button", { type: "button", className: "tool call", "aria-label": w.later, title: w.later, hidden: true }, icon(LATER));
  later.onclick = () => void import("../calls/back.js").then(({ callBack }) => callBack(view));
  view.tools.append(voice, video, later);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  /** @type {ShadowRoot} */ (view.root.getRootNode()).adoptedStyleSheets.push(sheet);
  const show = (/** @type {any} */ desk) => {
    const able = isSecureContext && Boolean(navigator.mediaDevices) && desk?.state === "online";
    voice.hidden = !able || !/audio|video/.test(desk.look.calls);
    later.hidden = !desk?.look.call_backs;
    video.hidden = !able || desk.look.calls !== "video";
  };
  chat.on("desk", show);
  show(chat.desk);
  return (frame) => {
    const about = frame.type.startsWith("call") && isSecureContext && navigator.mediaDevices;
    if (calls || about) void calling().then((it) => it.take(frame));
  };
}
