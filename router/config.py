"""A tenant's rules in memory: policies, teams with hours, accounts with their team. Bounded, dropped on a change."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from backbone.channel.manifest import Capabilities
from backbone.channel.registry import manifests
from backbone.clock import Clock
from backbone.storage.database import Connection
from router.domain.conversation import Rules
from router.domain.flood import Limit
from router.domain.hours import Hours, Span, awake
from router.domain.masking import USUAL, Masking, masking_from
from router.domain.sla import Action, Escalation, Match, Policy, raises
from router.domain.teamwork import Teamwork
from router.domain.work import Step

_MOST = 10_000
_FRESH = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str
    hours: Hours | None
    work: Teamwork = field(default_factory=Teamwork)


@dataclass(frozen=True, slots=True)
class TenantConfig:
    """What rules need of one tenant, as of `read_at`."""

    tenant_id: str
    read_at: datetime
    policies: tuple[Policy, ...] = ()
    teams: Mapping[str, Team] = field(default_factory=dict)
    account_teams: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    blocked: Mapping[tuple[str, str], datetime | None] = field(default_factory=dict, repr=False)
    policy_version: int = 0
    """Of the tenant's policy document; decisions name it."""
    masking: Masking = USUAL

    def is_blocked(self, account_id: str, addresses: Iterable[str], now: datetime) -> bool:
        """Whether one of the addresses is on the tenant's block list, for this account or for all."""
        if not self.blocked:
            return False
        for address in addresses:
            for key in ((account_id, address), ("", address)):
                if key in self.blocked and ((until := self.blocked[key]) is None or until > now):
                    return True
        return False

    @property
    def flood(self) -> Limit:
        """How much one contact may write: the setting `flood_per_minute`, else the default."""
        asked = self.settings.get("flood_per_minute")
        return Limit(asked) if isinstance(asked, int) and asked > 0 else _FLOOD

    @property
    def held_for(self) -> timedelta:
        """How long a reply outside its window waits for the customer: the setting `held_reply_hours`, else three days."""
        return held_for(self.settings)

    def team_of(self, account_id: str) -> str | None:
        """The account's own team, else the tenant's first."""
        return self.account_teams.get(account_id) or next(iter(self.teams), None)

    def awake(self, team_id: str | None, now: datetime) -> str | None:
        """Who has the work of this team now: itself, unless it follows the sun with others (the setting
        `routing.follow_the_sun`, lists of teams) and one of these is open while it is not.
        """
        groups = (self.settings.get("routing") or {}).get("follow_the_sun") or ()
        for group in groups:
            if team_id in group and not self._is_open(team_id, now):
                known = [team for team in group if team in self.teams]
                chosen = awake(known, {team: self.hours_of(team) for team in known}, now)
                return chosen if self._is_open(chosen, now) else team_id
        return team_id

    def _is_open(self, team_id: str | None, now: datetime) -> bool:
        hours = self.hours_of(team_id)
        return hours is None or hours.is_open(now)

    def hours_of(self, team_id: str | None) -> Hours | None:
        team = self.teams.get(team_id or "")
        return team.hours if team else None

    def work_of(self, team_id: str | None) -> Teamwork:
        """How the team works; the usual way where it is not known."""
        team = self.teams.get(team_id or "")
        return team.work if team else Teamwork()

    @property
    def teamwork(self) -> Mapping[str, Teamwork]:
        """How each team works."""
        return {team.id: team.work for team in self.teams.values()}

    def rules(self, channel: str, team_id: str | None) -> Rules:
        return Rules(self.policies, self.hours_of(team_id), capabilities(channel).reply_window)


_FLOOD = Limit()
BLOCKED_MOST = 10_000
"""Blocked addresses of one tenant that are looked at: the newest. The API takes no more."""


def held_for(settings: Mapping[str, Any]) -> timedelta:
    """How long a reply outside its window waits for the customer: `held_reply_hours`, else three days."""
    hours = settings.get("held_reply_hours")
    return timedelta(hours=hours) if isinstance(hours, int) and 0 < hours <= 720 else timedelta(hours=72)


