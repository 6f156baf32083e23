// The one script a page includes, from its own server or another's:
//   <script async src="https://desk.example/static/widget/widget.js" data-account="acc_…"></script>
// Calls made before it has loaded wait: (window.Frontdesk ??= []).push(["identify", token], ["open"]).
(() => {
  const script = document.currentScript;
  const page = /** @type {any} */ (window);
  if (!(script instanceof HTMLScriptElement) || page.Frontdesk?.loaded) return;
  /** @type {any[][]} */
  const waiting = Array.isArray(page.Frontdesk) ? page.Frontdesk : [];
  /** @type {Record<string, any>} */
  const api = { loaded: true, push: (/** @type {any[][]} */ ...calls) => waiting.push(...calls) };
  for (const name of ["open", "close", "toggle", "identify", "setAttributes", "reset", "on", "off"]) {
    api[name] = (/** @type {any[]} */ ...values) => void waiting.push([name, ...values]);
  }
  page.Frontdesk = api;
  const base = new URL(".", script.src);
  import(new URL("app.js", base).href).then(({ start }) => start({ ...script.dataset }, base, api, waiting));
})();
