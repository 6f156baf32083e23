// Where nobody is signed in.
import { useSignal } from "@preact/signals";

import { html } from "./html.js";
import { LANGUAGES, language, t } from "./lib/i18n.js";
import { explained } from "./state/notices.js";
import { setPrefs } from "./state/prefs.js";
import { farewell, signIn, signInWithKey } from "./state/session.js";
import { Field } from "./ui/parts.js";

export function Login() {
  const fault = useSignal("");
  const busy = useSignal(false);
  const byKey = useSignal(false);
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
      <${Field} label=${t("login.email")} name="email" type="email" autocomplete="username" required=${!byKey.value} />
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
