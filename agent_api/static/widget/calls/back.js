// A time to be called back: the visitor chooses one of those that are free. Loaded when they ask for it.

import { h } from "../dom.js";

const CASE_WITHIN = 15_000;
const TRIES = 5;
const PAUSE_MS = 800;

/** title, when, number (optional), book, not now, booked (time), none free, failed, the wish (time). @type {Record<string, string[]>} */
const ALL = {
  en: ["When shall we call you back?", "Time", "Your number (optional)", "Call me then", "Not now", "We will call you back: {time}", "No time is free. Write to us, we will answer.", "That did not work. Choose another time.", "Please call me back: {time}."],
  nl: ["Wanneer zullen we je terugbellen?", "Tijd", "Je nummer (niet verplicht)", "Bel me dan", "Niet nu", "We bellen je terug: {time}", "Er is geen tijd vrij. Schrijf ons, we antwoorden.", "Dat lukte niet. Kies een andere tijd.", "Bel me alsjeblieft terug: {time}."],
  da: ["Hvornår skal vi ringe tilbage?", "Tid", "Dit nummer (valgfrit)", "Ring til mig dér", "Ikke nu", "Vi ringer tilbage: {time}", "Ingen tid er ledig. Skriv til os, så svarer vi.", "Det lykkedes ikke. Vælg en anden tid.", "Ring mig venligst op: {time}."],
  pl: ["Kiedy mamy oddzwonić?", "Czas", "Twój numer (opcjonalnie)", "Zadzwońcie wtedy", "Nie teraz", "Oddzwonimy: {time}", "Nie ma wolnego terminu. Napisz do nas, odpowiemy.", "Nie udało się. Wybierz inny czas.", "Proszę o oddzwonienie: {time}."],
  de: ["Wann sollen wir dich zurückrufen?", "Zeit", "Deine Nummer (freiwillig)", "Ruft mich dann an", "Nicht jetzt", "Wir rufen dich zurück: {time}", "Nichts ist frei. Schreib uns, wir antworten.", "Das ging nicht. Wähle eine andere Zeit.", "Bitte ruft mich zurück: {time}."],
  es: ["¿Cuándo te llamamos?", "Hora", "Tu número (opcional)", "Llamadme entonces", "Ahora no", "Te llamaremos: {time}", "No hay hora libre. Escríbenos y contestaremos.", "No funcionó. Elige otra hora.", "Llamadme, por favor: {time}."],
  ar: ["متى نعاود الاتصال بك؟", "الوقت", "رقمك (اختياري)", "اتصلوا بي حينها", "ليس الآن", "سنعاود الاتصال بك: {time}", "لا وقت متاح. اكتب إلينا وسنجيبك.", "لم ينجح ذلك. اختر وقتًا آخر.", "أرجو معاودة الاتصال بي: {time}."],
};

const CSS = ".call-back select { font: inherit; width: 100%; min-height: 40px; padding: 4px 8px; border-radius: 12px; border: 1px solid var(--soft); background: var(--paper); color: var(--ink); } .call-back { margin-block: 12px; }";

/** Asks for the times, and shows them. @param {import("../view.js").View} view */
export async function callBack(view) {
  const { chat, words } = view;
  const w = ALL[words.tag] ?? ALL.en;
  if (view.root.querySelector(".call-back")) return;
  let items;
  try {
    await chat.session.ensure();
    items = (await chat.session.call("GET", "call-back-slots")).items;
  } catch {
    return view.say(words.failed);
  }
  if (!items.length) return view.say(w[6]);
  const shown = (/** @type {string} */ at) => new Date(at).toLocaleString(words.tag, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const when = h("select", {}, ...items.map((/** @type {any} */ { start }) => h("option", { value: start }, shown(start))));
  const number = h("input", { type: "tel", autocomplete: "tel", maxLength: 30 });
  const said = h("p", { role: "status" });
  const go = h("button", { type: "submit", className: "chip" }, w[3]);
  const form = h("form", { className: "call-back offline", "aria-label": w[0] }, h("b", {}, w[0]), h("label", {}, w[1], when), h("label", {}, w[2], number), said,
    h("div", { className: "chips" }, go, h("button", { type: "button", className: "chip", onclick: () => form.remove() }, w[4])));
  form.onsubmit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      await book(chat, when.value, [w[8].replace("{time}", shown(when.value)), number.value.trim()].filter(Boolean).join(" "));
      form.remove();
      view.say(w[5].replace("{time}", shown(when.value)));
    } catch {
      said.textContent = w[7];
      go.disabled = false;
    }
  };
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  /** @type {ShadowRoot} */ (view.root.getRootNode()).adoptedStyleSheets.push(sheet);
  view.finds.after(form);
  form.scrollIntoView({ block: "nearest" });
}

/** Says the wish first, so that it is in a conversation: a message that came after the promise would end it. @param {import("../chat.js").Chat} chat @param {string} at @param {string} text */
async function book(chat, at, text) {
  await new Promise((/** @type {(value?: any) => void} */ resolve, reject) => {
    const came = (/** @type {any} */ frame) => frame.type === "message" && frame.message.sender === "you" && frame.message.text === text && done(resolve);
    const done = (/** @type {(value?: any) => void} */ how, /** @type {any} */ value = undefined) => {
      clearTimeout(timer);
      chat.off("frame", came);
      how(value);
    };
    const timer = setTimeout(() => done(reject, new Error("no answer")), CASE_WITHIN);
    chat.on("frame", came);
    chat.say({ text });
  });
  // A conversation that was just begun may not have its team yet.
  for (let left = TRIES; ; left--) {
    try {
      return await chat.session.call("POST", "call-back", { body: { at } });
    } catch (error) {
      if (left === 0 || /** @type {any} */ (error).status !== 409) throw error;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}
