// Begins the page: looks, language and session first, then everything of whoever is signed in.
import { effect, untracked } from "@preact/signals";
import { render } from "preact";

import { App } from "./app.js";
import { html } from "./html.js";
import { preferred, setLanguage, t } from "./lib/i18n.js";
import { startClock } from "./lib/time.js";
import { listenForKeys } from "./keys.js";
import { loadDirectory } from "./state/directory.js";
import { connect, connection, disconnect } from "./state/live.js";
import { explained, tell } from "./state/notices.js";
import { retryLost } from "./state/outbox.js";
import { prefs } from "./state/prefs.js";
import * as queue from "./state/queue.js";
import { resume, session } from "./state/session.js";
import { open } from "./state/thread.js";

/** @typedef {import("./lib/i18n.js").Language} Language */

async function enter() {
  try {
    await Promise.all([loadDirectory(), connect()]);
  } catch (error) {
    tell(explained(error), "bad");
    if (session.peek() !== null) setTimeout(() => session.peek() !== null && void enter(), 5000);
  }
}

function leave() {
  disconnect();
  queue.forget();
  void open(null);
}

async function begin() {
  const wanted = /** @type {Language | null} */ (prefs.peek().language) ?? preferred();
  // Another language than English may not come: then the page is in English.
  await Promise.all([setLanguage(wanted).catch(() => {}), resume()]);
  startClock();
  listenForKeys();
  effect(() => {
    const chosen = /** @type {Language | null} */ (prefs.value.language);
    if (chosen !== null) setLanguage(chosen).catch(() => tell(t("error.unreachable"), "bad"));
  });
  effect(() => {
    const someone = session.value !== null;
    untracked(() => (someone ? void enter() : leave()));
  });
  effect(() => {
    if (connection.value === "open") untracked(retryLost);
  });
  effect(() => {
    const waiting = queue.unread.value.size;
    document.title = waiting === 0 ? "Frontdesk" : `(${waiting}) Frontdesk`;
  });
  const place = /** @type {HTMLElement} */ (document.getElementById("app"));
  place.textContent = "";
  render(html`<${App} />`, place);
}

void begin();
