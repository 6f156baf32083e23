// Played by the repository's own tests against a real server: reads lists, answers, and follows the stream over cut connections.
// It says one JSON object a line. FRONTDESK_URL is the API, FRONTDESK_STREAM_URL what the stream connects to.
import { Frontdesk, FrontdeskStream } from "../src/index.js";

const { FRONTDESK_URL: baseUrl, FRONTDESK_STREAM_URL: streamUrl, FRONTDESK_KEY: key, FRONTDESK_EVENTS: wanted } = process.env;
const say = (/** @type {object} */ line) => console.log(JSON.stringify(line));
const desk = new Frontdesk({ baseUrl, key });

const found = [];
for await (const conversation of desk.items("listConversations", { query: { limit: 2 } })) found.push(conversation.id);
say({ step: "list", found });

const [conversation_id] = found;
const { version } = await desk.request("getConversation", { path: { conversation_id } });
await desk.setConversationPriority({ path: { conversation_id }, body: { priority: 4 }, ifMatch: version });
const lease = await desk.takeReplyLease({ path: { conversation_id }, body: {} });
const sent = await desk.replyToConversation({
  path: { conversation_id },
  body: { content: { type: "text", text: "On its way." }, lease: lease.number },
});
const stale = await desk.setConversationPriority({ path: { conversation_id }, body: { priority: 5 }, ifMatch: version }).catch((error) => error);
say({ step: "rest", sent: sent.id, stale: stale.code });

const seen = [];
const states = new Set();
let connections = 0;
let command = Promise.resolve();
const stream = new FrontdeskStream({
  baseUrl: streamUrl,
  ticket: async () => (await desk.createStreamTicket()).ticket,
  after: 0,
  random: () => 0,
  onState: (state) => {
    states.add(state);
    connections += state === "connecting" ? 1 : 0;
  },
  onEvent: (event) => {
    seen.push(event.seq);
    if (seen.length === 1) command = pong();
    if (seen.length === Number(wanted)) void finish();
  },
});

async function pong() {
  // A cut may come between: then the command says so, and is asked again once there is a connection.
  for (;;) {
    try {
      const ack = await stream.send("ping");
      say({ step: "command", type: ack.type });
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

async function finish() {
  await command;
  stream.stop();
  say({ step: "stream", seen, connections, gaps: stream.gaps, states: [...states] });
  process.exit(0);
}

stream.start();
