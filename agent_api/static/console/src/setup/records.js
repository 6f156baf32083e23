// What was done and what went wrong: the audit log with its chain, and dead letters.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { moment } from "../lib/time.js";
import { useRead } from "../ui/read.js";
import { attempt } from "../state/notices.js";
import { api } from "../state/session.js";
import { Section } from "./section.js";

/** @typedef {import("frontdesk-client").AuditLine} Line */

export function Audit() {
  const verdict = useSignal("");
  const read = async () => (await api().listAuditLines({ query: { limit: 100 } })).items;
  const check = async () => {
    let after = 0;
    let checked = 0;
    for (;;) {
      const found = await attempt(() => api().checkAuditLog({ query: { after } }));
      if (found === undefined) return;
      checked += found.checked;
      if (!found.intact) verdict.value = t("audit.broken", { n: found.broken_at ?? 0 });
      else if (found.next_after === null) verdict.value = t("audit.intact", { n: checked });
      if (!found.intact || found.next_after === null) return;
      after = found.next_after;
    }
  };
  return html`<${Section}
    name="audit" read=${read}
    columns=${[
      { head: t("audit.number"), cell: (/** @type {Line} */ line) => line.number },
      { head: t("audit.at"), cell: (/** @type {Line} */ line) => moment(line.at) },
      { head: t("audit.who"), cell: (/** @type {Line} */ line) => html`<code class="code">${line.actor}</code>` },
      { head: t("audit.what"), cell: (/** @type {Line} */ line) => line.operation },
      { head: t("audit.target"), cell: (/** @type {Line} */ line) => line.target === null ? "–" : html`<code class="code">${line.target}</code>` },
      { head: t("audit.result"), cell: (/** @type {Line} */ line) => html`<span class=${`chip ${line.status < 400 ? "ok" : "bad"}`}>${line.status}</span>` },
    ]}
  ><div class="inline"><button type="button" onClick=${check}>${t("audit.check")}</button><span role="status">${verdict.value}</span></div><//>`;
}

export function DeadLetters() {
  const { value, fault } = useRead(() => api().countDeadLetters(), []);
  const found = value.value;
  return html`<div class="page"><header class="page-head"><div><h1>${t("setup.dead")}</h1><p class="quiet">${t("setup.dead.more")}</p></div></header>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${found !== null && html`<ul class="figures"><li class=${`figure ${found.open > 0 ? "bad" : "ok"}`}><span class="figure-value">${found.open}</span><span class="figure-label">${t("dead.open")}</span></li>
      <li class="figure"><span class="figure-value">${found.oldest_at === null ? "–" : moment(found.oldest_at)}</span><span class="figure-label">${t("dead.oldest")}</span></li></ul>
      <p>${t("dead.how")} <code class="code" dir="ltr">frontdesk dlq list</code></p>`}
  </div>`;
}
