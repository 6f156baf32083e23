// The REST layer, without a server: what is asked, what is tried again, and what an error says.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";

import { Frontdesk, FrontdeskError } from "../src/index.js";

function scripted(...answers) {
  const asked = [];
  const pauses = [];
  const own = async (url, init) => {
    asked.push({ url, ...init });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return new Response(answer.body === undefined ? "" : JSON.stringify(answer.body), {
      status: answer.status ?? 200,
      headers: answer.headers,
    });
  };
  const sleep = async (seconds) => void pauses.push(seconds);
  return { desk: new Frontdesk({ baseUrl: "https://desk.example/", key: "fd_test_secret", fetch: own, sleep }), asked, pauses };
}

test("an operation asks its method and path with the key and its query", async () => {
  const { desk, asked } = scripted({ body: { items: [], next_cursor: null } });
  await desk.listConversations({ query: { status: ["open", "pending"], team: undefined, limit: 5 } });
  assert.equal(asked[0].url, "https://desk.example/v1/conversations?status=open&status=pending&limit=5");
  assert.equal(asked[0].method, "GET");
  assert.equal(asked[0].headers.Authorization, "Bearer fd_test_secret");
});

test("what stands in a path can't leave it", async () => {
  const { desk, asked } = scripted({ body: {} });
  await desk.getConversation({ path: { conversation_id: "../agents?x=1" } });
  assert.equal(asked[0].url, "https://desk.example/v1/conversations/..%2Fagents%3Fx%3D1");
  await assert.rejects(desk.getConversation({ path: {} }), { code: "path_incomplete" });
});

test("a POST keeps its Idempotency-Key over its tries", async () => {
  const { desk, asked, pauses } = scripted(new TypeError("reset"), { status: 503, headers: { "Retry-After": "2" } }, { status: 201, body: { id: "x" } });
  const made = await desk.addNote({ path: { conversation_id: "cnv_1" }, body: { text: "hi" } });
  assert.equal(made.id, "x");
  assert.equal(new Set(asked.map((one) => one.headers["Idempotency-Key"])).size, 1);
  assert.equal(pauses.length, 2);
  assert.ok(pauses[1] >= 2);
});

test("what the caller did wrong is not tried again and says what it is", async () => {
  const problem = { code: "reply_lease_stale", detail: "It went on.", meanwhile: [{ id: "msg_1" }] };
  const { desk, asked } = scripted({ status: 409, body: problem });
  const failed = await desk.call("replyToConversation", { path: { conversation_id: "c" }, body: {} }).catch((error) => error);
  assert.ok(failed instanceof FrontdeskError);
  assert.deepEqual([failed.code, failed.status, failed.problem.meanwhile], ["reply_lease_stale", 409, [{ id: "msg_1" }]]);
  assert.equal(asked.length, 1);
});

test("tries end, and an answer that is no JSON is told by its status", async () => {
  const { desk, asked } = scripted({ status: 502 });
  await assert.rejects(desk.getMe(), { code: "unexpected", status: 502 });
  assert.equal(asked.length, 4);
});

test("a list is read to its end", async () => {
  const { desk, asked } = scripted({ body: { items: [1, 2], next_cursor: "n1" } }, { body: { items: [3], next_cursor: null } });
  const found = [];
  for await (const item of desk.items("listAgents", { query: { limit: 2 } })) found.push(item);
  assert.deepEqual(found, [1, 2, 3]);
  assert.ok(asked[1].url.endsWith("?limit=2&cursor=n1"));
});

test("a version is read from the answer and named by a change", async () => {
  const { desk, asked } = scripted({ body: { id: "x" }, headers: { ETag: '"7"' } });
  const { version } = await desk.request("getConversation", { path: { conversation_id: "x" } });
  assert.equal(version, 7);
  await desk.assignConversation({ path: { conversation_id: "x" }, body: { agent_id: null }, ifMatch: version });
  assert.equal(asked[1].headers["If-Match"], '"7"');
});

test("the key is not shown where the client is printed", () => {
  const { desk } = scripted({});
  assert.ok(!inspect(desk).includes("secret") && !JSON.stringify(desk).includes("secret"));
});

test("a call that is ended by its caller is not tried again", async () => {
  const stop = new AbortController();
  const { desk, asked } = scripted(new TypeError("aborted"));
  stop.abort();
  await assert.rejects(desk.getMe({ signal: stop.signal }), { code: "aborted" });
  assert.equal(asked.length, 1);
});
