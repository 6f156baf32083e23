// Agents and bots: their role, teams, skills, languages and how much they take at a time.
import { html } from "../html.js";
import { t } from "../lib/i18n.js";
import { line } from "../lib/text.js";
import { loadAgents, teamName, teams } from "../state/directory.js";
import { api } from "../state/session.js";
import { FormDialog } from "../ui/dialog.js";
import { Field, TextField } from "../ui/parts.js";
import { listed, Open, Section } from "./section.js";

/** @typedef {import("frontdesk-client").Agent} Agent */
/** @typedef {() => Promise<void>} Load */

const ROLES = /** @type {const} */ (["agent", "supervisor", "admin", "bot"]);

export function Agents() {
  return html`<${Section}
    name="agents" read=${() => listed("listAgents", { query: { limit: 200 } })} form=${(/** @type {Load} */ load) => html`<${Add} done=${load} />`}
    columns=${[
      { head: t("field.name"), cell: (/** @type {Agent} */ agent) => line(agent.name, 80) },
      { head: t("field.role"), cell: (/** @type {Agent} */ agent) => t(`role.${agent.role}`) },
      { head: t("setup.teams"), cell: (/** @type {Agent} */ agent) => agent.team_ids.map(teamName).join(", ") },
      { head: t("agents.skills"), cell: (/** @type {Agent} */ agent) => [...Object.entries(agent.skills).map(([skill, level]) => `${skill} ${level}`), ...agent.languages].join(", ") },
      { head: t("agents.capacity"), n: true, cell: (/** @type {Agent} */ agent) => `${agent.used} / ${agent.capacity}` },
    ]}
    actions=${(/** @type {Agent} */ agent, /** @type {Load} */ load) => html`<${Open} label=${t("action.edit")} of=${agent.name} dialog=${() => html`<${Edit} agent=${agent} done=${load} />`} />`}
  />`;
}

/** @param {{chosen: string[]}} props */
function TeamChoice({ chosen }) {
  return html`<fieldset class="field"><legend>${t("setup.teams")}</legend><div class="choices-list">
    ${teams.value.map(({ id, name }) => html`<label class="check"><input type="checkbox" name="teams" value=${id} checked=${chosen.includes(id)} /><bdi>${name}</bdi></label>`)}</div></fieldset>`;
}

/** @param {{done: Load}} props */
function Add({ done }) {
  /** @param {FormData} data */
  const save = async (data) => {
    const body = {
      name: String(data.get("name")),
      email: String(data.get("email")),
      role: /** @type {"agent"} */ (data.get("role")),
      capacity: Number(data.get("capacity")),
      team_ids: data.getAll("teams").map(String),
    };
    await api().createAgent({ body });
    await Promise.all([done(), loadAgents()]);
  };
  return html`<${FormDialog} title=${t("agents.add")} action=${t("action.add")} save=${save}>
    <div class="pair"><${Field} label=${t("field.name")} name="name" required dir="auto" /><${Field} label=${t("login.email")} name="email" type="email" required /></div>
    <div class="pair"><${Field} label=${t("field.role")} name="role">${ROLES.map((role) => html`<option value=${role}>${t(`role.${role}`)}</option>`)}<//>
    <${Field} label=${t("agents.capacity")} name="capacity" type="number" min="0" max="1000" value="3" required /></div>
    <${TeamChoice} chosen=${[]} />
  <//>`;
}

/** @param {{agent: Agent, done: Load}} props */
function Edit({ agent, done }) {
  const path = { agent_id: agent.id };
  /** @param {FormData} data */
  const save = async (data) => {
    const skills = Object.fromEntries(words(data, "skills").map((word) => word.split("=")).map(([skill, level]) => [skill, Number(level ?? 1)]));
    // Each change is made from the one before it; from the agent that was shown, the first.
    const sized = await api().setCapacity({ path, body: { capacity: Number(data.get("capacity")) }, ifMatch: agent.version });
    const placed = await api().setAgentTeams({ path, body: { team_ids: data.getAll("teams").map(String) }, ifMatch: sized.version });
    await api().setAgentSkills({ path, body: { skills, languages: words(data, "languages") }, ifMatch: placed.version });
    await Promise.all([done(), loadAgents()]);
  };
  return html`<${FormDialog} title=${agent.name} action=${t("action.save")} save=${save}>
    <${Field} label=${t("agents.capacity")} name="capacity" type="number" min="0" max="1000" value=${agent.capacity} required />
    <${TeamChoice} chosen=${agent.team_ids} />
    <${TextField} label=${t("agents.skills")} name="skills" hint=${t("agents.skills.more")} value=${Object.entries(agent.skills).map(([skill, level]) => `${skill}=${level}`).join("\n")} />
    <${TextField} label=${t("agents.languages")} name="languages" hint=${t("agents.languages.more")} value=${agent.languages.join("\n")} rows="2" />
  <//>`;
}

/** @param {FormData} data @param {string} name */
function words(data, name) {
  return String(data.get(name)).split(/\s+/).filter(Boolean);
}