_NEUTRAL = Capabilities(channel_class="messaging", text_max=4096)


def capabilities(channel: str) -> Capabilities:
    """What a channel can do; a channel this release doesn't know is treated as plain messaging."""
    manifest = manifests().get(channel)
    return manifest.capabilities if manifest else _NEUTRAL


class ConfigCache:
    """Loads many tenants in one go, keeps at most 10,000, and forgets one when its configuration changed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[str, TenantConfig] = OrderedDict()

    def forget(self, tenant_id: str) -> None:
        """Drops one tenant; an empty id drops all."""
        if tenant_id:
            self._known.pop(tenant_id, None)
        else:
            self._known.clear()

    async def get(self, connection: Connection, tenant_ids: Sequence[str]) -> Mapping[str, TenantConfig]:
        """The configuration of each tenant; the transaction must see them all."""
        now = self._clock.now()
        missing = [t for t in tenant_ids if t not in self._known or self._known[t].read_at + _FRESH < now]
        if missing:
            for config in await _load(connection, missing, now):
                self._known[config.tenant_id] = config
        found = {t: self._known[t] for t in tenant_ids if t in self._known}
        for tenant_id in found:
            self._known.move_to_end(tenant_id)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return found


async def config_now(connection: Connection, tenant_id: str, now: datetime) -> TenantConfig:
    """One tenant's rules, read anew, for who keeps none in memory; those of an unknown tenant are the usual ones."""
    found = await _load(connection, [tenant_id], now)
    return found[0] if found else TenantConfig(tenant_id, now)


async def _load(connection: Connection, tenant_ids: Sequence[str], now: datetime) -> list[TenantConfig]:
    ids = list(tenant_ids)
    tenants = await connection.fetch("SELECT id, settings FROM tenants WHERE id = ANY($1::text[])", ids)
    teams = await connection.fetch(
        "SELECT tenant_id, id, name, hours, routing FROM teams WHERE tenant_id = ANY($1::text[]) ORDER BY created_at, id",
        ids,
    )
    accounts = await connection.fetch(
        "SELECT tenant_id, id, team_id FROM channel_accounts WHERE tenant_id = ANY($1::text[]) AND team_id IS NOT NULL",
        ids,
    )
    policies = await connection.fetch(
        "SELECT tenant_id, id, version, name, document FROM sla_policies WHERE tenant_id = ANY($1::text[]) ORDER BY position, id",
        ids,
    )
    calendars = {
        row["id"]: frozenset(date.fromisoformat(day["date"]) for day in row["days"])
        for row in await connection.fetch("SELECT id, days FROM calendars WHERE tenant_id = ANY($1::text[])", ids)
    }
    versions = {
        row["tenant_id"]: row["version"]
        for row in await connection.fetch(
            "SELECT tenant_id, max(version) AS version FROM policy_versions WHERE tenant_id = ANY($1::text[]) GROUP BY 1",
            ids,
        )
    }
    blocked = await connection.fetch(
        """
        SELECT b.tenant_id, b.account_id, b.address, b.until FROM unnest($1::text[]) AS t (id)
        CROSS JOIN LATERAL (
            SELECT tenant_id, account_id, address, until FROM blocked_addresses
            WHERE tenant_id = t.id AND lifted_at IS NULL AND (until IS NULL OR until > $2) ORDER BY id DESC LIMIT $3
        ) b
        """,
        ids,
        now,
        BLOCKED_MOST,
    )
    return [
        TenantConfig(
            tenant["id"],
            now,
            tuple(
                policy_from(p["id"], p["version"], p["name"], p["document"])
                for p in policies
                if p["tenant_id"] == tenant["id"]
            ),
            {
                t["id"]: Team(t["id"], t["name"], hours_from(t["hours"], calendars), teamwork_from(t["routing"]))
                for t in teams
                if t["tenant_id"] == tenant["id"]
            },
            {a["id"]: a["team_id"] for a in accounts if a["tenant_id"] == tenant["id"]},
            tenant["settings"],
            {(b["account_id"], b["address"]): b["until"] for b in blocked if b["tenant_id"] == tenant["id"]},
            versions.get(tenant["id"], 0),
            masking_from(tenant["settings"].get("masking") or {}),
        )
        for tenant in tenants
    ]


