// Everything that can be done, by name: for keys, the palette and the page of help. One list, so that none can lack a key or a word.
import { t } from "./lib/i18n.js";
import * as deeds from "./inbox/deeds.js";
import { neighbour } from "./inbox/queue.js";
import { setPrefs, prefs } from "./state/prefs.js";
import * as queue from "./state/queue.js";
import { go, where } from "./state/route.js";
import { may, signOut } from "./state/session.js";
import { views } from "./state/views.js";
import { openDialog } from "./ui/dialog.js";
import { html } from "./html.js";
import { KeysHelp } from "./palette.js";
import { setPresence } from "./state/presence.js";

/** @typedef {{id: string, title: string, key?: string, run: () => void}} Command */

/** @param {string} id */
function press(id) {
  const element = document.getElementById(id);
  element?.focus();
  if (element instanceof HTMLButtonElement) element.click();
}

/** @param {"reply" | "note"} mode */
function compose(mode) {
  const wanted = [...document.querySelectorAll(".modes button")][mode === "reply" ? 0 : 1];
  if (wanted instanceof HTMLButtonElement) wanted.click();
  document.getElementById("composer")?.focus();
}

/** @param {1 | -1} step */
function step(step) {
  const id = neighbour(step);
  if (id !== null) go("inbox", id);
}

/** What can be done here and now. @returns {Command[]} */
export function commands() {
  return [...moving(), ...acting(), ...going(), ...setting()];
}

/** @returns {Command[]} */
function moving() {
  return [
    { id: "next", title: t("command.next"), key: "j", run: () => step(1) },
    { id: "previous", title: t("command.previous"), key: "k", run: () => step(-1) },
    { id: "search", title: t("command.search"), key: "/", run: () => press("search") },
    { id: "views", title: t("queue.choose"), key: "v", run: () => press("views") },
  ];
}

/** @returns {Command[]} */
function acting() {
  const found = where.value.page === "inbox" ? deeds.current() : null;
  if (found === null) return [];
  const closed = found.status === "resolved";
  /** @type {Command[]} */
  const list = [
    { id: "reply", title: t("composer.reply"), key: "r", run: () => compose("reply") },
    { id: "note", title: t("composer.note"), key: "n", run: () => compose("note") },
    { id: "macros", title: t("macros.title"), key: "m", run: () => deeds.openMacros(found) },
    { id: "tag", title: t("labels.add"), key: "l", run: () => press("tag") },
    { id: "context", title: t("context.toggle"), key: "i", run: () => setPrefs({ context: !prefs.peek().context }) },
    { id: "more", title: t("thread.more"), key: ".", run: () => press("more") },
  ];
  if (may("conversations:route")) {
    list.push(
      { id: "take", title: t("assign.me"), key: "a", run: () => void deeds.assignToMe(found) },
      { id: "assign", title: t("assign.title"), key: "shift+a", run: () => press("assign") },
      { id: "transfer", title: t("transfer.title"), key: "t", run: () => deeds.openTransfer(found) },
    );
  }
  if (may("conversations:close")) {
    if (closed) list.push({ id: "reopen", title: t("action.reopen"), key: "e", run: () => void deeds.reopen(found) });
    else {
      list.push(
        { id: "resolve", title: t("action.resolve"), key: "e", run: () => void deeds.resolve(found) },
        { id: "snooze", title: t("snooze.title"), key: "s", run: () => press("snooze") },
      );
    }
  }
  return list;
}

/** @returns {Command[]} */
function going() {
  /** @type {Command[]} */
  const list = [{ id: "inbox", title: t("nav.inbox"), key: "g i", run: () => go("inbox") }];
  if (may("reports:read")) {
    list.push({ id: "wall", title: t("nav.wall"), key: "g w", run: () => go("wall") }, { id: "reports", title: t("nav.reports"), key: "g r", run: () => go("reports") });
  }
  if (may("teams:write")) list.push({ id: "setup", title: t("nav.setup"), key: "g s", run: () => go("setup") });
  for (const { id, name } of views.value) {
    list.push({ id: `view-${id}`, title: t("command.view", { name }), run: () => { go("inbox"); void queue.choose(id); } });
  }
  return list;
}

/** @returns {Command[]} */
function setting() {
  const themes = /** @type {const} */ (["auto", "light", "dark"]);
  return [
    ...themes.map((theme) => ({ id: `theme-${theme}`, title: t(`theme.${theme}`), run: () => setPrefs({ theme }) })),
    { id: "online", title: t("command.presence", { state: t("presence.online") }), run: () => void setPresence("online") },
    { id: "away", title: t("command.presence", { state: t("presence.away") }), run: () => void setPresence("away") },
    { id: "help", title: t("help.title"), key: "?", run: () => openDialog(() => html`<${KeysHelp} />`) },
    { id: "out", title: t("login.out"), run: () => void signOut() },
  ];
}
