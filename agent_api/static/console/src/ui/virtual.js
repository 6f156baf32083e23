// A list that draws what is in sight only: 10,000 rows cost as much as twenty.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { html } from "../html.js";

const BEYOND = 6;

/**
 * @param {object} props
 * @param {string[]} props.ids
 * @param {number} props.height Of a row, in pixels.
 * @param {string} props.label
 * @param {string | null} props.current The row to keep in sight.
 * @param {(id: string) => any} props.row
 */
export function VirtualList({ ids, height, label, current, row }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const top = useSignal(0);
  const seen = useSignal(800);
  const drawn = useRef(/** @type {Map<string, {index: number, of: number, node: any}>} */ (new Map()));
  useLayoutEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const watch = new ResizeObserver(() => (seen.value = element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const element = box.current;
    const at = current === null ? -1 : ids.indexOf(current);
    if (element === null || at < 0) return;
    if (at * height < element.scrollTop) element.scrollTop = at * height;
    else if ((at + 1) * height > element.scrollTop + element.clientHeight) element.scrollTop = (at + 1) * height - element.clientHeight;
  }, [current]);
  const first = useComputed(() => Math.max(0, Math.floor(top.value / height) - BEYOND)).value;
  const last = Math.min(ids.length, first + Math.ceil(seen.value / height) + 2 * BEYOND + 1);
  /** @param {string} id @param {number} index */
  const item = (id, index) => {
    const known = drawn.current.get(id);
    // The same object again: what has not moved is not even compared.
    if (known !== undefined && known.index === index && known.of === ids.length) return known.node;
    return html`<li
      key=${id} aria-setsize=${ids.length} aria-posinset=${index + 1} style=${{ transform: `translateY(${index * height}px)`, height: `${height}px` }}
    >${row(id)}</li>`;
  };
  const shown = ids.slice(first, last).map((id, offset) => ({ id, index: first + offset, of: ids.length, node: item(id, first + offset) }));
  drawn.current = new Map(shown.map((one) => [one.id, one]));
  const scrolled = (/** @type {any} */ event) => (top.value = event.currentTarget.scrollTop);
  return html`<div class="virtual" ref=${box} onScroll=${scrolled}>
    <ul aria-label=${label} style=${{ height: `${ids.length * height}px` }}>${shown.map(({ node }) => node)}</ul>
  </div>`;
}
