// The little that is needed to build a page by hand. Texts are only ever set as text: nothing here reads markup.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  chat: "M12 3c5 0 9 3.4 9 7.7s-4 7.8-9 7.8c-1 0-2-.1-2.9-.4L4.5 20.4l1.1-3.7C4 15.2 3 13.1 3 10.7 3 6.4 7 3 12 3Z",
  close: "m6 6 12 12M18 6 6 18",
  send: "m4 12 16-8-5 16-3.5-6.5L4 12Zm7.5 1.5L20 4",
  clip: "m20 11-8.3 8.2a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.2 8.2a1.7 1.7 0 0 1-2.4-2.4L14.5 7",
  mic: "M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3ZM6 11.5a6 6 0 0 0 12 0M12 17.5V21",
  stop: "M7 7h10v10H7z",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  star: "m12 3.5 2.6 5.4 5.9.800-4.3 4.1 1.1 5.9L12 16.9l-5.3 2.8 1.1-5.9L3.5 9.7l5.9-.800z",
  down: "m6 9 6 6 6-6",
};

/**
 * An element with properties, attributes (`aria-…`, `data-…`, `role` and the like), listeners (`onclick`) and children.
 * @param {string} tag
 * @param {Record<string, any>} [values]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function h(tag, values = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === false) continue;
    if (name in element && !name.includes("-")) /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter((child) => child || child === "")));
  return element;
}

/** @param {string} name One of ICONS, or a path of its own. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[/** @type {keyof typeof ICONS} */ (name)] ?? name);
  svg.append(path);
  return svg;
}

/**
 * A link's address if it leads to a page or a file, else null: no scripts, no other programs.
 * @param {unknown} url
 */
export function safeUrl(url) {
  try {
    const parsed = new URL(String(url));
    return parsed.protocol === "https:" || parsed.protocol === "http:" ? parsed.href : null;
  } catch {
    return null;
  }
}

/** Whether black or white is read better on a colour `#rrggbb` (WCAG 2.2, relative luminance).
 * @param {string} colour
 */
export function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#fff" : "#111";
}
