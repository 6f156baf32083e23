// The page to try the customers' socket: one visitor, one conversation. No framework, no build.
// What people write is only ever set as text.

const SUBPROTOCOL = 'frontdesk.v1+json';
const SILENCE_MS = 35_000;
const account = new URLSearchParams(location.search).get('account') ?? '';
const storage = `frontdesk.visitor.${account}`;
const list = document.querySelector('#messages');
const state = document.querySelector('#state');
const typing = document.querySelector('#typing');
const text = document.querySelector('#text');

/** Messages by id; our own wait under their client's id until they come back from the stream. */
const shown = new Map();
/** What was said and not acked yet, by client id: sent again after a reconnect, since the id makes a repeat harmless. */
const outbox = new Map();
let socket = null;
let cursor = null;
let failures = 0;
let silence = 0;
let typingTimer = 0;

async function session() {
  const kept = JSON.parse(localStorage.getItem(storage) ?? 'null');
  if (kept && Date.parse(kept.expires_at) > Date.now()) return kept;
  const answer = await fetch('/v1/customer/sessions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ account_id: account }),
  });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  const fresh = await answer.json();
  localStorage.setItem(storage, JSON.stringify(fresh));
  return fresh;
}

async function connect() {
  let visitor;
  try {
    visitor = await session();
  } catch (error) {
    state.textContent = error.message;
    return retry();
  }
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  socket = new WebSocket(`${scheme}://${location.host}${visitor.url}?account=${encodeURIComponent(account)}`, SUBPROTOCOL);
  socket.onopen = () => socket.send(JSON.stringify({ type: 'auth', token: visitor.token, after: cursor }));
  socket.onmessage = (event) => take(JSON.parse(event.data));
  socket.onclose = (event) => {
    clearTimeout(silence);
    if (event.code === 4401) localStorage.removeItem(storage);
    if (event.code === 4400 || event.code === 4403) state.textContent = 'This chat is not available.';
    else retry();
  };
}

/** Full jitter from half a second to half a minute. */
function retry() {
  failures += 1;
  state.textContent = 'Connecting …';
  setTimeout(connect, 500 + Math.random() * Math.min(30_000, 500 * 2 ** failures));
}

function take(frame) {
  clearTimeout(silence);
  silence = setTimeout(() => socket.close(), SILENCE_MS);
  if (frame.cursor) cursor = frame.cursor;
  const takers = {
    hello: online,
    history: () => frame.messages.forEach(show),
    message: () => show(frame.message),
    typing: showTyping,
    status: () => { state.textContent = frame.status === 'resolved' ? 'This conversation was closed.' : ''; },
    ack: () => { outbox.delete(frame.id); mark(frame.id, ''); },
    error: () => { if (frame.next_step !== 'retry') { outbox.delete(frame.id); mark(frame.id, 'failed'); } },
    ping: () => socket.send('{"type":"pong"}'),
  };
  takers[frame.type]?.();
}

function online() {
  failures = 0;
  state.textContent = '';
  for (const frame of outbox.values()) socket.send(JSON.stringify(frame));
}

function showTyping() {
  typing.hidden = false;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => { typing.hidden = true; }, 5_000);
}

function mark(clientId, name) {
  const item = shown.get(clientId);
  if (item) item.classList.remove('waiting');
  if (item && name) item.classList.add(name);
}

function show(message) {
  const known = shown.get(message.id) ?? shown.get(message.client_id);
  const item = known ?? list.appendChild(document.createElement('li'));
  shown.set(message.id, item);
  if (message.client_id) shown.set(message.client_id, item);
  item.className = message.sender === 'you' ? 'you' : '';
  item.dir = 'auto';
  item.replaceChildren();
  if (message.name) item.append(small(message.name));
  item.append(message.deleted ? 'This message was deleted.' : message.text ?? '');
  for (const media of message.media) item.append(link(media));
  for (const button of message.buttons) item.append(choice(button));
  item.append(small(new Date(message.at).toLocaleTimeString()));
  if (message.sender !== 'you') {
    typing.hidden = true;
    socket.send(JSON.stringify({ type: 'read', message_id: message.id }));
  }
  if (!known) item.scrollIntoView({ block: 'end' });
}

function small(words) {
  const element = document.createElement('small');
  element.textContent = words;
  return element;
}

function link(media) {
  const words = media.caption ?? media.filename ?? media.kind;
  if (!media.url?.startsWith('https://')) return small(words);
  const element = document.createElement('a');
  element.href = media.url;
  element.rel = 'noopener noreferrer';
  element.target = '_blank';
  element.textContent = words;
  return element;
}

function choice(button) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = button.title;
  element.onclick = () => say({ choice: { id: button.id, title: button.title } }, button.title);
  return element;
}

function say(values, words) {
  const frame = { type: 'message', id: crypto.randomUUID?.() ?? String(Math.random()).slice(2), ...values };
  outbox.set(frame.id, frame);
  const item = list.appendChild(document.createElement('li'));
  item.className = 'you waiting';
  item.dir = 'auto';
  item.textContent = words;
  item.scrollIntoView({ block: 'end' });
  shown.set(frame.id, item);
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

document.querySelector('#composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!words) return;
  say({ text: words }, words);
  text.value = '';
  text.focus();
});
text.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    document.querySelector('#composer').requestSubmit();
  }
});

connect();
