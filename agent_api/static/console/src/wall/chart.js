// Charts: lines over days by uPlot, bars over names as plain markup. The table below each report says the same in numbers.
import { useEffect, useRef } from "preact/hooks";
import Plot from "uplot";

import { html } from "../html.js";
import { language } from "../lib/i18n.js";
import { prefs } from "../state/prefs.js";

/** @typedef {{label: string, values: (number | null)[]}} Series */

const COLOURS = ["--accent", "--ok", "--bad"];
const HEIGHT = 240;
const DAY = 86_400;
/** Whole days between two dates below a chart. */
const STEPS = [1, 2, 7, 14, 28, 91, 182, 364].map((days) => days * DAY);

/** @param {{title: string, by: "day" | "channel" | "team" | "agent", names: string[], keys: (string | null)[], series: Series[]}} props */
export function Chart({ title, by, names, keys, series }) {
  return html`<figure class="panel chart"><h2>${title}</h2>
    ${by === "day" ? html`<${Lines} title=${title} keys=${keys} series=${series} />` : html`<${Bars} names=${names} series=${series} />`}
    <ul class="legend">${series.map(({ label }, index) => html`<li class=${`hue-${index}`}>${label}</li>`)}</ul></figure>`;
}

/** @param {{title: string, keys: (string | null)[], series: Series[]}} props */
function Lines({ title, keys, series }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (box.current);
    const style = getComputedStyle(element);
    // A canvas takes colours as they are now: what `light-dark` means is asked of an element that has it.
    const colour = (/** @type {string} */ name) => resolved(element, name);
    const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: `12px ${style.fontFamily}` };
    const days = new Intl.DateTimeFormat(language(), { day: "numeric", month: "short", timeZone: "UTC" });
    const plot = new Plot(
      {
        width: element.clientWidth, height: HEIGHT, legend: { show: false }, cursor: { show: false },
        scales: { x: { range: (_plot, first, last) => (keys.length > 1 ? [first, last] : [first - DAY, first + DAY]) }, y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.1)] } },
        axes: [{ ...axis, incrs: STEPS, values: (_plot, at) => at.map((each) => days.format(new Date(each * 1000))) }, { ...axis, size: 44 }],
        series: [{}, ...series.map(({ label }, index) => ({ label, stroke: colour(COLOURS[index]), width: 2, points: { show: keys.length < 3 } }))],
      },
      [keys.map((key) => Date.parse(key ?? "") / 1000), ...series.map(({ values }) => values)],
      element,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [keys, series.map(({ label }) => label).join(), prefs.value.theme, language()]);
  return html`<div class="plot" ref=${box} role="img" aria-label=${title}></div>`;
}

/** @param {HTMLElement} element @param {string} name */
function resolved(element, name) {
  element.style.color = `var(${name})`;
  const found = getComputedStyle(element).color;
  element.style.color = "";
  return found;
}

/** @param {{names: string[], series: Series[]}} props */
function Bars({ names, series }) {
  const most = Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return html`<div class="bars" aria-hidden="true">${names.map((name, row) => html`<div class="bar-row"><span dir="auto">${name}</span>
    <div>${series.map(({ values }, index) => html`<div class=${`bar hue-${index}`} style=${{ width: `${(100 * (values[row] ?? 0)) / most}%` }}></div>`)}</div></div>`)}</div>`;
}
