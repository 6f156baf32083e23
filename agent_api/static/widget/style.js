// The chat's look, as a constructed sheet: a strict content policy of the page lets it through.

const CSS = `
:host { all: initial; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
.chat { --paper: #fff; --ink: #17171f; --soft: #5d5d6e; --theirs: #f0f0f6; --line: #e4e4ee; --warn: #b3001b; --shade: 0 12px 48px rgb(20 16 60 / .22);
  color-scheme: light; font: 400 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink); }
.chat[data-theme="dark"] { --paper: #16161d; --ink: #f3f3f8; --soft: #a9a9bb; --theirs: #262631; --line: #32323f; --warn: #ff8a97; --shade: 0 12px 48px rgb(0 0 0 / .6); color-scheme: dark; }
@media (prefers-color-scheme: dark) { .chat[data-theme="auto"] { --paper: #16161d; --ink: #f3f3f8; --soft: #a9a9bb; --theirs: #262631; --line: #32323f; --warn: #ff8a97; --shade: 0 12px 48px rgb(0 0 0 / .6); color-scheme: dark; } }
button, input, textarea { font: inherit; color: inherit; }
button { cursor: pointer; border: 0; background: none; padding: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; flex: none; }
p, h2, ol, ul { margin: 0; padding: 0; }
ol, ul { list-style: none; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.launcher { position: fixed; z-index: 2147483000; inset-block-end: 20px; inset-inline-end: 20px; width: 60px; height: 60px; border-radius: 50%; color: var(--on-accent);
  background: var(--accent); box-shadow: 0 8px 28px color-mix(in srgb, var(--accent) 45%, transparent); display: grid; place-items: center; transition: transform .2s; }
.launcher:hover { transform: scale(1.07) rotate(-4deg); }
.launcher svg { grid-area: 1 / 1; width: 28px; height: 28px; transition: transform .25s, opacity .25s; }
.launcher svg + svg, .open .launcher svg:first-child { opacity: 0; transform: scale(.4) rotate(60deg); }
.open .launcher svg + svg { opacity: 1; transform: none; }
.badge { position: absolute; inset-block-start: -2px; inset-inline-end: -2px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px; background: #d6002f; color: #fff; font-size: 12px;
  font-weight: 700; line-height: 22px; text-align: center; animation: pop .3s; }
[data-side="start"] .launcher, [data-side="start"] .panel { inset-inline: 20px auto; }
.panel { position: fixed; z-index: 2147483000; inset-block-end: 94px; inset-inline-end: 20px; width: 384px; height: min(640px, calc(100dvh - 114px)); display: flex; flex-direction: column; overflow: clip;
  background: var(--paper); border-radius: 24px; box-shadow: var(--shade); transform-origin: bottom right; transition: transform .22s cubic-bezier(.2, .9, .3, 1.2), opacity .18s; }
.chat:not(.open) .panel { opacity: 0; transform: translateY(18px) scale(.94); visibility: hidden; transition: transform .18s, opacity .18s, visibility .18s; }
header { display: flex; align-items: center; gap: 12px; padding: 18px; color: var(--on-accent); background: radial-gradient(120% 180% at 100% 0, color-mix(in srgb, var(--accent) 72%, #ff4fa3), var(--accent) 62%); }
.chat.plain header { background: var(--accent); }
h2 { font-size: 17px; font-weight: 700; line-height: 1.25; }
.words { flex: 1; min-width: 0; }
.who { font-size: 13px; overflow-wrap: anywhere; }
.who.there::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-inline-end: 6px; border-radius: 50%; background: #7dffb0; box-shadow: 0 0 0 2px rgb(0 0 0 / .25); }
.faces { display: flex; }
.faces span { width: 36px; height: 36px; border-radius: 50%; display: grid; place-items: center; font-weight: 700; background: var(--paper); color: var(--ink); border: 2px solid var(--accent); text-transform: uppercase; }
.faces span + span { margin-inline-start: -12px; }
.tool { width: 40px; height: 40px; border-radius: 50%; display: grid; place-items: center; color: var(--soft); flex: none; transition: background .15s, color .15s; }
.tool:hover { background: var(--theirs); color: var(--ink); }
.shut, .shut:hover { color: var(--on-accent); background: rgb(0 0 0 / .14); }
.shut:focus-visible, .launcher:focus-visible { outline-color: var(--ink); }
.state-line { font-size: 13px; text-align: center; color: var(--ink); background: var(--theirs); }
.state-line:not(:empty) { padding: 5px 16px; }
.scroll { position: relative; flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex; flex-direction: column; }
.log { margin-block-start: auto; border-radius: 8px; }
.empty .log { margin: 0; }
.messages { display: flex; flex-direction: column; gap: 3px; }
.day { align-self: center; margin: 14px 0 8px; font-size: 12px; color: var(--soft); }
.row { overflow-wrap: anywhere; position: relative; display: flex; flex-direction: column; align-items: flex-start; max-width: 86%; gap: 4px; animation: rise .22s; }
.row:has(.cards) { max-width: 100%; }
.row.mine { align-self: flex-end; align-items: flex-end; }
.name { font-size: 12px; color: var(--soft); margin: 8px 12px 0; }
.bubble { overflow: hidden; padding: 9px 14px; border-radius: 20px; background: var(--theirs); border-end-start-radius: 6px; overflow-wrap: anywhere; white-space: pre-wrap; max-width: 100%; unicode-bidi: plaintext; }
.mine .bubble { background: var(--accent); color: var(--on-accent); border-radius: 20px; border-end-end-radius: 6px; }
.failed .bubble { outline: 2px solid var(--warn); }
.failed .state { color: var(--warn); }
.gone { font-style: italic; }
.bubble a, .file a { color: inherit; text-decoration: underline; text-underline-offset: 2px; }
code { font: 13px ui-monospace, monospace; background: rgb(127 127 127 / .18); padding: 1px 4px; border-radius: 4px; }
.foot { font-size: 11px; color: var(--soft); padding: 0 8px; }
.row:not(:last-child):not(.failed):not(.waiting) .foot { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.picture img { display: block; max-width: 240px; max-height: 260px; border-radius: 18px; }
.picture .sticker { max-width: 140px; }
audio { width: 250px; max-width: 100%; height: 42px; }
video { max-width: 250px; border-radius: 18px; }
.file { display: flex; gap: 8px; align-items: center; padding: 10px 14px; border: 1px solid var(--line); border-radius: 16px; overflow-wrap: anywhere; }
.chips { max-width: 100%; display: flex; flex-wrap: wrap; gap: 8px; padding-block: 4px; }
.chip { max-width: 100%; overflow: hidden; min-height: 36px; padding: 7px 14px; border-radius: 18px; border: 1.5px solid var(--line); background: var(--paper); color: var(--ink); text-decoration: none; text-align: start; overflow-wrap: anywhere; transition: border-color .15s, transform .1s; }
.chip:hover:not(:disabled) { border-color: var(--accent); transform: translateY(-1px); }
.chip:disabled { color: var(--soft); cursor: default; }
.chip small { display: block; color: var(--soft); }
.list { max-width: 100%; border: 1px solid var(--line); border-radius: 16px; padding: 8px 12px; min-width: 220px; }
.list summary { display: flex; justify-content: space-between; align-items: center; cursor: pointer; font-weight: 600; min-height: 28px; }
.list .chip { display: block; width: 100%; margin-block-start: 6px; }
.cards { display: flex; gap: 10px; overflow-x: auto; max-width: 100%; padding-block: 4px; scroll-snap-type: x mandatory; }
.card { flex: 0 0 200px; scroll-snap-align: start; display: flex; flex-direction: column; gap: 6px; padding: 12px; border: 1px solid var(--line); border-radius: 18px; overflow-wrap: anywhere; }
.card img { width: 100%; height: 110px; object-fit: cover; border-radius: 12px; }
.dots { display: flex; gap: 5px; align-self: flex-start; padding: 14px; margin-block-start: 6px; border-radius: 20px; background: var(--theirs); }
.dots i { width: 7px; height: 7px; border-radius: 50%; background: var(--soft); animation: hop 1.2s infinite; }
.dots i:nth-child(2) { animation-delay: .15s; }
.dots i:nth-child(3) { animation-delay: .3s; }
.older { align-self: center; font-size: 13px; color: var(--soft); padding: 6px 12px; min-height: 28px; text-decoration: underline; }
.hello { margin: auto 0; text-align: center; display: flex; flex-direction: column; gap: 12px; align-items: center; font-size: 18px; font-weight: 600; }
.hello .chips { justify-content: center; font-size: 15px; font-weight: 400; }
.wave { font-size: 44px; line-height: 1; animation: wave 1.6s 1; transform-origin: 70% 80%; }
.offline { width: 100%; text-align: start; font-size: 14px; font-weight: 400; display: grid; gap: 10px; padding: 14px; border-radius: 18px; background: var(--theirs); }
.offline label { display: grid; gap: 4px; }
input { padding: 9px 12px; border-radius: 12px; border: 1px solid var(--soft); background: var(--paper); width: 100%; }
input.hidden { padding: 0; border: 0; }
.rate { margin-block-start: 14px; padding: 16px; border-radius: 18px; background: var(--theirs); text-align: center; display: grid; gap: 10px; justify-items: center; animation: rise .22s; }
.star { padding: 4px; color: var(--soft); border-radius: 8px; transition: transform .12s; }
.star:hover { transform: scale(1.15); }
.star.on svg { fill: #ffc62b; stroke: #b07d00; }
.star svg { width: 28px; height: 28px; }
.composer { display: flex; align-items: flex-end; gap: 2px; padding: 10px; border-block-start: 1px solid var(--line); position: relative; }
.composer.busy::before { content: ""; position: absolute; inset: -2px 0 auto; height: 3px; background: linear-gradient(90deg, transparent, var(--accent), transparent); animation: slide 1s infinite; }
textarea { flex: 1; min-width: 0; resize: none; border: 1px solid transparent; outline: 0; background: var(--theirs); border-radius: 20px; padding: 9px 14px; max-height: 140px; line-height: 1.4; }
textarea:focus, textarea:focus-visible { outline: 0; border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
textarea::placeholder { color: var(--soft); opacity: 1; }
.send { color: var(--on-accent); background: var(--accent); margin-inline-start: 4px; }
.send:hover { color: var(--on-accent); background: var(--accent); transform: scale(1.06); }
[dir="rtl"] .send svg { transform: scaleX(-1); }
.composer:not(.full):not(.records) .send { display: none; }
.composer.full .mic, .records .mic, .records .clip, .records textarea { display: none; }
.recording { flex: 1; display: flex; align-items: center; gap: 10px; }
.recording .dot { width: 10px; height: 10px; border-radius: 50%; background: #d6002f; animation: blink 1s infinite; }
.page .panel { position: fixed; inset: 0; width: 100%; max-width: 760px; height: 100dvh; margin-inline: auto; border-radius: 0; transition: none; }
@media (max-width: 480px) {
  .panel { inset: 0; width: 100%; height: 100dvh; border-radius: 0; }
  [data-side="start"] .panel { inset-inline: 0; }
  .open .launcher { display: none; }
  textarea, input { font-size: 16px; }
}
@media (min-width: 481px) { .chat:not(.page) .shut { display: none; } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .bubble, .launcher, .panel, .chip, .send { border: 1px solid; } }
@keyframes rise { from { opacity: 0; transform: translateY(8px); } }
@keyframes pop { from { transform: scale(0); } }
@keyframes hop { 30% { transform: translateY(-5px); } 60% { transform: none; } }
@keyframes blink { 50% { opacity: .2; } }
@keyframes slide { from { transform: translateX(-100%); } to { transform: translateX(100%); } }
@keyframes wave { 15%, 45% { transform: rotate(18deg); } 30%, 60% { transform: rotate(-10deg); } 75% { transform: none; } }
`;

export function sheet() {
  const made = new CSSStyleSheet();
  made.replaceSync(CSS);
  return made;
}
