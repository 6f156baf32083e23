// Drafts, kept in this browser for each person and conversation until they are sent or the person signs out.
import { session } from "./session.js";

/** @typedef {{mode: "reply" | "note", text: string}} Draft */

/** Beyond this the oldest go: storage is limited. */
const MOST = 200;

/** @param {string} id */
function place(id) {
  return `frontdesk.draft.${session.peek()?.me.agent_id ?? session.peek()?.me.key_id}.${id}`;
}

/** @param {string} id @returns {Draft} */
export function draftOf(id) {
  try {
    return JSON.parse(localStorage.getItem(place(id)) ?? "") ?? { mode: "reply", text: "" };
  } catch {
    return { mode: "reply", text: "" };
  }
}

/** @param {string} id @param {Draft} draft */
export function keepDraft(id, draft) {
  if (draft.text === "") {
    localStorage.removeItem(place(id));
    return;
  }
  const kept = Object.keys(localStorage).filter((name) => name.startsWith("frontdesk.draft."));
  if (kept.length >= MOST && localStorage.getItem(place(id)) === null) localStorage.removeItem(kept[0]);
  localStorage.setItem(place(id), JSON.stringify(draft));
}
