// Set-up: one section for each kind of thing, all made of the same table and forms.
import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { href, where } from "../state/route.js";
import { may } from "../state/session.js";
import { Agents } from "./agents.js";
import { Audit, DeadLetters } from "./records.js";
import { Bots } from "./bots.js";
import { Channels } from "./channels.js";
import { Intents } from "./intents.js";
import { Keys } from "./keys.js";
import { Knowledge } from "./knowledge.js";
import { Macros, Replies } from "./replies.js";
import { Policies } from "./policies.js";
import { General } from "./settings.js";
import { Providers } from "./providers.js";
import { Sources } from "./sources.js";
import { Teams } from "./teams.js";
import { Trial } from "./trial.js";
import { Webhooks } from "./webhooks.js";

const SECTIONS = /** @type {const} */ ([
  ["channels", Channels, "channels:write"],
  ["teams", Teams, "teams:write"],
  ["agents", Agents, "agents:write"],
  ["policies", Policies, "policies:write"],
  ["trial", Trial, "policies:write"],
  ["replies", Replies, "replies:write"],
  ["macros", Macros, "replies:write"],
  ["knowledge", Knowledge, "knowledge:write"],
  ["intents", Intents, "knowledge:write"],
  ["bots", Bots, "settings:write"],
  ["sources", Sources, "channels:write"],
  ["settings", General, "settings:write"],
  ["login", Providers, "login:manage"],
  ["keys", Keys, "keys:manage"],
  ["webhooks", Webhooks, "webhooks:manage"],
  ["audit", Audit, "audit:read"],
  ["dead", DeadLetters, "dead_letters:read"],
]);

export function Setup() {
  const mine = SECTIONS.filter(([, , permission]) => may(permission));
  const id = where.value.id ?? mine[0]?.[0];
  const found = mine.find(([name]) => name === id);
  useEffect(() => document.querySelector(".setup-nav [aria-current]")?.scrollIntoView({ block: "nearest" }), [id]);
  return html`<div class="setup">
    <nav class="setup-nav" aria-label=${t("nav.setup")}><p class="title">${t("nav.setup")}</p>
      ${mine.map(([name]) => html`<a href=${href("setup", name)} aria-current=${name === id ? "page" : null}>${t(`setup.${name}`)}</a>`)}
    </nav>
    ${found === undefined ? html`<p class="quiet pad">${t("page.missing")}</p>` : html`<${found[1]} key=${id} />`}
  </div>`;
}
