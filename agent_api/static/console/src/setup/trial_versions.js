// Versions of the policy, the newest first, each of which can hold again.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { moment } from "../lib/time.js";
import { agents } from "../state/directory.js";
import { tell } from "../state/notices.js";
import { api } from "../state/session.js";
import { FormDialog } from "../ui/dialog.js";
import { useRead } from "../ui/read.js";
import { Open } from "./section.js";

/** @typedef {import("frontdesk-client").PolicyVersion} Version */

/** @param {{held: number, load: () => Promise<void>}} props */
export function Versions({ held, load }) {
  const { value, fault } = useRead(() => api().listPolicyVersions(), [held]);
  const items = /** @type {Version[]} */ (value.value?.items ?? []);
  if (fault.value !== null) return html`<p class="fault">${fault.value}</p>`;
  if (items.length === 0) return null;
  return html`<section class="panel"><h2>${t("trial.versions")}</h2><div class="scroll" tabindex="0" role="region" aria-label=${t("trial.versions")}><table class="grid">
    <thead><tr><th scope="col">${t("trial.version")}</th><th scope="col">${t("audit.at")}</th><th scope="col">${t("audit.who")}</th><th scope="col">${t("audit.what")}</th><th><span class="sr">${t("setup.actions")}</span></th></tr></thead>
    <tbody>${items.map((one) => html`<tr key=${one.version}><th scope="row">${one.version}</th><td>${moment(one.created_at)}</td><td>${author(one.author)}</td>
      <td>${cause(one.cause)}${one.note && html`<br /><small dir="auto">${line(one.note, 200)}</small>`}</td>
      <td><div class="row-actions">${one.version === held ? html`<span class="chip ok">${t("trial.holds")}</span>` : html`<${Open} label=${t("trial.back")} of=${String(one.version)} dialog=${() => html`<${Back} version=${one.version} held=${held} load=${load} />`} />`}</div></td></tr>`)}</tbody></table></div></section>`;
}

/** @param {string} text */
function cause(text) {
  const [word] = text.split(" ");
  return t(`trial.cause.${word}`);
}

/** @param {string | null} id */
function author(id) {
  if (id === null) return "–";
  const name = agents.value.find((agent) => agent.id === id)?.name;
  return name === undefined ? html`<code class="code">${id}</code>` : html`<bdi>${line(name, 60)}</bdi>`;
}

/** @param {{version: number, held: number, load: () => Promise<void>}} props */
function Back({ version, held, load }) {
  const save = async () => {
    const now = await api().rollBackPolicy({ body: { version }, ifMatch: held });
    tell(t("trial.published", { n: now.version }));
    await load();
  };
  return html`<${FormDialog} title=${`${t("trial.back")}: ${version}`} action=${t("trial.back")} save=${save}><p>${t("trial.back.more")}</p><//>`;
}
