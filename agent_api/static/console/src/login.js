// Where nobody is signed in.
import { useSignal } from "@preact/signals";

import { html } from "./html.js";
import { LANGUAGES, language, t } from "./lib/i18n.js";
import { explained } from "./state/notices.js";
import { setPrefs } from "./state/prefs.js";
import { farewell, loginWays, signIn, signInWithKey } from "./state/session.js";
import { Field } from "./ui/parts.js";

export function Login() {
  const fault = useSignal("");
  const busy = useSignal(false);
  const byKey = useSignal(false);
  const ways = useSignal(/** @type {import("frontdesk-client").LoginWay[]} */ ([]));
  const look = async (/** @type {Event} */ event) => {
    const field = /** @type {HTMLInputElement} */ (event.currentTarget);
    ways.value = field.validity.valid && field.value !== "" ? await loginWays(field.value.trim()) : [];
  };
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    busy.value = true;
    fault.value = "";
    try {
      const key = String(data.get("token") ?? "").trim();
      if (key !== "") await signInWithKey(key);
      else await signIn(String(data.get("email")).trim(), String(data.get("password")));
    } catch (error) {
      fault.value = explained(error);
    }
    busy.value = false;
  };
  return html`<main class="login">
    <form class="login-box stack" onSubmit=${submit}>
      <div class="brand"><img src="/static/console/icon.svg" alt="" width="36" height="36" /><h1>Frontdesk</h1></div>
      ${farewell.value !== null && html`<p class="banner warn" role="status">${t(farewell.value)}</p>`}
      <${Field} label=${t("login.email")} name="email" type="email" autocomplete="username" required=${!byKey.value} onChange=${look} />
      ${ways.value.map((way) => html`<a key=${way.url} class="button" href=${way.url}>${t("login.with", { name: way.name })} <small>${t("login.with.more", { tenant: way.tenant_name, host: way.host })}</small></a>`)}
      <${Field} label=${t("login.password")} name="password" type="password" autocomplete="current-password" required=${!byKey.value} />
      ${fault.value !== "" && html`<p class="fault" role="alert">${fault.value}</p>`}
      <button type="submit" class="primary" disabled=${busy.value}>${t("login.in")}</button>
      <details onToggle=${(/** @type {any} */ event) => (byKey.value = event.currentTarget.open)}><summary>${t("login.token")}</summary>
        ${byKey.value && html`<${Field} label=${t("login.key")} name="token" type="password" autocomplete="off" hint=${t("login.token.more")} />`}
      </details>
      <label class="quiet">${t("prefs.language")} <select onChange=${(/** @type {any} */ event) => setPrefs({ language: event.currentTarget.value })}>
        ${Object.entries(LANGUAGES).map(([tag, { name }]) => html`<option value=${tag} lang=${tag} selected=${tag === language()}>${name}</option>`)}
      </select></label>
    </form>
  </main>`;
}
