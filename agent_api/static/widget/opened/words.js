// Words of the search, of all languages at once: this is loaded only once a chat is opened.

/** label, nothing found, back, did it help, yes, no, thanks, a human, answers, picture, here now, call, video call, other ways, chat here, at once, call back. @type {Record<string, string[]>} */
const ALL = {
  en: ["Search for an answer", "Nothing found. Ask us below.", "Back", "Did this help?", "Yes", "No", "Thank you!", "Ask a person", "Answers", "Picture or video", "Somebody is here now", "Call us", "Video call", "Other ways to reach us", "Chat here", "answers at once", "Ask to be called back"],
  nl: ["Zoek een antwoord", "Niets gevonden. Vraag het ons hieronder.", "Terug", "Heeft dit geholpen?", "Ja", "Nee", "Dank je wel!", "Vraag het iemand", "Antwoorden", "Beeld of video", "Er is nu iemand", "Bel ons", "Videobellen", "Andere manieren om ons te bereiken", "Hier chatten", "antwoordt meteen", "Vraag om teruggebeld te worden"],
  da: ["Søg efter et svar", "Intet fundet. Spørg os herunder.", "Tilbage", "Hjalp det?", "Ja", "Nej", "Tak!", "Spørg et menneske", "Svar", "Billede eller video", "Der er nogen her nu", "Ring til os", "Videoopkald", "Andre måder at nå os på", "Chat her", "svarer med det samme", "Bed om at blive ringet op"],
  pl: ["Szukaj odpowiedzi", "Nic nie znaleziono. Zapytaj nas poniżej.", "Wstecz", "Czy to pomogło?", "Tak", "Nie", "Dziękujemy!", "Zapytaj człowieka", "Odpowiedzi", "Obraz lub film", "Ktoś jest teraz na miejscu", "Zadzwoń do nas", "Rozmowa wideo", "Inne sposoby kontaktu", "Czat tutaj", "odpowiada od razu", "Poproś o oddzwonienie"],
  de: ["Nach einer Antwort suchen", "Nichts gefunden. Frag uns unten.", "Zurück", "Hat das geholfen?", "Ja", "Nein", "Danke!", "Einen Menschen fragen", "Antworten", "Bild oder Video", "Es ist gerade jemand da", "Ruf uns an", "Videoanruf", "Andere Wege zu uns", "Hier chatten", "antwortet sofort", "Um Rückruf bitten"],
  es: ["Buscar una respuesta", "No hay nada. Pregúntanos abajo.", "Volver", "¿Te sirvió?", "Sí", "No", "¡Gracias!", "Preguntar a una persona", "Respuestas", "Imagen o vídeo", "Hay alguien ahora", "Llámanos", "Videollamada", "Otras formas de contactarnos", "Chatear aquí", "responde enseguida", "Pedir que te llamen"],
  ar: ["ابحث عن جواب", "لم يوجد شيء. اسألنا أدناه.", "رجوع", "هل أفادك هذا؟", "نعم", "لا", "شكرًا لك!", "اسأل شخصًا", "الأجوبة", "صورة أو فيديو", "يوجد أحد هنا الآن", "اتصل بنا", "مكالمة فيديو", "طرق أخرى للتواصل معنا", "المحادثة هنا", "يجيب فورًا", "اطلب معاودة الاتصال"],
};
const NAMES = /** @type {const} */ (["label", "nothing", "back", "helped", "yes", "no", "thanks", "human", "answers", "picture", "here", "call", "video", "ways", "chat", "atOnce", "later"]);

/** @param {string} tag @returns {Record<typeof NAMES[number], string>} */
export function searchWords(tag) {
  return /** @type {any} */ (Object.fromEntries(NAMES.map((name, index) => [name, (ALL[tag] ?? ALL.en)[index]])));
}
