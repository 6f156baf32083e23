// One article: its text beside what customers will see of it, publishing, and what it said before.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { tree } from "../../../widget/opened/markup.js";
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { moment } from "../lib/time.js";
import { explained, tell } from "../state/notices.js";
import { api } from "../state/session.js";
import { FormDialog, openDialog } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { Field, TextField } from "../ui/parts.js";
import { useRead } from "../ui/read.js";
import { State } from "./knowledge.js";

/** @typedef {import("frontdesk-client").Article} Article */

/** Typing that pauses so long is drawn. */
const PAUSE = 500;

/** @param {{article: Article, back: () => void}} props */
export function Editor({ article, back }) {
  const now = useSignal(article);
  const changed = useSignal(false);
  const fault = useSignal("");
  const text = useSignal(article.body);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const path = { article_id: article.id };
  const keep = async () => {
    const data = new FormData(/** @type {HTMLFormElement} */ (form.current));
    const word = (/** @type {string} */ name) => String(data.get(name) ?? "").trim();
    const body = { title: word("title"), slug: word("slug"), language: word("language"), body: String(data.get("body")), section_id: word("section") || null, brand: word("brand") || null, review_on: word("review") || null };
    now.value = await api().replaceArticle({ path, body, ifMatch: now.value.version });
    changed.value = false;
  };
  /** @param {() => Promise<void>} deed @param {string} done */
  const act = async (deed, done) => {
    fault.value = "";
    try {
      await deed();
      tell(done);
    } catch (error) {
      fault.value = explained(error);
    }
  };
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    const publishes = event.submitter?.getAttribute("value") === "publish";
    void act(async () => {
      await keep();
      if (publishes) now.value = await api().publishArticle({ path });
    }, t(publishes ? "knowledge.published" : "knowledge.saved"));
  };
  const withdraw = () => act(async () => void (now.value = await api().withdrawArticle({ path })), t("knowledge.withdrawn"));
  const leave = () => (changed.value ? openDialog(() => html`<${FormDialog} title=${t("knowledge.changed")} action=${t("action.discard")} save=${async () => back()} danger />`) : back());
  /** @param {any} event */
  const typed = (event) => {
    changed.value = true;
    if (event.target.name === "body") text.value = event.target.value;
  };
  /** @param {string} body */
  const restore = (body) => {
    const area = /** @type {HTMLTextAreaElement} */ (form.current?.elements.namedItem("body"));
    area.value = body;
    text.value = body;
    changed.value = true;
    area.focus();
  };
  return html`<div class="page">
    <header class="page-head"><button type="button" class="ghost" onClick=${leave}><${Icon} name="back" size=${16} />${t("knowledge.back")}</button><h1 dir="auto">${line(now.value.title, 120)}</h1><${State} article=${now.value} /></header>
    <div class="columns">
      <form class="panel" ref=${form} onSubmit=${submit} onInput=${typed}>
        <${Fields} article=${article} />
        ${fault.value !== "" && html`<p class="fault" role="alert">${fault.value}</p>`}
        <div class="actions">${now.value.published !== null && html`<button type="button" onClick=${withdraw}>${t("knowledge.withdraw")}</button>`}
          <button type="submit" value="save">${t("knowledge.save")}</button><button type="submit" value="publish" class="primary">${t("knowledge.publish")}</button></div>
      </form>
      <div class="stack"><${Preview} body=${text.value} /><${Said} article=${now.value} restore=${restore} /></div>
    </div></div>`;
}

/** @param {{article: Article}} props */
function Fields({ article }) {
  const { value } = useRead(() => api().listSections(), []);
  return html`<${Field} label=${t("knowledge.title")} name="title" required maxlength="200" dir="auto" defaultValue=${article.title} />
    <${TextField} label=${t("knowledge.body")} name="body" required rows="16" maxlength="100000" value=${article.body} hint=${t("knowledge.body.more")} />
    <div class="pair"><${Field} label=${t("knowledge.section")} name="section"><option value="">${t("knowledge.section.none")}</option>${(value.value?.items ?? []).map(({ id, title }) => html`<option value=${id} selected=${id === article.section_id}>${title}</option>`)}<//>
      <${Field} label=${t("knowledge.review")} name="review" type="date" defaultValue=${article.review_on ?? ""} /></div>
    <div class="pair"><${Field} label=${t("knowledge.slug")} name="slug" required defaultValue=${article.slug} hint=${t("knowledge.slug.more")} /><${Field} label=${t("knowledge.language")} name="language" required defaultValue=${article.language} /></div>
    <${Field} label=${t("knowledge.brand")} name="brand" defaultValue=${article.brand ?? ""} hint=${t("knowledge.brand.more")} />`;
}

/** What the server makes of the text, which is what customers get. @param {{body: string}} props */
function Preview({ body }) {
  const drawn = useSignal("");
  const fault = useSignal("");
  useEffect(() => {
    if (body.trim() === "") {
      drawn.value = "";
      return undefined;
    }
    let over = false;
    const timer = setTimeout(async () => {
      try {
        const { html: made } = await api().previewArticle({ body: { body } });
        if (!over) [drawn.value, fault.value] = [made, ""];
      } catch (error) {
        if (!over) fault.value = explained(error);
      }
    }, PAUSE);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [body]);
  return html`<section class="panel" aria-labelledby="preview"><h2 id="preview">${t("knowledge.preview")}</h2>
    ${fault.value !== "" && html`<p class="fault">${fault.value}</p>`}
    ${drawn.value === "" ? html`<p class="quiet">${t("knowledge.preview.none")}</p>` : html`<div class="prose" dir="auto">${tree(drawn.value).map(node)}</div>`}</section>`;
}

/** Pictures are named: this page loads nothing from elsewhere. @param {import("../../../widget/opened/markup.js").Node} one @returns {any} */
function node(one) {
  if (typeof one === "string") return one;
  const { tag, href, alt, children } = one;
  if (tag === "img" || tag === "video") return html`<span class="chip">${t(tag === "img" ? "knowledge.picture" : "knowledge.video")}: ${line(alt || href, 80)}</span>`;
  if (tag === "a") return html`<a href=${href} target="_blank" rel="noopener noreferrer">${children.map(node)}</a>`;
  return html`<${tag}>${children.map(node)}<//>`;
}

/** @param {{article: Article, restore: (body: string) => void}} props */
function Said({ article, restore }) {
  const { value, fault } = useRead(() => api().listArticleVersions({ path: { article_id: article.id } }), [article.published, article.version]);
  const items = value.value?.items ?? [];
  if (fault.value !== null) return html`<p class="fault">${fault.value}</p>`;
  if (items.length === 0) return null;
  return html`<section class="panel"><h2>${t("knowledge.versions")}</h2><ul class="lines">${items.map((one) => html`<li key=${one.number}><span class="chip">${one.number}</span><span class="grow"><span dir="auto">${line(one.title, 80)}</span> <small>${moment(one.published_at)}</small></span>
    <button type="button" class="small" aria-label=${`${t("knowledge.restore")}: ${one.number}`} onClick=${() => restore(one.body)}>${t("knowledge.restore")}</button></li>`)}</ul></section>`;
}
