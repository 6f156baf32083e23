// Who is signed in, and the client that acts for them: by password (a cookie that scripts can't read), or by a key of this tab.
import { signal } from "@preact/signals";
import { Frontdesk, FrontdeskError } from "frontdesk-client";

/** @typedef {import("frontdesk-client").Me} Me */
/** @typedef {{me: Me, api: Frontdesk, key: string | null}} Session */

const PLACE = "frontdesk.console.key";
/** Says that there may be a cookie, so that a first visit asks for nothing that is refused. */
const LOGGED_IN = "frontdesk.console.logged-in";
/** Seconds that a long answer may take. */
const LONG = 90;

export const session = signal(/** @type {Session | null} */ (null));
/** Why nobody is signed in any more, as a key of a message. */
export const farewell = signal(/** @type {string | null} */ (null));

/** The session of who is signed in; only for what is shown to them. @returns {Session} */
export function signedIn() {
  if (session.value === null) throw new FrontdeskError("signed_out", "Nobody is signed in.");
  return session.value;
}

/** The client of who is signed in. */
export function api() {
  return signedIn().api;
}

/** The same for what takes long: an answer may take a minute and a half. */
export function patient() {
  return clientOf(signedIn().key, LONG);
}

/** @param {string} permission */
export function may(permission) {
  return session.value?.me.permissions.includes(permission) ?? false;
}

/** @param {string | null} key @param {number} [timeout] Seconds. */
function clientOf(key, timeout) {
  return new Frontdesk({ baseUrl: location.origin, ...(key === null ? {} : { key }), ...(timeout === undefined ? {} : { timeout }), fetch: asked });
}

/**
 * An answer that says that neither key nor cookie is good any more ends the session.
 * @param {RequestInfo | URL} url
 * @param {RequestInit} [init]
 */
async function asked(url, init) {
  const response = await fetch(url, init);
  if (response.status === 401 && session.peek() !== null) ended("login.ended");
  return response;
}

/** The bytes behind an address of the API. Raises FrontdeskError. @param {string} href @returns {Promise<Blob>} */
export async function bytesOf(href) {
  const response = await asked(href, { headers: api().authorization() });
  if (!response.ok) throw new FrontdeskError("unexpected", String(response.status), { status: response.status });
  return await response.blob();
}

/** @param {string | null} key */
async function begin(key) {
  const client = clientOf(key);
  const me = await client.getMe();
  farewell.value = null;
  session.value = { me, api: client, key };
}

/** Raises FrontdeskError. @param {string} email @param {string} password */
export async function signIn(email, password) {
  await clientOf(null).startSession({ body: { email, password } });
  localStorage.setItem(LOGGED_IN, "1");
  sessionStorage.removeItem(PLACE);
  await begin(null);
}

/** Ways to sign in by the company's own, for this address; none where that can't be asked: the password is there. @param {string} email */
export async function loginWays(email) {
  try {
    return (await clientOf(null).listLoginProviders({ query: { email } })).items;
  } catch {
    return [];
  }
}

/** Signs in with a key, on this tab only. Raises FrontdeskError. @param {string} key */
export async function signInWithKey(key) {
  await begin(key);
  sessionStorage.setItem(PLACE, key);
}

/** The session is over by itself: drafts stay. @param {string} why */
function ended(why) {
  sessionStorage.removeItem(PLACE);
  localStorage.removeItem(LOGGED_IN);
  farewell.value = why;
  session.value = null;
}

/** Leaves, and takes the drafts along. */
export async function signOut() {
  const { api: client, key } = signedIn();
  try {
    if (key === null) await client.endSession({ body: {} });
  } finally {
    for (const name of Object.keys(localStorage)) if (name.startsWith("frontdesk.draft.")) localStorage.removeItem(name);
    sessionStorage.removeItem(PLACE);
    localStorage.removeItem(LOGGED_IN);
    session.value = null;
  }
}

/** Goes on with the session of before, or with the key of a link that ends in `#token=…`. */
export async function resume() {
  const linked = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  const came = new URLSearchParams(location.search).get("login");
  if (came === "done") localStorage.setItem(LOGGED_IN, "1");
  else if (came === "refused" || came === "expired" || came === "unavailable") farewell.value = `login.${came}`;
  if (came !== null) history.replaceState(null, "", location.pathname + location.hash);
  if (linked !== undefined) history.replaceState(null, "", location.pathname);
  const key = linked ?? sessionStorage.getItem(PLACE);
  if (key === null && localStorage.getItem(LOGGED_IN) === null) return;
  try {
    await (key === null ? begin(null) : signInWithKey(key));
  } catch (error) {
    const gone = /** @type {FrontdeskError} */ (error).status === 401;
    if (gone) ended("login.ended");
    else farewell.value = "login.unreachable";
  }
}
