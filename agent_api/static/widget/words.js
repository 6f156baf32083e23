// The chat's own words. English is complete; each language has its file, so that a page loads two at most.

const LANGUAGES = ["en", "nl", "da", "pl", "de", "es", "ar"];

/** @param {string} tag The page's language: a tag of BCP 47. */
export async function wordsFor(tag) {
  const language = LANGUAGES.find((one) => one === tag.toLowerCase().split(/[-_]/)[0]) ?? "en";
  const { words } = await import(`./words/${language}.js`);
  const span = spanIn(language);
  const format = { weekday: "long", hour: "2-digit", minute: "2-digit" };
  return {
    ...words,
    tag: language,
    dir: language === "ar" ? "rtl" : "ltr",
    /** @param {number} low @param {number} high Seconds. */
    wait: (low, high) => words.answersIn.replace("{span}", span(low, high)),
    /** @param {string | null} at */
    closed: (at) =>
      at ? words.opensAt.replace("{time}", new Date(at).toLocaleString(language, /** @type {any} */ (format))) : words.closedNow,
    /** @param {number} many */
    unread: (many) => words.unreadMany.replace("{many}", many.toLocaleString(language)),
    /** @param {number} many */
    stars: (many) => words.starsOf.replace("{many}", many.toLocaleString(language)),
  };
}

/** "1–3 minutes": the unit of the longer end, in the language's own plural. @param {string} language */
function spanIn(language) {
  return (/** @type {number} */ low, /** @type {number} */ high) => {
    const [size, unit] = high < 60 ? [1, "second"] : high < 5400 ? [60, "minute"] : [3600, "hour"];
    const most = Math.max(1, Math.ceil(high / size));
    const least = Math.min(most, Math.max(1, Math.round(low / size)));
    const said = new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(most);
    return least === most ? said : `${least.toLocaleString(language)}–${said}`;
  };
}
