// The command palette: everything by a few letters, and conversations by what was said in them. And the page of keys.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { commands } from "./commands.js";
import { html } from "./html.js";
import { t } from "./lib/i18n.js";
import { line } from "./lib/text.js";
import { prefs, setPrefs } from "./state/prefs.js";
import { go } from "./state/route.js";
import { api } from "./state/session.js";
import { closeDialog, Dialog } from "./ui/dialog.js";

/** @typedef {import("./commands.js").Command} Command */
/** @typedef {import("frontdesk-client").Message} Message */

const MOST = 12;

export function Palette() {
  const query = useSignal("");
  const at = useSignal(0);
  const said = useSignal(/** @type {Command[]} */ ([]));
  useEffect(() => {
    said.value = [];
    if (query.value.trim().length < 3) return undefined;
    const timer = setTimeout(async () => {
      try {
        const found = await api().searchMessages({ query: { q: query.value.trim(), limit: 6 } });
        said.value = found.items.map((/** @type {Message} */ message) => ({
          id: message.id,
          title: line(message.content?.text, 90),
          run: () => go("inbox", message.conversation_id),
        }));
      } catch {
        // The commands are still there.
      }
    }, 200);
    return () => clearTimeout(timer);
  }, [query.value]);
  const found = [...matching(query.value), ...said.value];
  const run = (/** @type {Command | undefined} */ command) => {
    closeDialog();
    // The dialog gives the focus back first; what runs may move it on.
    if (command !== undefined) setTimeout(command.run);
  };
  const keyed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown") at.value = Math.min(found.length - 1, at.value + 1);
    else if (event.key === "ArrowUp") at.value = Math.max(0, at.value - 1);
    else if (event.key === "Enter") run(found[at.value]);
    else return;
    event.preventDefault();
  };
  return html`<${Dialog} title=${t("palette.title")} bare>
    <input
      class="palette-input" type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant=${found[at.value] ? `palette-${at.value}` : null}
      aria-label=${t("palette.title")} placeholder=${t("palette.hint")} autofocus onKeyDown=${keyed}
      onInput=${(/** @type {any} */ event) => { query.value = event.currentTarget.value; at.value = 0; }}
    />
    <ul class="palette" id="palette-list" role="listbox" aria-label=${t("palette.title")}>
      ${found.map((command, index) => html`<li key=${command.id} id=${`palette-${index}`} role="option" aria-selected=${String(index === at.value)} onClick=${() => run(command)}>
        <span dir="auto">${command.title}</span>${command.key && html`<${Key} of=${command.key} />`}
      </li>`)}
    </ul>
    ${found.length === 0 && html`<p class="quiet pad">${t("palette.none")}</p>`}
  <//>`;
}

/** @param {string} query */
function matching(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return commands()
    .filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)))
    .slice(0, MOST);
}

/** @param {{of: string}} props */
function Key({ of }) {
  return html`<span class="keys">${of.split(/[ +]/).map((key) => html`<kbd>${key.length === 1 ? key.toUpperCase() : key}</kbd>`)}</span>`;
}

/** All keys, and the switch that turns single ones off. */
export function KeysHelp() {
  return html`<${Dialog} title=${t("help.title")}>
    <dl class="help">
      <dt><${Key} of="Ctrl+k" /></dt><dd>${t("palette.title")}</dd>
      <dt><${Key} of="Ctrl+Enter" /></dt><dd>${t("composer.send")}</dd>
      ${commands().filter(({ key }) => key !== undefined).map(({ title, key }) => html`<dt><${Key} of=${key} /></dt><dd>${title}</dd>`)}
    </dl>
    <label class="check"><input type="checkbox" checked=${prefs.value.keys} onChange=${(/** @type {any} */ event) => setPrefs({ keys: event.currentTarget.checked })} /> ${t("help.single")}</label>
  <//>`;
}
