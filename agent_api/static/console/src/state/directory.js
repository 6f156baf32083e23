// What changes seldom and everything refers to: agents, teams, channels, accounts, replies, macros, tags.
import { computed, signal } from "@preact/signals";

import { t } from "../lib/i18n.js";
import { api } from "./session.js";

/** @typedef {import("frontdesk-client").Agent} Agent */
/** @typedef {import("frontdesk-client").Team} Team */
/** @typedef {import("frontdesk-client").Channel} Channel */
/** @typedef {import("frontdesk-client").ChannelAccount} ChannelAccount */
/** @typedef {import("frontdesk-client").CannedReply} CannedReply */
/** @typedef {import("frontdesk-client").Macro} Macro */
/** @typedef {import("frontdesk-client").SavedView} SavedView */

/** More than this of anything is a list to search, not one to hold. */
const MOST = 2000;

export const agents = signal(/** @type {Agent[]} */ ([]));
export const teams = signal(/** @type {Team[]} */ ([]));
export const channels = signal(/** @type {Channel[]} */ ([]));
export const accounts = signal(/** @type {ChannelAccount[]} */ ([]));
export const replies = signal(/** @type {CannedReply[]} */ ([]));
export const macros = signal(/** @type {Macro[]} */ ([]));
export const savedViews = signal(/** @type {SavedView[]} */ ([]));

const agentById = computed(() => new Map(agents.value.map((agent) => [agent.id, agent])));
const teamById = computed(() => new Map(teams.value.map((team) => [team.id, team])));
const channelByName = computed(() => new Map(channels.value.map((channel) => [channel.name, channel])));
const accountById = computed(() => new Map(accounts.value.map((account) => [account.id, account])));

/** @template Item @param {AsyncGenerator<Item>} pages @returns {Promise<Item[]>} */
export async function all(pages) {
  const found = [];
  for await (const item of pages) {
    found.push(item);
    if (found.length >= MOST) break;
  }
  return found;
}

export async function loadAgents() {
  agents.value = await all(api().items("listAgents", { query: { limit: 200 } }));
}

export async function loadTeams() {
  teams.value = await all(api().items("listTeams", { query: { limit: 200 } }));
}

export async function loadAccounts() {
  accounts.value = await all(api().items("listChannelAccounts", { query: { limit: 200 } }));
}

export async function loadReplies() {
  replies.value = (await api().listCannedReplies()).items;
}

export async function loadMacros() {
  macros.value = (await api().listMacros()).items;
}

export async function loadViews() {
  savedViews.value = (await api().listViews()).items;
}

async function loadChannels() {
  channels.value = (await api().listChannels()).items;
}

/** Loads what every page needs, at once. Accounts are the set-up's: few may read them. */
export async function loadDirectory() {
  await Promise.all([loadChannels(), loadAgents(), loadTeams(), loadReplies(), loadMacros(), loadViews()]);
}

/** @param {string | null | undefined} id */
export function agentName(id) {
  if (id == null) return t("agent.nobody");
  return agentById.value.get(id)?.name ?? t("agent.unknown");
}

/** @param {string | null | undefined} id */
export function teamName(id) {
  return id == null ? t("team.none") : (teamById.value.get(id)?.name ?? t("team.unknown"));
}

/** @param {string} name @returns {Channel | undefined} */
export function channelOf(name) {
  return channelByName.value.get(name);
}

/** @param {string} name */
export function channelTitle(name) {
  return channelOf(name)?.title ?? name;
}

/** @param {string} id */
export function accountOf(id) {
  return accountById.value.get(id);
}

/** @param {string} id @param {Partial<Agent>} changes */
export function changeAgent(id, changes) {
  agents.value = agents.value.map((agent) => (agent.id === id ? { ...agent, ...changes } : agent));
}
