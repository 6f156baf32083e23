// The knowledge base: its articles, what customers asked and didn't find, sections, and words that mean the same.
import { useSignal } from "@preact/signals";

import { html } from "../html.js";
import { language, t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { moment } from "../lib/time.js";
import { all } from "../state/directory.js";
import { attempt } from "../state/notices.js";
import { api } from "../state/session.js";
import { FormDialog, openDialog } from "../ui/dialog.js";
import { Field, TextField } from "../ui/parts.js";
import { useRead } from "../ui/read.js";
import { Editor } from "./article.js";
import { Open, Remove, Section } from "./section.js";

/** @typedef {import("frontdesk-client").Article} Article */
/** @typedef {() => Promise<void>} Load */

const SHOWN = /** @type {const} */ (["all", "draft", "published", "due"]);
const SLUG_MOST = 100;

export function Knowledge() {
  const chosen = useSignal(/** @type {Article | null} */ (null));
  if (chosen.value !== null) return html`<${Editor} key=${chosen.value.id} article=${chosen.value} back=${() => (chosen.value = null)} />`;
  return html`<${Articles} choose=${(/** @type {Article} */ article) => (chosen.value = article)} />`;
}

/** @param {{choose: (article: Article) => void}} props */
function Articles({ choose }) {
  const shown = useSignal(/** @type {typeof SHOWN[number]} */ ("all"));
  const query = shown.value === "due" ? { review_due: true } : shown.value === "all" ? {} : { state: shown.value };
  const today = new Date().toISOString().slice(0, 10);
  return html`<${Section}
    name="knowledge" read=${() => all(api().items("listArticles", { query: { limit: 100, ...query } }))} keys=${[shown.value]}
    form=${() => html`<${Begin} choose=${choose} />`}
    columns=${[
      { head: t("knowledge.title"), cell: (/** @type {Article} */ one) => line(one.title, 120) },
      { head: t("knowledge.language"), cell: (/** @type {Article} */ one) => one.language },
      { head: t("field.state"), cell: (/** @type {Article} */ one) => html`<${State} article=${one} />` },
      { head: t("knowledge.helpful"), cell: (/** @type {Article} */ one) => (one.helpful + one.unhelpful === 0 ? "–" : t("knowledge.helpful.of", { yes: one.helpful, all: one.helpful + one.unhelpful })) },
      { head: t("knowledge.review"), cell: (/** @type {Article} */ one) => (one.review_on === null ? "–" : html`${one.review_on} ${one.review_on <= today && html`<span class="chip warn">${t("knowledge.due")}</span>`}`) },
    ]}
    actions=${(/** @type {Article} */ one, /** @type {Load} */ load) => html`
      <button type="button" class="small" aria-label=${`${t("action.edit")}: ${one.title}`} onClick=${() => choose(one)}>${t("action.edit")}</button>
      <${Remove} of=${one.title} remove=${() => api().deleteArticle({ path: { article_id: one.id }, ifMatch: one.version })} done=${load} />`}
  ><label class="inline">${t("knowledge.show")} <select onChange=${(/** @type {any} */ event) => (shown.value = event.currentTarget.value)}>${SHOWN.map((one) => html`<option value=${one} selected=${one === shown.value}>${t(`knowledge.show.${one}`)}</option>`)}</select></label>
    <div class="columns"><${Gaps} choose=${choose} /><${Sections} /></div><//>`;
}

/** @param {{article: Article}} props */
export function State({ article }) {
  return article.published === null ? html`<span class="chip">${t("knowledge.state.draft")}</span>` : html`<span class="chip ok">${t("knowledge.state.published", { n: article.published })}</span>`;
}

/** A title as a name in addresses; letters of other scripts have none, and are left to whoever writes. @param {string} title */
export function slugOf(title) {
  return title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, SLUG_MOST);
}

