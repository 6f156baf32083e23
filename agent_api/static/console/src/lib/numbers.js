// Numbers as people read them.
import { language } from "./i18n.js";

/** A share in whole percent; a dash where there is none. @param {number | null} share */
export function percent(share) {
  return share === null ? "–" : new Intl.NumberFormat(language(), { style: "percent" }).format(share);
}
