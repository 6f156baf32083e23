// The company's own sign-in: identity providers whose word counts for its agents.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { api } from "../state/session.js";
import { FormDialog } from "../ui/dialog.js";
import { Field, TextField } from "../ui/parts.js";
import { Copyable, Open, Remove, Section } from "./section.js";
import { Check } from "./tenant.js";

/** @typedef {import("frontdesk-client").IdentityProvider} Provider */
/** @typedef {() => Promise<void>} Load */

export function Providers() {
  return html`<${Section}
    name="login" read=${async () => (await api().listIdentityProviders()).items} form=${(/** @type {Load} */ load) => html`<${Edit} done=${load} />`}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Provider} */ one) => line(one.name, 80) },
      { head: t("providers.issuer"), cell: (/** @type {Provider} */ one) => html`<code class="code" dir="ltr">${line(one.issuer, 120)}</code>` },
      { head: t("providers.domains"), cell: (/** @type {Provider} */ one) => one.domains.join(", ") },
      { head: t("providers.redirect"), cell: (/** @type {Provider} */ one) => html`<${Copyable} text=${one.redirect_uri} />` },
      { head: t("field.state"), cell: (/** @type {Provider} */ one) => html`<span class=${`chip ${one.enabled ? "ok" : ""}`}>${t(one.enabled ? "account.active" : "endpoint.disabled")}</span>` },
    ]}
    actions=${(/** @type {Provider} */ one, /** @type {Load} */ load) => html`
      <${Open} label=${t("action.edit")} of=${one.name} dialog=${() => html`<${Edit} provider=${one} done=${load} />`} />
      <${Remove} of=${one.name} remove=${() => api().deleteIdentityProvider({ path: { provider_id: one.id }, ifMatch: one.version })} done=${load} />`}
  />`;
}

/** Adds one, or changes the one that it is given. @param {{provider?: Provider, done: Load}} props */
function Edit({ provider, done }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const body = {
      name: String(data.get("name")),
      issuer: String(data.get("issuer")),
      client_id: String(data.get("client_id")),
      secret: String(data.get("secret")) || null,
      domains: String(data.get("domains")).toLowerCase().split(/[\s,]+/).filter(Boolean),
      trusts_emails: data.has("trusts_emails"),
      enabled: data.has("enabled"),
    };
    if (provider === undefined) await api().createIdentityProvider({ body });
    else await api().replaceIdentityProvider({ path: { provider_id: provider.id }, body, ifMatch: provider.version });
    await done();
  };
  return html`<${FormDialog} title=${provider?.name ?? t("providers.add")} action=${t(provider === undefined ? "action.add" : "action.save")} save=${save}>
    <${Field} label=${t("field.name")} name="name" required dir="auto" value=${provider?.name ?? ""} />
    <${Field} label=${t("providers.issuer")} name="issuer" type="url" required placeholder="https://" value=${provider?.issuer ?? ""} />
    <${Field} label=${t("providers.client")} name="client_id" required value=${provider?.client_id ?? ""} />
    <${Field} label=${t("providers.secret")} name="secret" type="password" autocomplete="off" hint=${t("providers.secret.more")} />
    <${TextField} label=${t("providers.domains")} name="domains" rows="2" value=${(provider?.domains ?? []).join("\n")} hint=${t("providers.domains.more")} />
    <${Check} name="trusts_emails" label=${t("providers.trusts")} on=${provider?.trusts_emails ?? false} />
    <${Check} name="enabled" label=${t("providers.enabled")} on=${provider?.enabled ?? true} />
  <//>`;
}
