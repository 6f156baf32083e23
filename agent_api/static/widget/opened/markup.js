// An article's HTML, as the server made it safe, as a tree of a closed list of elements. What isn't on the list is left out: this page
// never hands text to the browser to read as markup.

const TAGS = new Set("a blockquote br code del em h2 h3 h4 hr img li ol p pre s strong table tbody td th thead tr ul video".split(" "));
const VOID = new Set(["br", "hr", "img"]);
const SIGNS = /** @type {Record<string, string>} */ ({ amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0", "#39": "'" });
const PART = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>|([^<]+|<)/g;
const PLACE = /^(?:https|mailto|tel):/;

/** @typedef {{tag: string, href?: string, alt?: string, children: Node[]}} Element */
/** @typedef {string | Element} Node */

/** @param {string} text */
const read = (text) => text.replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (_, name) => SIGNS[name]);

/** @param {string} html @returns {Node[]} */
export function tree(html) {
  const root = /** @type {Element} */ ({ tag: "", children: [] });
  const open = [root];
  for (const [, closes, tag, values, text] of html.matchAll(PART)) {
    const into = open[open.length - 1];
    if (text !== undefined) into.children.push(read(text));
    else if (!TAGS.has(tag)) continue;
    else if (!closes) {
      const element = /** @type {Element} */ ({ tag, children: [] });
      const place = /\s(?:href|src)="([^"]*)"/.exec(values)?.[1];
      if (place !== undefined && PLACE.test(read(place))) element.href = read(place);
      element.alt = read(/\salt="([^"]*)"/.exec(values)?.[1] ?? "");
      into.children.push(element);
      if (!VOID.has(tag)) open.push(element);
    } else if (open.some((one) => one.tag === tag)) while (open.length > 1 && open.pop()?.tag !== tag);
  }
  return root.children;
}
