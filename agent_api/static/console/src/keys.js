// Shortcuts: Ctrl+K everywhere; single keys outside of fields, unless the reader has switched them off (WCAG 2.1.4).
import { commands } from "./commands.js";
import { Palette } from "./palette.js";
import { html } from "./html.js";
import { prefs } from "./state/prefs.js";
import { session } from "./state/session.js";
import { closeDialog, opened, openDialog } from "./ui/dialog.js";

/** So long a first key such as `g` waits for its second. */
const PAIR = 1200;
let first = "";
let timer = 0;

export function listenForKeys() {
  addEventListener("keydown", (event) => {
    if (session.peek() === null || event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (opened.peek() === null) openDialog(() => html`<${Palette} />`);
      else closeDialog();
    } else if (prefs.peek().keys && opened.peek() === null && !written(event)) single(event);
  });
}

/** Whether the key belongs to a field, or to a shortcut of the browser. @param {KeyboardEvent} event */
function written(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const field = target.closest("input, textarea, select, [contenteditable], [role=menu]") !== null;
  return field || event.ctrlKey || event.metaKey || event.altKey;
}

/** @param {KeyboardEvent} event */
function single(event) {
  const own = event.shiftKey && /^\p{L}$/u.test(event.key) ? `shift+${event.key.toLowerCase()}` : event.key;
  const key = first === "" ? own : `${first} ${own}`;
  const all = commands();
  clearTimeout(timer);
  first = "";
  const found = all.find((command) => command.key === key);
  if (found !== undefined) {
    event.preventDefault();
    found.run();
  } else if (all.some((command) => command.key?.startsWith(`${own} `))) {
    first = own;
    timer = window.setTimeout(() => (first = ""), PAIR);
  }
}
