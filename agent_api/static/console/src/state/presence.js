// One's own presence: over the socket where it is open, else by REST.
import { changeAgent } from "./directory.js";
import { command, connection } from "./live.js";
import { attempt } from "./notices.js";
import { api, session } from "./session.js";

/** @param {"online" | "away" | "offline"} presence @param {string | null} [reason] */
export async function setPresence(presence, reason = null) {
  const id = session.peek()?.me.agent_id;
  if (id == null) return;
  const done = await attempt(async () => {
    if (connection.peek() === "open") await command("presence.set", { presence, reason });
    else await api().setPresence({ path: { agent_id: id }, body: { presence, reason } });
    return true;
  });
  if (done) changeAgent(id, { presence, presence_reason: reason });
}
