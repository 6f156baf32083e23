// The stream, over a socket that a test plays: resume, gaps, doubles, snapshots, commands, and when it gives up.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { FrontdeskStream } from "../src/index.js";

class Socket {
  static all = [];
  constructor(url, protocols) {
    Object.assign(this, { url: new URL(url), protocols, sent: [], readyState: 0 });
    Socket.all.push(this);
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  say(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code = 1000) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    queueMicrotask(() => this.onclose?.({ code }));
  }
  lose(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const turn = async () => {
  for (let n = 0; n < 10; n++) await Promise.resolve();
};

let seen, states, snapshots;
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  Socket.all = [];
  seen = [];
  states = [];
  snapshots = [];
});

async function begun(options = {}) {
  const stream = new FrontdeskStream({
    baseUrl: "https://desk.example",
    key: "fd_test_1",
    WebSocket: Socket,
    random: () => 1,
    onEvent: (frame) => seen.push(frame.seq),
    onSnapshot: (reason, head) => snapshots.push([reason, head]),
    onState: (state, detail) => states.push([state, detail]),
    ...options,
  });
  stream.start();
  await turn();
  return stream;
}

const hello = (after, epoch = "e1") => ({ v: 1, type: "hello", epoch, head: after, after, session: "s", heartbeat_seconds: 25 });
const event = (seq, prev) => ({ v: 1, id: `evt_${seq}`, type: "message.received", at: "", seq, prev, data: {} });
const latest = () => Socket.all[Socket.all.length - 1];

test("it authenticates in the first frame and keeps the key out of the URL", async () => {
  await begun({ filter: "team", id: "tea_1" });
  latest().open();
  assert.deepEqual(latest().sent, [{ type: "auth", token: "fd_test_1" }]);
  assert.equal(latest().url.search, "?filter=team&id=tea_1");
  assert.deepEqual(latest().protocols, ["frontdesk.v1+json"]);
});

test("a page hands over a ticket instead, a new one for each connection", async () => {
  let number = 0;
  await begun({ key: undefined, ticket: async () => `tkt_${++number}` });
  latest().open();
  assert.deepEqual([latest().url.searchParams.get("ticket"), latest().sent], ["tkt_1", []]);
  latest().lose();
  mock.timers.tick(60_000);
  await turn();
  assert.equal(latest().url.searchParams.get("ticket"), "tkt_2");
});

test("it resumes after its last number in the same history", async () => {
  await begun();
  latest().open();
  latest().say(hello(10));
  latest().say(event(11, 10));
  latest().say({ v: 1, type: "ping", seq: 15 });
  latest().say(event(16, 15));
  latest().lose();
  mock.timers.tick(1000);
  await turn();
  assert.deepEqual(seen, [11, 16]);
  assert.equal(latest().url.search, "?after=16&epoch=e1");
});

test("a gap is seen, and closed by coming back with the last good number", async () => {
  const stream = await begun();
  latest().open();
  latest().say(hello(1));
  latest().say(event(2, 1));
  latest().say(event(5, 4));
  assert.deepEqual([seen, stream.gaps], [[2], 1]);
  mock.timers.tick(1000);
  await turn();
  assert.equal(latest().url.searchParams.get("after"), "2");
  latest().say(hello(2));
  for (const seq of [3, 4, 5]) latest().say(event(seq, seq - 1));
  assert.deepEqual(seen, [2, 3, 4, 5]);
});

test("what was had already is passed over", async () => {
  await begun({ after: 4, epoch: "e1" });
  latest().open();
  latest().say(hello(4));
  latest().say(event(5, 4));
  latest().say(event(5, 4));
  assert.deepEqual(seen, [5]);
});

test("an order to take a snapshot moves the number and is told", async () => {
  const stream = await begun({ after: 4, epoch: "old" });
  latest().say(hello(90, "new"));
  latest().say({ v: 1, type: "snapshot_required", reason: "epoch", epoch: "new", head: 90 });
  latest().say(event(91, 90));
  assert.deepEqual([snapshots, seen, stream.epoch], [[["epoch", 90]], [91], "new"]);
});

test("silence beyond the heartbeat is a dead connection", async () => {
  await begun();
  latest().open();
  latest().say(hello(1));
  mock.timers.tick(34_000);
  assert.equal(Socket.all.length, 1);
  mock.timers.tick(1_500);
  assert.equal(states.at(-1)[0], "waiting");
  mock.timers.tick(31_000);
  await turn();
  assert.equal(Socket.all.length, 2);
});

test("pauses grow to half a minute and begin anew after a good connection", async () => {
  await begun();
  const pauses = () => states.filter(([state]) => state === "waiting").map(([, detail]) => detail.pause);
  for (let n = 0; n < 9; n++) {
    latest().lose();
    mock.timers.tick(31_000);
    await turn();
  }
  assert.deepEqual(pauses().slice(0, 4), [1000, 2000, 4000, 8000]);
  assert.equal(pauses().at(-1), 30_000);
  latest().say(hello(1));
  latest().lose();
  assert.equal(pauses().at(-1), 1000);
});

test("it comes back when it was asked to, and stays away where trying again is no use", async () => {
  await begun();
  latest().say({ v: 1, type: "closing", code: 1012, retry: true, retry_after_ms: 77, advice: "later" });
  latest().lose(1012);
  assert.equal(states.at(-1)[1].pause, 77);
  mock.timers.tick(78);
  await turn();
  latest().say({ v: 1, type: "closing", code: 4401, retry: false, retry_after_ms: null, advice: "new key" });
  latest().lose(4401);
  assert.deepEqual(states.at(-1), ["stopped", { advice: "new key", code: 4401 }]);
  mock.timers.tick(120_000);
  await turn();
  assert.equal(Socket.all.length, 2);
});

test("a command gets its own ack or error, or learns that the connection was lost", async () => {
  const stream = await begun();
  await assert.rejects(stream.send("ping"), { code: "not_connected" });
  latest().open();
  latest().say(hello(1));
  const [one, two, three] = [stream.send("ping"), stream.send("typing", { conversation_id: "c" }), stream.send("ping")];
  const refused = assert.rejects(two, { code: "not_found" });
  const lost = assert.rejects(three, { code: "connection_lost" });
  latest().say({ v: 1, type: "error", id: "c2", code: "not_found", detail: "no" });
  latest().say({ v: 1, type: "ack", id: "c1" });
  assert.equal((await one).id, "c1");
  latest().lose();
  await Promise.all([refused, lost]);
});

test("a stream that is stopped says no more and goes on from its number when started", async () => {
  const stream = await begun();
  const first = latest();
  first.open();
  first.say(hello(1));
  stream.stop();
  first.say(event(2, 1));
  assert.deepEqual(seen, []);
  stream.start();
  await turn();
  assert.equal(latest().url.searchParams.get("after"), "1");
});
