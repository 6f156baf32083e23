// What a message says, in every form that channels have. All of it was written by somebody else: it is only ever set as text.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { html } from "../html.js";
import { coded, language, t } from "../lib/i18n.js";
import { clean, pieces, quoted } from "../lib/text.js";
import { bytesOf } from "../state/session.js";
import { Icon } from "../ui/icon.js";

/** @typedef {import("frontdesk-client").ContentShown} Content */
/** @typedef {import("frontdesk-client").MediaShown} Media */

/** Longer texts are folded: a wall of text must not bury the rest. */
const FOLDED = 4000;

/** @param {{content: Content}} props */
export function Shown({ content }) {
  return html`
    ${content.text && html`<${Words} text=${content.text} />`}
    ${content.media?.map((item) => html`<${File} media=${item} />`)}
    ${content.location && html`<${Place} place=${content.location} />`}
    ${content.cards?.map((card) => html`<p class="card-line"><${Icon} name="person" size=${15} /> <bdi>${clean(card.name)}</bdi> <bdi>${[...(card.phones ?? []), ...(card.emails ?? [])].join(", ")}</bdi></p>`)}
    ${content.template && html`<p class="card-line"><${Icon} name="copy" size=${15} /> ${t("content.template", { name: content.template.name, language: content.template.language })}</p>`}
    ${content.choice && html`<p class="card-line"><${Icon} name="check" size=${15} /> ${t("content.chose")} <bdi>${clean(content.choice.title ?? content.choice.id)}</bdi></p>`}
    ${content.buttons && content.buttons.length > 0 && html`<${Choices} titles=${content.buttons.map((button) => button.title)} />`}
    ${content.choices && html`<${Choices} titles=${content.choices.sections.flatMap((section) => section.rows.map((row) => row.title))} />`}
    ${content.carousel && content.carousel.length > 0 && html`<div class="carousel">${content.carousel.map((card) => html`<div class="tile"><b dir="auto">${clean(card.title)}</b><span dir="auto">${clean(card.text ?? "")}</span></div>`)}</div>`}
    ${content.unsupported && html`<p class="quiet">${t("content.unsupported", { what: content.unsupported })}</p>`}
  `;
}

/** @param {{text: string}} props */
function Words({ text }) {
  const open = useSignal(false);
  const { said, quoted: rest } = quoted(text);
  const long = said.length > FOLDED && !open.value;
  const body = clean(long ? `${said.slice(0, FOLDED)}…` : said);
  return html`<div class="words" dir="auto">${pieces(body).map(({ text: part, href }) =>
      href === undefined ? part : html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow">${part}</a>`,
    )}</div>
    ${long && html`<button type="button" class="link" onClick=${() => (open.value = true)}>${t("content.whole", { n: said.length })}</button>`}
    ${rest !== "" && html`<details class="quote"><summary>${t("content.quoted")}</summary><div class="words" dir="auto">${clean(rest)}</div></details>`}`;
}

/** @param {{titles: string[]}} props */
function Choices({ titles }) {
  return html`<ul class="choices" aria-label=${t("content.choices")}>${titles.map((title) => html`<li dir="auto">${clean(title)}</li>`)}</ul>`;
}

/** @param {{place: {latitude: number, longitude: number, name?: string | null, address?: string | null}}} props */
function Place({ place }) {
  return html`<p class="card-line"><${Icon} name="flag" size=${15} /> <bdi>${clean(place.name ?? place.address ?? "")}</bdi> <span dir="ltr">${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}</span></p>`;
}

/** @param {{media: Media}} props */
function File({ media }) {
  const name = clean(media.filename ?? coded("media", media.kind));
  const size = media.size === null ? "" : bytes(media.size);
  return html`<figure class="media">
    ${media.href === null ? html`<span class="file"><${Icon} name="file" />${name} <small>${t("content.not_stored")}</small></span>` : html`<${Stored} media=${media} name=${name} size=${size} />`}
    ${media.caption && html`<figcaption dir="auto">${clean(media.caption)}</figcaption>`}
  </figure>`;
}

const EMBEDDED = /^(image\/(png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+)$/;

/** Bytes need the reader's key, so they are fetched and shown from memory; pictures at once, the rest when asked for. @param {{media: Media, name: string, size: string}} props */
function Stored({ media, name, size }) {
  const source = useSignal(/** @type {string | null} */ (null));
  const failed = useSignal(false);
  const fetched = async () => {
    try {
      source.value = URL.createObjectURL(await bytesOf(/** @type {string} */ (media.href)));
    } catch {
      failed.value = true;
    }
  };
  const picture = media.kind === "image" || media.kind === "sticker";
  useEffect(() => {
    if (picture) void fetched();
    return () => source.value !== null && URL.revokeObjectURL(source.value);
  }, [media.href]);
  if (failed.value) return html`<span class="file"><${Icon} name="warn" />${name} <small>${t("content.media_failed")}</small></span>`;
  if (source.value === null) return html`<button type="button" class="file" onClick=${fetched}><${Icon} name=${picture ? "file" : "play"} />${name} <small>${size}</small></button>`;
  if (!EMBEDDED.test(media.mime ?? "")) return html`<a class="file" href=${source.value} download=${name}><${Icon} name="file" />${name} <small>${size}</small></a>`;
  if (picture) return html`<a href=${source.value} download=${name}><img src=${source.value} alt=${media.caption ? clean(media.caption) : name} /></a>`;
  if (media.kind === "video") return html`<video src=${source.value} controls aria-label=${name}></video>`;
  return html`<audio src=${source.value} controls aria-label=${name}></audio>`;
}

/** A size in its unit. @param {number} count */
export function bytes(count) {
  const unit = count >= 1_000_000 ? "megabyte" : count >= 1000 ? "kilobyte" : "byte";
  const value = count / { megabyte: 1_000_000, kilobyte: 1000, byte: 1 }[unit];
  return new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(value);
}
