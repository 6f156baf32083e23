// Where the customer writes, and sends pictures, files and voice notes.

import { h, icon } from "./dom.js";

const TEXT_MAX = 10_000;
const FILE_MAX = 16 * 1024 * 1024;
const VOICE_MOST_MS = 5 * 60_000;
const RECORDINGS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export class Composer {
  /** @param {import("./chat.js").Chat} chat @param {any} words @param {(text: string) => void} warn */
  constructor(chat, words, warn) {
    this._chat = chat;
    this._words = words;
    this._warn = warn;
    this.text = h("textarea", { rows: 1, maxLength: TEXT_MAX, placeholder: words.placeholder, "aria-label": words.message, dir: "auto", enterKeyHint: "send" });
    this._send = this._button("send", words.send, "submit");
    this._files = h("input", { type: "file", multiple: true, className: "hidden", tabIndex: -1, "aria-hidden": "true" });
    const clip = this._button("clip", words.attach);
    clip.onclick = () => this._files.click();
    this._mic = this._button("mic", words.record);
    this._mic.onclick = () => void this._record();
    this._clock = h("span", { className: "clock", role: "timer" });
    this._cancel = this._button("bin", words.discard);
    this._bar = h("div", { className: "recording", hidden: true }, this._cancel, h("span", { className: "dot" }), this._clock);
    this.element = h("form", { className: "composer" }, this._bar, this._files, clip, this.text, this._mic, this._send);
    this._listen();
  }

  focus() {
    this.text.focus({ preventScroll: true });
  }

  /** @param {any} name @param {string} label @param {string} [type] */
  _button(name, label, type = "button") {
    return h("button", { type, className: `tool ${name}`, "aria-label": label, title: label }, icon(name));
  }

  _listen() {
    const { element, text } = this;
    element.onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      if (this._recorder) this._recorder.stop();
      else this._say();
    };
    text.oninput = () => {
      this._grow();
      if (text.value.trim()) this._chat.typing();
    };
    text.onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      element.requestSubmit();
    };
    this._files.onchange = () => {
      void this.sendFiles([...this._files.files]);
      this._files.value = "";
    };
    text.onpaste = (/** @type {ClipboardEvent} */ event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      void this.sendFiles(files);
    };
  }

  _say() {
    const words = this.text.value.trim();
    if (!words) return;
    this._chat.say({ text: words });
    this.text.value = "";
    this._grow();
    this.focus();
  }

  _grow() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 140)}px`;
    this.element.classList.toggle("full", Boolean(this.text.value.trim()));
  }

  /** @param {File[]} files */
  async sendFiles(files) {
    for (const file of files) {
      if (file.size > FILE_MAX) this._warn(this._words.tooLarge);
      else await this._sent(file, file.name || "file", kindOf(file.type));
    }
  }

  /** @param {Blob} file @param {string} name @param {string} kind */
  async _sent(file, name, kind) {
    this.element.classList.add("busy");
    try {
      await this._chat.sendFile(file, name, kind);
    } catch {
      this._warn(this._words.notUploaded);
    } finally {
      this.element.classList.remove("busy");
    }
  }

  async _record() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      this._warn(this._words.noMicrophone);
      return;
    }
    const type = RECORDINGS.find((one) => MediaRecorder.isTypeSupported(one));
    const recorder = (this._recorder = new MediaRecorder(stream, type ? { mimeType: type } : {}));
    /** @type {Blob[]} */
    const parts = [];
    let kept = true;
    const began = Date.now();
    const tick = setInterval(() => this._tick(Date.now() - began), 250);
    this._cancel.onclick = () => {
      kept = false;
      recorder.stop();
    };
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onstop = () => {
      clearInterval(tick);
      stream.getTracks().forEach((track) => track.stop());
      this._recorder = null;
      this._show(false);
      const voice = new Blob(parts, { type: recorder.mimeType });
      if (kept && voice.size) void this._sent(voice, `voice.${voice.type.includes("mp4") ? "m4a" : "webm"}`, "voice");
    };
    this._show(true);
    this._tick(0);
    recorder.start();
  }

  /** @param {number} ms */
  _tick(ms) {
    const seconds = Math.floor(ms / 1000);
    this._clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (ms >= VOICE_MOST_MS) this._recorder?.stop();
  }

  /** @param {boolean} recording */
  _show(recording) {
    this._bar.hidden = !recording;
    this.element.classList.toggle("records", recording);
    (recording ? this._send : this.text).focus();
  }
}

/** @param {string} type */
function kindOf(type) {
  const [kind] = type.split("/");
  return kind === "image" || kind === "video" || kind === "audio" ? kind : "file";
}
