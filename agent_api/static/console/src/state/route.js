// Where the page is: the part of the address behind `#`. Nothing but ids stands in it.
import { signal } from "@preact/signals";

/** @typedef {{page: string, id: string | null}} Where */

/** @returns {Where} */
function read() {
  const [page = "inbox", id = null] = location.hash.replace(/^#\/?/, "").split("/");
  return { page: page === "" ? "inbox" : page, id: id === "" ? null : id };
}

export const where = signal(read());

addEventListener("hashchange", () => {
  where.value = read();
});

/** @param {string} page @param {string | null} [id] */
export function href(page, id = null) {
  return id === null ? `#/${page}` : `#/${page}/${id}`;
}

/** @param {string} page @param {string | null} [id] */
export function go(page, id = null) {
  location.hash = href(page, id);
}
