// A program as somebody would write it: it is never run, `tsc --strict` must take it and refuse what is marked.
import { Frontdesk, FrontdeskError, FrontdeskStream, type Conversation } from "../src/index.js";

const desk = new Frontdesk({ baseUrl: "https://desk.example", key: "fd_live_x" });

export async function work(): Promise<void> {
  const page = await desk.listConversations({ query: { status: ["open"], limit: 10 } });
  const first: Conversation | undefined = page.items[0];
  if (first === undefined) return;
  for await (const message of desk.items("listMessages", { path: { conversation_id: first.id } })) {
    console.log(message.content?.text ?? "", message.at);
  }
  try {
    await desk.replyToConversation({
      path: { conversation_id: first.id },
      body: { content: { type: "text", text: "On its way." } },
      idempotencyKey: "reply-1",
    });
  } catch (error) {
    if (error instanceof FrontdeskError && error.code === "reply_lease_stale") console.log(error.problem["meanwhile"]);
    else throw error;
  }
  // @ts-expect-error the path must name the conversation
  await desk.getConversation({});
  // @ts-expect-error there is no such field
  await desk.addNote({ path: { conversation_id: first.id }, body: { txt: "x" } });
  // @ts-expect-error there is no such operation
  await desk.call("readMinds", {});
}

export const stream = new FrontdeskStream({
  baseUrl: desk.baseUrl,
  ticket: async () => (await desk.createStreamTicket()).ticket,
  onEvent: (event) => console.log(event.seq, event.data["conversation_id"]),
});