/** @param {{choose: (article: Article) => void, title?: string, tongue?: string}} props */
function Begin({ choose, title = "", tongue = language() }) {
  const slug = useSignal(slugOf(title));
  /** @param {FormData} data */
  const save = async (data) => {
    const text = String(data.get("title"));
    choose(await api().createArticle({ body: { title: text, slug: String(data.get("slug")), language: String(data.get("language")), body: text } }));
  };
  return html`<${FormDialog} title=${t("knowledge.add")} action=${t("action.add")} save=${save}>
    <${Field} label=${t("knowledge.title")} name="title" required maxlength="200" dir="auto" value=${title} onChange=${(/** @type {any} */ event) => (slug.value ||= slugOf(event.currentTarget.value))} />
    <div class="pair"><${Field} label=${t("knowledge.slug")} name="slug" required pattern="[a-z0-9][a-z0-9\\-]*" maxlength=${SLUG_MOST} value=${slug.value} hint=${t("knowledge.slug.more")} /><${Field} label=${t("knowledge.language")} name="language" required value=${tongue} /></div>
  <//>`;
}

/** @param {{choose: (article: Article) => void}} props */
function Gaps({ choose }) {
  const { value, fault } = useRead(() => api().listKnowledgeGaps(), []);
  const items = value.value?.items ?? [];
  return html`<section class="panel"><h2>${t("knowledge.gaps")}</h2>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${value.value !== null && items.length === 0 && html`<p class="quiet">${t("knowledge.gaps.none")}</p>`}
    ${items.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-label=${t("knowledge.gaps")}><table class="grid"><thead><tr><th scope="col">${t("knowledge.title")}</th><th scope="col" class="n">${t("knowledge.asked")}</th><th scope="col">${t("knowledge.last")}</th><th><span class="sr">${t("setup.actions")}</span></th></tr></thead>
      <tbody>${items.map((gap) => html`<tr key=${`${gap.language} ${gap.words}`}><th scope="row" dir="auto">${line(gap.words, 120)}</th><td class="n">${gap.asked}</td><td>${moment(gap.last_at)}</td>
        <td><${Open} label=${t("knowledge.write")} of=${line(gap.words, 60)} dialog=${() => html`<${Begin} choose=${choose} title=${line(gap.words, 200)} tongue=${gap.language} />`} /></td></tr>`)}</tbody></table></div>`}
  </section>`;
}

function Sections() {
  const { value, fault, load } = useRead(() => api().listSections(), []);
  /** @param {any} event */
  const add = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const made = await attempt(() => api().createSection({ body: { title: String(new FormData(form).get("section")) } }));
    if (made === undefined) return;
    form.reset();
    await load();
  };
  return html`<section class="panel"><h2>${t("knowledge.sections")}</h2>
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    <ul class="lines">${(value.value?.items ?? []).map(({ id, title }) => html`<li key=${id}><span class="grow" dir="auto">${line(title, 80)}</span><${Remove} of=${title} remove=${() => api().deleteSection({ path: { section_id: id } })} done=${load} /></li>`)}</ul>
    <form class="inline" onSubmit=${add}><input name="section" required maxlength="100" dir="auto" aria-label=${t("knowledge.section.add")} placeholder=${t("knowledge.section.add")} /><button type="submit">${t("action.add")}</button></form>
    <div><button type="button" onClick=${() => openDialog(() => html`<${Synonyms} />`)}>${t("knowledge.synonyms")}</button></div></section>`;
}

function Synonyms() {
  const tongue = useSignal(/** @type {string} */ (language()));
  const { value, fault } = useRead(() => api().getSynonyms({ path: { language: tongue.value } }), [tongue.value]);
  /** @param {FormData} data */
  const save = async (data) => {
    const lines = String(data.get("groups")).split("\n").map((each) => each.split(",").map((word) => word.trim()).filter(Boolean));
    await api().setSynonyms({ path: { language: tongue.value }, body: { groups: lines.filter((group) => group.length > 0) } });
  };
  return html`<${FormDialog} title=${t("knowledge.synonyms")} action=${t("action.save")} save=${save}>
    <${Field} label=${t("knowledge.language")} name="language" required value=${tongue.value} onChange=${(/** @type {any} */ event) => (tongue.value = event.currentTarget.value)} />
    ${fault.value !== null && html`<p class="fault">${fault.value}</p>`}
    ${value.value !== null && html`<${TextField} key=${tongue.value + JSON.stringify(value.value)} label=${t("knowledge.synonyms")} name="groups" value=${value.value.groups.map((group) => group.join(", ")).join("\n")} hint=${t("knowledge.synonyms.more")} rows="8" />`}
  <//>`;
}