def hours_from(
    document: Mapping[str, Any] | None, calendars: Mapping[str, frozenset[date]] | None = None
) -> Hours | None:
    """`{zone, spans: [{weekday, start, end}], holidays: [date], calendars: [id]}` as stored; None means always open."""
    if not document:
        return None
    spans = tuple(
        Span(
            s["weekday"],
            time.fromisoformat(s["start"]),
            time(0) if s["end"] == "24:00" else time.fromisoformat(s["end"]),
        )
        for s in document["spans"]
    )
    own = frozenset(date.fromisoformat(d) for d in document.get("holidays", ()))
    known = calendars or {}
    shared = (known.get(calendar, frozenset()) for calendar in document.get("calendars", ()))
    return Hours(document["zone"], spans, own.union(*shared))


def teamwork_from(document: Mapping[str, Any]) -> Teamwork:
    """A team's `routing` as stored; times are in seconds. Its shape was checked when it was written."""
    usual = Teamwork()
    idle = document.get("idle_after_seconds")
    return Teamwork(
        auto_accept=document.get("auto_accept", usual.auto_accept),
        ring=timedelta(seconds=document.get("ring_seconds", usual.ring.total_seconds())),
        offer_to=document.get("offer_to", usual.offer_to),
        missed_away=document.get("missed_sets_away", usual.missed_away),
        prefer_last=timedelta(seconds=document.get("prefer_last_agent_seconds", 0)),
        wrap_up=timedelta(seconds=document.get("wrap_up_seconds", 0)),
        idle_after=None if idle is None else timedelta(seconds=idle),
        skills=document.get("skills", {}),
        units=document.get("units", {}),
        overflow=tuple(
            Step(
                timedelta(seconds=step["after_seconds"]),
                step.get("team_id"),
                step.get("agent_id"),
                step.get("at_once_when_unstaffed", False),
            )
            for step in document.get("overflow", ())
        ),
    )


def policy_from(policy_id: str, version: int, name: str, document: Mapping[str, Any]) -> Policy:
    """A stored policy document; times are in seconds. Its shape was checked when it was written."""
    match = document.get("match", {})
    return Policy(
        policy_id,
        version,
        name,
        Match(
            frozenset(match.get("channel_classes", ())),
            frozenset(match.get("visibilities", ())),
            frozenset(match.get("cohorts", ())),
            match.get("priority_at_least", 0),
        ),
        first_reply=timedelta(seconds=document["first_reply_seconds"]),
        next_reply=timedelta(seconds=document["next_reply_seconds"]),
        warn_shares=tuple(document.get("warn_shares") or (document.get("warn_share", 0.8),)),
        steps=_steps_from(document),
        within_hours=document.get("within_hours", False),
        resolution=timedelta(seconds=resolution) if (resolution := document.get("resolution_seconds")) else None,
        reply_pauses=frozenset(document.get("reply_pauses", ())),
        pauses=frozenset(document.get("pauses", ("pending", "snoozed"))),
    )


def _steps_from(document: Mapping[str, Any]) -> tuple[Escalation, ...]:
    """The steps as listed; where none are, the priority rises `escalations` times."""
    if document.get("steps") is None:
        return raises(timedelta(seconds=document.get("escalate_every_seconds", 300)), document.get("escalations", 3))
    return tuple(
        Escalation(
            timedelta(seconds=step["after_seconds"]),
            Action(step["action"]),
            step.get("by", 1),
            step.get("team_id"),
            step.get("agent_id"),
            tuple(step.get("notify", ())),
        )
        for step in document["steps"]
    )
