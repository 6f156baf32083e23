// Short words about what was done or went wrong. They are spoken, stay long enough to be read, and never take the focus.
import { signal } from "@preact/signals";

import { coded, has, t } from "../lib/i18n.js";

/** @typedef {{id: number, tone: "ok" | "bad", text: string, undo?: () => void}} Notice */

const STAYS = 6000;

export const notices = signal(/** @type {Notice[]} */ ([]));
let last = 0;

/** @param {string} text @param {"ok" | "bad"} [tone] @param {() => void} [undo] */
export function tell(text, tone = "ok", undo) {
  const id = ++last;
  notices.value = [...notices.peek().slice(-3), { id, tone, text, undo }];
  setTimeout(() => dismiss(id), tone === "bad" ? STAYS * 2 : STAYS);
}

/** @param {number} id */
export function dismiss(id) {
  notices.value = notices.peek().filter((notice) => notice.id !== id);
}

/** What an error is to a reader. @param {unknown} error */
export function explained(error) {
  const { code, detail, status, problem } = /** @type {import("frontdesk-client").FrontdeskError} */ (error);
  if (status === 0) return t("error.unreachable");
  if (code !== undefined && has(`error.${code}`)) return coded("error", code);
  const faults = /** @type {{pointer: string, detail: string}[]} */ (problem?.errors ?? []);
  const where = faults.map((fault) => `${fault.pointer}: ${fault.detail}`).join("; ");
  return where === "" ? String(detail ?? error) : `${detail} ${where}`;
}

/** Does something, and says how it went. @template Result @param {() => Promise<Result>} action @param {string} [done] @returns {Promise<Result | undefined>} */
export async function attempt(action, done) {
  try {
    const result = await action();
    if (done !== undefined) tell(done);
    return result;
  } catch (error) {
    tell(explained(error), "bad");
    return undefined;
  }
}
