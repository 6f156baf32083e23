// What the channel makes of an answer: how much room is left, whether the window is open, and what it will change on the way.
import { t } from "../lib/i18n.js";
import { measure } from "../lib/text.js";
import { now, span } from "../lib/time.js";
import { bytes } from "./content.js";

/** @typedef {import("frontdesk-client").Channel} Channel */
/** @typedef {import("frontdesk-client").Conversation} Conversation */

/** The API takes no larger file. */
const UPLOAD_MOST = 16 * 1024 * 1024;
/** From this share on the counter is shown. */
const COUNTED = 0.8;

/** @param {string} text @param {Channel | undefined} channel */
export function room(text, channel) {
  if (channel === undefined) return { shown: false, left: 0, over: false, parts: 1 };
  const used = measure(text, channel.text_unit);
  return {
    shown: used >= channel.text_max * COUNTED,
    left: channel.text_max - used,
    over: used > channel.text_max,
    parts: Math.max(1, Math.ceil(used / channel.text_max)),
  };
}

/** Whether and until when one may write. @param {Conversation} conversation @param {Channel | undefined} channel @returns {{tone: "ok" | "warn" | "bad", text: string} | null} */
export function windowOf(conversation, channel) {
  if (conversation.allowed_now === "nothing") return { tone: "bad", text: t("window.nothing") };
  if (conversation.allowed_now === "template") return { tone: "bad", text: t("window.template") };
  if (conversation.allowed_now === "tag") return { tone: "warn", text: t("window.tag") };
  if (channel?.reply_window_seconds == null || conversation.window_expires_at === null) return null;
  const left = Date.parse(conversation.window_expires_at) - now.value;
  if (left <= 0) return { tone: "warn", text: t("window.closed") };
  return { tone: left < 3_600_000 ? "warn" : "ok", text: t("window.open", { time: span(left) }) };
}

/** What will look different at the customer's. @param {{text: string, buttons: number, files: File[]}} draft @param {Channel | undefined} channel @returns {string[]} */
export function degraded({ text, buttons, files }, channel) {
  if (channel === undefined) return [];
  const found = [];
  const { parts } = room(text, channel);
  if (parts > 1) found.push(t("degrade.split", { n: parts }));
  if (buttons > channel.buttons_max) found.push(channel.buttons_max === 0 ? t("degrade.buttons_text") : t("degrade.buttons_most", { n: channel.buttons_max }));
  if (/[*_~`]\S/.test(text) && channel.markup === "none") found.push(t("degrade.markup"));
  if (channel.visibility === "public") found.push(t("degrade.public"));
  for (const file of files) {
    const kind = kindOf(file.type);
    const most = Math.min(UPLOAD_MOST, channel.media_max_bytes || UPLOAD_MOST);
    if (file.size > most) found.push(t("degrade.too_large", { name: file.name, most: bytes(most) }));
    else if (!channel.media.includes(kind)) found.push(t("degrade.media_link", { name: file.name }));
  }
  return found;
}

/** Whether a file can't be sent at all. @param {File} file @param {Channel | undefined} channel */
export function tooLarge(file, channel) {
  return file.size > Math.min(UPLOAD_MOST, channel?.media_max_bytes || UPLOAD_MOST);
}

/** @param {string} mime @returns {"image" | "video" | "audio" | "file"} */
export function kindOf(mime) {
  const kind = mime.split("/")[0];
  return kind === "image" || kind === "video" || kind === "audio" ? kind : "file";
}
