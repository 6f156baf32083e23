// The conversations of the chosen view, kept as the stream tells. Up to 10,000 are held; rows are drawn for those in sight only.
import { batch, computed, signal } from "@preact/signals";

import { byNewest, byUrgency, byWaiting } from "../lib/sla.js";
import { prefs } from "./prefs.js";
import { api } from "./session.js";
import { belongs, views } from "./views.js";

/** @typedef {import("frontdesk-client").Conversation} Conversation */
/** @typedef {import("@preact/signals").Signal<Conversation>} Cell */

export const MOST = 10_000;
const PAGE = 200;
const ORDERS = { urgency: byUrgency, newest: byNewest, waiting: byWaiting };
/** Changes of a moment are drawn together. */
const SOON = 60;

export const viewId = signal("open");
export const loading = signal(false);
/** What went wrong with loading, if it did. */
export const trouble = signal(/** @type {unknown} */ (null));
/** Ids of conversations with something their reader has not seen. */
export const unread = signal(/** @type {ReadonlySet<string>} */ (new Set()));

/** @type {Map<string, Cell>} */
const cells = new Map();
/** Ids in the view. @type {Set<string>} */
const members = new Set();
const changes = signal(0);
let round = 0;
let pending = 0;
let again = 0;

export const view = computed(() => views.value.find(({ id }) => id === viewId.value) ?? views.value[0]);

/** Ids in the order they are shown. */
export const order = computed(() => {
  void changes.value;
  const found = [...members].map((id) => /** @type {Cell} */ (cells.get(id)).peek());
  return found.sort(ORDERS[prefs.value.sort]).map(({ id }) => id);
});

/** The conversation as it is known; it changes under whoever reads it. @param {string} id */
export function cell(id) {
  return cells.get(id);
}

/** @param {Conversation} conversation */
function put(conversation) {
  const known = cells.get(conversation.id);
  if (known === undefined) cells.set(conversation.id, signal(conversation));
  else if (conversation.version >= known.peek().version) known.value = conversation;
  return conversation.id;
}

function drawSoon() {
  if (pending !== 0) return;
  pending = window.setTimeout(() => {
    pending = 0;
    changes.value += 1;
  }, SOON);
}

/** Takes a conversation as the API or the stream shows it. @param {Conversation} conversation */
export function take(conversation) {
  const id = put(conversation);
  const fits = belongs(view.peek().filters, conversation);
  if (fits === null) {
    clearTimeout(again);
    again = window.setTimeout(() => void load(), 1000);
  } else if (fits) members.add(id);
  else members.delete(id);
  drawSoon();
}

/** It is out of the reader's sight now. @param {string} id */
export function leave(id) {
  members.delete(id);
  drawSoon();
}

/** @param {string} id @param {boolean} isUnread */
export function mark(id, isUnread) {
  if (unread.peek().has(id) === isUnread) return;
  const next = new Set(unread.peek());
  if (isUnread) next.add(id);
  else next.delete(id);
  unread.value = next;
}

/** Shows another view. @param {string} id */
export async function choose(id) {
  if (viewId.peek() === id && members.size > 0) return;
  viewId.value = id;
  await load();
}

/** Reads the view anew, page by page; what was shown stays until the first page is there. */
export async function load() {
  const mine = ++round;
  const { id, filters, saved } = view.peek();
  const { mine: _mine, ...query } = filters;
  batch(() => {
    loading.value = true;
    trouble.value = null;
  });
  const seen = new Set();
  /** @type {string | null} */
  let cursor = null;
  try {
    do {
      const asked = { limit: PAGE, ...(cursor === null ? {} : { cursor }) };
      /** @type {{items: Conversation[], next_cursor?: string | null}} */
      const page = saved
        ? await api().listConversationsInView({ path: { view_id: id }, query: asked })
        : await api().listConversations({ query: { ...query, ...asked } });
      if (mine !== round) return;
      if (cursor === null) members.clear();
      for (const item of page.items) {
        seen.add(item.id);
        members.add(put(item));
      }
      changes.value += 1;
      cursor = page.next_cursor ?? null;
    } while (cursor !== null && seen.size < MOST);
  } catch (error) {
    if (mine === round) trouble.value = error;
  } finally {
    if (mine === round) loading.value = false;
  }
}

/** The conversation, read from the API where it is not known. @param {string} id */
export async function known(id) {
  const found = cells.get(id);
  if (found !== undefined) return found;
  put(await api().getConversation({ path: { conversation_id: id } }));
  return /** @type {Cell} */ (cells.get(id));
}

/** Forgets everything, for the next who signs in here. */
export function forget() {
  round += 1;
  cells.clear();
  members.clear();
  batch(() => {
    unread.value = new Set();
    viewId.value = "open";
    changes.value += 1;
  });
}
