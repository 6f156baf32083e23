// Channel accounts: what they are, how they do, and the address that the provider calls.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { coded, t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { moment } from "../lib/time.js";
import { useRead } from "../ui/read.js";
import { channels, channelTitle, teamName, teams } from "../state/directory.js";
import { tell } from "../state/notices.js";
import { api } from "../state/session.js";
import { Dialog, FormDialog } from "../ui/dialog.js";
import { Field, TextField } from "../ui/parts.js";
import { Copyable, listed, Open, Section } from "./section.js";

/** @typedef {import("frontdesk-client").ChannelAccount} Account */
/** @typedef {() => Promise<void>} Load */

const TONES = /** @type {Record<string, string>} */ ({ active: "ok", paused: "", quarantined: "bad" });

export function Channels() {
  return html`<${Section}
    name="channels" read=${() => listed("listChannelAccounts", { query: { limit: 200 } })}
    form=${(/** @type {Load} */ load) => html`<${Add} done=${load} />`}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Account} */ account) => line(account.name, 80) },
      { head: t("field.channel"), cell: (/** @type {Account} */ account) => channelTitle(account.channel) },
      { head: t("field.team"), cell: (/** @type {Account} */ account) => teamName(account.team_id) },
      { head: t("field.state"), cell: (/** @type {Account} */ account) => html`<span class=${`chip ${TONES[account.state]}`}>${coded("account", account.state)}</span>` },
      { head: t("channels.webhook"), cell: (/** @type {Account} */ account) => html`<${Copyable} text=${account.webhook_url} />` },
    ]}
    actions=${(/** @type {Account} */ account, /** @type {Load} */ load) => html`
      <${Open} label=${t("channels.health")} of=${account.name} dialog=${() => html`<${Health} account=${account} />`} />
      <${Open} label=${t("action.edit")} of=${account.name} dialog=${() => html`<${Edit} account=${account} done=${load} />`} />`}
  />`;
}

/** Settings as JSON: each channel's own page says what it needs. @param {FormData} data */
function settings(data) {
  const text = String(data.get("config")).trim();
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new Error(t("channels.not_json"));
  }
}

/** @param {{done: Load}} props */
function Add({ done }) {
  const kind = useSignal(channels.value[0]?.name ?? "");
  const chosen = channels.value.find(({ name }) => name === kind.value);
  /** @param {FormData} data */
  const save = async (data) => {
    const body = {
      channel: kind.value,
      name: String(data.get("name")),
      external_id: String(data.get("external")),
      team_id: String(data.get("team")) || null,
      config: settings(data),
    };
    await api().createChannelAccount({ body });
    tell(t("channels.added"));
    await done();
  };
  return html`<${FormDialog} title=${t("channels.add")} action=${t("action.add")} save=${save}>
    <${Field} label=${t("field.channel")} name="channel" value=${kind.value} onChange=${(/** @type {any} */ event) => (kind.value = event.currentTarget.value)}>
      ${channels.value.map(({ name, title }) => html`<option value=${name} selected=${name === kind.value}>${title}</option>`)}
    <//>
    ${chosen?.weakness && html`<p class="banner warn">${chosen.weakness}</p>`}
    <${Field} label=${t("field.name")} name="name" required maxlength="100" dir="auto" />
    <${Field} label=${t("channels.external")} name="external" required hint=${t("channels.external.more")} />
    <${Field} label=${t("field.team")} name="team"><option value="">${t("team.none")}</option>${teams.value.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}<//>
    <${TextField} label=${t("channels.config")} name="config" value="{}" hint=${t("channels.config.more")} spellcheck="false" />
  <//>`;
}

/** @param {{account: Account, done: Load}} props */
function Edit({ account, done }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const state = /** @type {"active" | "paused"} */ (data.get("state"));
    const text = String(data.get("config")).trim();
    const body = { name: String(data.get("name")), state, team_id: String(data.get("team")) || null, ...(text === "" ? {} : { config: settings(data) }) };
    await api().changeChannelAccount({ path: { account_id: account.id }, body, ifMatch: account.version });
    await done();
  };
  return html`<${FormDialog} title=${account.name} action=${t("action.save")} save=${save}>
    <${Field} label=${t("field.name")} name="name" required value=${account.name} dir="auto" />
    <${Field} label=${t("field.state")} name="state"><option value="active" selected=${account.state === "active"}>${t("account.active")}</option><option value="paused" selected=${account.state === "paused"}>${t("account.paused")}</option><//>
    <${Field} label=${t("field.team")} name="team"><option value="">${t("team.none")}</option>${teams.value.map(({ id, name }) => html`<option value=${id} selected=${id === account.team_id}>${name}</option>`)}<//>
    <${TextField} label=${t("channels.config")} name="config" hint=${t("channels.config.kept")} spellcheck="false" />
  <//>`;
}

/** @param {{account: Account}} props */
function Health({ account }) {
  const { value, fault } = useRead(() => api().getChannelHealth({ path: { account_id: account.id } }), [account.id]);
  const health = value.value;
  const tone = health === null ? "" : /** @type {Record<string, string>} */ ({ ok: "ok", degraded: "warn", down: "bad" })[health.health];
  return html`<${Dialog} title=${`${t("channels.health")}: ${account.name}`} wide>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${health !== null && html`
      <p><span class=${`chip ${tone}`}>${t(`health.${health.health}`)}</span> ${health.reasons.map((/** @type {string} */ reason) => coded("reason", reason)).join(", ")}</p>
      ${health.weakness && html`<p class="banner warn">${health.weakness}</p>`}
      ${health.last_error && html`<p class="fault">${line(health.last_error.detail, 300)} <small>${moment(health.last_error.at)}</small></p>`}
      <dl class="facts">${/** @type {const} */ (["received", "stored", "doubled", "refused", "found_by_poll"]).map((name) => html`<dt>${t(`count.${name}`)}</dt><dd>${health.counts[name]}</dd>`)}
        <dt>${t("health.waiting")}</dt><dd>${health.deliveries.waiting}</dd><dt>${t("health.failed")}</dt><dd>${health.deliveries.failed_last_day}</dd></dl>
      ${health.notices.length > 0 && html`<ul class="lines">${health.notices.map((/** @type {any} */ notice) => html`<li><span class=${`chip ${notice.severity === "error" ? "bad" : "warn"}`}>${notice.code}</span>${line(notice.detail, 200)}<small>${moment(notice.at)}</small></li>`)}</ul>`}
      <h3>${t("channels.webhook")}</h3><${Copyable} text=${account.webhook_url} />`}
  <//>`;
}
