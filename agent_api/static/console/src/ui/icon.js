// Icons as strokes. They say nothing by themselves: a word stands beside each, or labels its button.
import { html } from "../html.js";

/** @type {Record<string, string>} */
const PATHS = {
  inbox: "M3 12h5l2 3h4l2-3h5M5 5h14l2 7v6a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-6z",
  wall: "M4 20V10M10 20V4M16 20v-7M22 20H2",
  chart: "M3 3v18h18M7 15l4-5 4 3 5-7",
  gear: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6M19 12l2-1-2-4-2 1-2-1V5h-6v2L7 8 5 7l-2 4 2 1-2 1 2 4 2-1 2 1v2h6v-2l2-1 2 1 2-4z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M20 20l-4-4",
  send: "M4 12l16-8-6 16-3-6z",
  note: "M5 4h14v10l-5 6H5zM14 20v-6h5",
  clip: "M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.500 3.500 0 0 1 5 5l-8.500 8.500a2 2 0 0 1-3-3L14 7",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M8.500 14.500a4.500 4.500 0 0 0 7 0M9 9.500v.01M15 9.500v.01",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  check: "M5 12.500l4.500 4.500L19 7.500",
  checks: "M2 12.500L6.500 17 15 7.500M11 16l1 1 9-9.500",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7.500V12l3 2",
  sleep: "M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.500 20.500a7.500 7.500 0 0 1 15 0",
  people: "M9 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2 20.500a7 7 0 0 1 14 0M16 4.500a4 4 0 0 1 0 7M18.500 14.500a7 7 0 0 1 3.500 6",
  move: "M4 12h15M13 6l6 6-6 6",
  tag: "M4 4h8l8.500 8.500-8 8L4 12zM8 8v.01",
  more: "M5 12v.01M12 12v.01M19 12v.01",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  down: "M6 9l6 6 6-6",
  warn: "M12 4L2.500 20h19zM12 10v4M12 17v.01",
  eye: "M2 12s3.500-6.500 10-6.500S22 12 22 12s-3.500 6.500-10 6.500S2 12 2 12M12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5",
  panel: "M4 5h16v14H4zM15 5v14",
  keys: "M3 6h18v12H3zM7 10v.01M11 10v.01M15 10v.01M8 14h8",
  flag: "M5 21V4h13l-3 4.500 3 4.500H5",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  play: "M8 5l11 7-11 7z",
  plus: "M12 5v14M5 12h14",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  live: "M4 5h16v11H9l-5 4z",
  messaging: "M12 4a8 8 0 0 0-7 12l-1 4 4-1a8 8 0 1 0 4-15",
  mail: "M3 6h18v12H3zM3 7l9 6 9-6",
  voice: "M5 4h4l2 5-2.500 1.500a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1",
  camera: "M3 6h12v12H3zM15 10.500l6-3.500v10l-6-3.500",
  mic: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3M6 11a6 6 0 0 0 12 0M12 17v4",
  muted: "M4 4l16 16M9 9v2a3 3 0 0 0 5 2M15 10V6a3 3 0 0 0-5.500-1.500M6 11a6 6 0 0 0 9 5.200M18 11a6 6 0 0 1-.500 2.500M12 17v4",
  screen: "M3 5h18v11H3zM8 20h8M12 16v4M12 13V8M9.500 10L12 7.500l2.500 2.500",
  public: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M3 12h18M12 3c5 5.500 5 12.500 0 18M12 3c-5 5.500-5 12.500 0 18",
};

/** @param {{name: string, size?: number}} props */
export function Icon({ name, size = 18 }) {
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d=${PATHS[name] ?? PATHS.more} />
  </svg>`;
}

/** A channel by its class's sign and colour; its name stands beside it. @param {{kind: string}} props */
export function ChannelMark({ kind }) {
  return html`<span class=${`mark mark-${kind}`}><${Icon} name=${kind} size=${13} /></span>`;
}
