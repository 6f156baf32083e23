// The frame of all pages: navigation at the side, one's own presence, the state of the connection, notices and dialogs.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { commands } from "./commands.js";
import { html } from "./html.js";
import { Calling, Rings } from "./inbox/calling.js";
import { Inbox } from "./inbox/inbox.js";
import { Offered } from "./inbox/offered.js";
import { LANGUAGES, language, t } from "./lib/i18n.js";
import { Login } from "./login.js";
import { Palette } from "./palette.js";
import { ongoing } from "./state/calls.js";
import { agents } from "./state/directory.js";
import { connection } from "./state/live.js";
import { prefs, setPrefs } from "./state/prefs.js";
import { setPresence } from "./state/presence.js";
import { href, where } from "./state/route.js";
import { may, session, signOut } from "./state/session.js";
import { opened, openDialog } from "./ui/dialog.js";
import { Icon } from "./ui/icon.js";
import { Menu } from "./ui/menu.js";
import { Avatar, Empty, Notices } from "./ui/parts.js";

/** Pages that few need at once are loaded when they are opened. @type {Record<string, () => Promise<() => any>>} */
const LATER = {
  wall: async () => (await import("./wall/wall.js")).Wall,
  reports: async () => (await import("./wall/reports.js")).Reports,
  setup: async () => (await import("./setup/setup.js")).Setup,
};

const PAGES = /** @type {const} */ ([
  ["inbox", "inbox", "messages:read"],
  ["wall", "wall", "reports:read"],
  ["reports", "chart", "reports:read"],
  ["setup", "gear", "teams:write"],
]);

export function App() {
  const { page } = where.value;
  if (session.value === null) return html`<${Login} /><${Notices} />`;
  return html`<div class="shell">
    <a class="skip" href="#content" onClick=${skip}>${t("nav.skip")}</a>
    <${Side} page=${page} />
    <main class=${ongoing.value === null ? "content" : "content in-call"} id="content" tabindex="-1">
      <${Offline} />
      ${page === "inbox" ? html`<${Inbox} />` : html`<${Later} key=${page} page=${page} />`}
      <${Calling} />
    </main>
    <${Offered} />
    <${Rings} />
    <${Notices} />
    ${opened.value !== null && html`<${opened.value} />`}
  </div>`;
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

/** @param {{page: string}} props */
function Later({ page }) {
  const view = useSignal(/** @type {{draw: () => any} | null} */ (null));
  const failed = useSignal(false);
  useEffect(() => {
    const load = LATER[page];
    if (load === undefined) failed.value = true;
    else load().then((draw) => (view.value = { draw }), () => (failed.value = true));
  }, [page]);
  if (failed.value) return html`<${Empty} icon="warn" level="h1" title=${t("page.missing")}><a href="#/inbox">${t("nav.inbox")}</a><//>`;
  if (view.value === null) return html`<p class="quiet pad" role="status">${t("thread.loading")}</p>`;
  return html`<${view.value.draw} />`;
}

/** @param {{page: string}} props */
function Side({ page }) {
  return html`<nav class="side" aria-label=${t("nav.title")}>
    <img class="logo" src="/static/console/icon.svg" alt="Frontdesk" width="30" height="30" />
    ${PAGES.filter(([, , permission]) => may(permission)).map(([id, icon]) => html`<a href=${href(id)} aria-current=${page === id ? "page" : null}><${Icon} name=${icon} size=${21} /><span>${t(`nav.${id}`)}</span></a>`)}
    <span class="grow"></span>
    <button type="button" class="ghost square" aria-label=${t("palette.title")} title=${`${t("palette.title")} (Ctrl+K)`} onClick=${() => openDialog(() => html`<${Palette} />`)}><${Icon} name="search" size=${20} /></button>
    <button type="button" class="ghost square not-small" aria-label=${t("help.title")} title=${`${t("help.title")} (?)`} onClick=${() => commands().find(({ id }) => id === "help")?.run()}><${Icon} name="keys" size=${20} /></button>
    <${Self} />
  </nav>`;
}

/** Who is signed in: presence, looks, language, and the way out. */
function Self() {
  const me = /** @type {import("./state/session.js").Session} */ (session.value).me;
  const agent = agents.value.find(({ id }) => id === me.agent_id);
  const name = me.agent_name ?? me.role;
  const presences = /** @type {const} */ (["online", "away", "offline"]);
  /** @type {import("./ui/menu.js").Entry[]} */
  const entries = agent === undefined ? [] : presences.map((state) => ({ label: t(`presence.${state}`), checked: agent.presence === state, run: () => void setPresence(state) }));
  if (agent !== undefined) {
    for (const reason of /** @type {const} */ (["break", "meeting"])) entries.push({ label: t(`away.${reason}`), checked: agent.presence === "away" && agent.presence_reason === reason, run: () => void setPresence("away", reason) });
    entries.push("line");
  }
  for (const theme of /** @type {const} */ (["auto", "light", "dark"])) entries.push({ label: t(`theme.${theme}`), checked: prefs.value.theme === theme, run: () => setPrefs({ theme }) });
  entries.push("line");
  for (const [tag, own] of Object.entries(LANGUAGES)) entries.push({ label: own.name, checked: language() === tag, run: () => setPrefs({ language: tag }) });
  entries.push("line", { label: t("login.out"), run: () => void signOut() });
  const state = agent?.presence ?? "offline";
  return html`<${Menu} label=${t("self.menu", { name, state: t(`presence.${state}`) })} kind="self" entries=${entries} icon="" text=${html`<${Avatar} name=${name} id=${me.key_id} /><span class=${`presence ${state}`}></span><span class="sr">${t("self.menu", { name, state: t(`presence.${state}`) })}</span>`} />`;
}

/** Says that what is seen may be old, and nothing while all is well. */
function Offline() {
  const slow = useSignal(false);
  const down = connection.value === "waiting" || connection.value === "connecting";
  useEffect(() => {
    if (!down) {
      slow.value = false;
      return undefined;
    }
    const timer = setTimeout(() => (slow.value = true), 1500);
    return () => clearTimeout(timer);
  }, [down]);
  if (connection.value === "stopped") return html`<p class="offline bad" role="status"><${Icon} name="warn" size=${16} />${t("connection.stopped")}</p>`;
  return slow.value ? html`<p class="offline" role="status"><${Icon} name="clock" size=${16} />${t("connection.waiting")}</p>` : null;
}
