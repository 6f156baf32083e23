"""Tries a policy or a staffing on the past, or on a made-up day: reads what is needed, plays it, and compares."""

import asyncio
import pickle
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from backbone.errors import Conflict, InputInvalid
from backbone.storage.database import Connection
from router.config import TenantConfig
from router.demand import expect
from router.domain import sla
from router.domain.forecast import Forecast
from router.domain.work import Candidate
from router.repositories import whatif as repository
from router.repositories.routing import needs_from
from router.usecases.policies import policies_of
from router.whatif.days import make_day
from router.whatif.model import Arrival, Past, Person, Plan
from router.whatif.play import AFTER, play
from router.whatif.report import Figures, figures, past

PERIOD_MOST = timedelta(days=14)
HOLDS_MOST = timedelta(hours=12)
_HISTORY = timedelta(days=7)
_USUAL = {"writes": timedelta(minutes=1), "holds": timedelta(minutes=8)}


@dataclass(frozen=True, slots=True)
class Staffing:
    """So many more (or fewer) people of a team. Those added are like those of the team, and there when they are."""

    team_id: str
    agents: int


@dataclass(frozen=True, slots=True)
class Question:
    """What is tried, and on what: the cases that began from `start` to `end`, or about `made` made-up ones in that time."""

    start: datetime
    end: datetime
    document: Mapping[str, Any] | None = None
    staffing: tuple[Staffing, ...] = ()
    made: int | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that the play needs, so that it can be played in another process."""

    arrivals: tuple[Arrival, ...]
    people: tuple[Person, ...]
    tried: tuple[Person, ...]
    now: Plan
    then: Plan
    history: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`past` is what happened (None for a made-up day), `replayed` the same played under what holds now, and `tried` under
    what was asked: how far `replayed` is from `past` says how far to trust `tried`.
    """

    past: Figures | None
    replayed: Figures
    tried: Figures
    notes: tuple[str, ...] = field(default=())


async def gather(connection: Connection, config: TenantConfig, question: Question, now: datetime, most: int) -> Inputs:
    """Reads the tenant's past. Raises `InputInvalid` for a period that is empty, too long, or has more than `most` cases."""
    if not timedelta(0) < question.end - question.start <= PERIOD_MOST:
        raise InputInvalid(
            "The period must be up to 14 days.", pointers={"/to": "must be after from, by 14 days at most"}
        )
    notes: list[str] = []
    if question.made is None:
        arrivals, history = await _recorded(connection, config, question, now, most, notes)
    else:
        arrivals, history = _made(config, question, most)
        notes.append("The cases are made up: the past is not looked at.")
    people = await _people(connection, config.tenant_id, question, notes)
    held = _plan(config, config.policies, config.settings.get("routing") or {})
    then = held
    if question.document is not None:
        then = _plan(config, policies_of(question.document), question.document.get("routing") or {})
    return Inputs(
        tuple(arrivals), people, _staffed(people, question.staffing), held, then, tuple(history), tuple(notes)
    )


def compare(inputs: Inputs) -> Comparison:
    """Plays what holds now, and what is tried. Pure; takes seconds for thousands of cases."""

    def expected(plan: Plan) -> Any:
        def at(now: datetime, agents: Sequence[Candidate]) -> Forecast | None:
            known = [row for row in inputs.history if now - _HISTORY <= row["opened_at"] < now]
            return expect(known, plan.policies, agents, now)

        return at

    happened = past(inputs.arrivals, inputs.now)
    return Comparison(
        figures(happened) if happened else None,
        figures(play(inputs.arrivals, inputs.people, inputs.now, expected(inputs.now))),
        figures(play(inputs.arrivals, inputs.tried, inputs.then, expected(inputs.then))),
        inputs.notes,
    )


def _plan(config: TenantConfig, policies: Sequence[sla.Policy], routing: Mapping[str, Any]) -> Plan:
    hours = {team.id: team.hours for team in config.teams.values()}
    return Plan(tuple(policies), hours, config.teamwork, keep_slots_free=bool(routing.get("keep_slots_free")))


async def _recorded(
    connection: Connection, config: TenantConfig, question: Question, now: datetime, most: int, notes: list[str]
) -> tuple[list[Arrival], list[Mapping[str, Any]]]:
    rows = await repository.cases(connection, config.tenant_id, question.start, question.end, now, most + 1)
    if not rows:
        raise InputInvalid("Nothing began in this period.", pointers={"/from": "no conversation began after it"})
    if len(rows) > most:
        raise InputInvalid(
            f"More than {most} conversations began in this period.", pointers={"/to": "choose a shorter period"}
        )
    rng = Random(f"whatif/{question.seed}")  # noqa: S311  a choice among recorded times, no secret
    known: dict[str, list[tuple[timedelta, timedelta]]] = {}
    for row in rows:
        if (took := _took(row, config)) is not None:
            known.setdefault(row["channel_class"], []).append(took)
    guessed = sum(_took(row, config) is None for row in rows)
    if guessed:
        notes.append(
            f"Of {guessed} cases nobody knows how long they would have taken: others of their class stand for them."
        )
    arrivals = [_arrival(row, config, known, rng) for row in rows]
    earlier = await repository.history(connection, config.tenant_id, question.start, _HISTORY)
    return arrivals, [dict(row) for row in (*earlier, *rows)]


def _took(row: Any, config: TenantConfig) -> tuple[timedelta, timedelta] | None:
    """How long the first answer took whoever had it, and how long it held their units; None where nobody answered."""
    if row["taken_at"] is None or row["first_reply_at"] is None:
        return None
    idle = config.work_of(row["team_id"]).idle_after
    with_customer = timedelta(seconds=row["with_customer"])
    if idle is not None:
        with_customer = min(with_customer, idle * row["customers"])
    writes = max(timedelta(0), row["first_reply_at"] - row["taken_at"])
    return writes, min(HOLDS_MOST, timedelta(seconds=row["with_agent"]) + with_customer)


def _arrival(
    row: Any, config: TenantConfig, known: Mapping[str, Sequence[tuple[timedelta, timedelta]]], rng: Random
) -> Arrival:
    took = _took(row, config)
    others = known.get(row["channel_class"])
    writes, holds = took or (rng.choice(others) if others else (_USUAL["writes"], _USUAL["holds"]))
    at = row["opened_at"]
    gone = row["resolved_at"] - at if row["taken_at"] is None and row["resolved_at"] is not None else None
    answered = None if row["first_reply_at"] is None else row["first_reply_at"] - at
    taken = None if row["taken_at"] is None else row["taken_at"] - at
    return Arrival(
        row["id"], at, sla.Case(row["channel_class"], row["visibility"], row["cohort"], row["priority"]), row["team_id"],
        row["units"], writes, holds, gone, needs_from(row["needs"]) if row["needs"] else (), row["language"],
        Past(taken, answered, row["agent_id"]),
    )  # fmt: skip


def _made(config: TenantConfig, question: Question, most: int) -> tuple[list[Arrival], list[Mapping[str, Any]]]:
    """A day of its own, and a week of others like it for the forecast."""
    many = min(question.made or 0, most)
    teams: list[str | None] = list(config.teams) or [None]
    span = question.end - question.start
    arrivals = make_day(question.seed, question.start, span, many, teams)
    week = [
        one
        for day in range(7)
        for one in make_day(-question.seed * 7 - day, question.start - timedelta(days=day + 1), span, many, teams)
    ]
    return arrivals, [
        {
            "opened_at": one.at, "team_id": one.team_id, "channel_class": one.case.channel_class,
            "visibility": one.case.visibility, "cohort": one.case.cohort, "needs": [],
        }
        for one in (*week, *arrivals)
    ]  # fmt: skip


async def _people(connection: Connection, tenant_id: str, question: Question, notes: list[str]) -> tuple[Person, ...]:
    ends = question.end + AFTER
    changes: dict[str, list[Any]] = {}
    if question.made is None:
        for row in await repository.presence(connection, tenant_id, question.start):
            changes.setdefault(row["agent_id"], []).append(row)
    found = []
    for row in await repository.people(connection, tenant_id):
        person = Candidate(
            row["id"], frozenset(row["teams"]), "offline", row["capacity"], 0, None, tuple(sorted(row["skills"].items())),
            frozenset(row["languages"]), interruptible=row["interruptible_capacity"],
        )  # fmt: skip
        whole = question.made is not None or row["presence"] == "online"
        found.append(Person(person, _shifts(changes.get(row["id"], ()), question.start, ends, online=whole)))
    if question.made is not None:
        notes.append("Everybody is taken to be online all the time.")
    elif not changes:
        notes.append("No change of presence is on record: who is online now is taken to have been online all the time.")
    return tuple(found)


def _shifts(
    changes: Sequence[Any], start: datetime, end: datetime, *, online: bool
) -> tuple[tuple[datetime, datetime], ...]:
    """When somebody was online; before the first change they were what it came from."""
    here = changes[0]["before"] == "online" if changes else online
    since, shifts = start, []
    for change in changes:
        if here and change["after"] != "online":
            shifts.append((since, min(end, change["at"])))
        elif not here and change["after"] == "online":
            since = change["at"]
        here = change["after"] == "online"
    if here:
        shifts.append((since, end))
    return tuple((begin, until) for begin, until in shifts if begin < min(until, end))


def _staffed(people: tuple[Person, ...], staffing: Sequence[Staffing]) -> tuple[Person, ...]:
    """Raises `InputInvalid` for a team that nobody is in."""
    found = list(people)
    for number, change in enumerate(staffing):
        members = [p for p in found if change.team_id in p.candidate.teams]
        if not members:
            raise InputInvalid("Nobody is in this team.", pointers={f"/staffing/{number}/team_id": "has no members"})
        if change.agents < 0:
            gone = {p.candidate.agent_id for p in members[change.agents :]}
            found = [p for p in found if p.candidate.agent_id not in gone]
        for n in range(max(0, change.agents)):
            like = members[n % len(members)]
            name = f"{like.candidate.agent_id}+{number}.{n}"
            found.append(replace(like, candidate=replace(like.candidate, agent_id=name)))
    return tuple(found)


async def compare_apart(inputs: Inputs, within: timedelta) -> Comparison:
    """As `compare`, in a process of its own: it takes a core for seconds, which who calls needs for others meanwhile.

    Raises `Conflict` where it takes longer than `within`; the process is ended then, and when the caller is.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router.whatif", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(within.total_seconds()):
            said, _ = await child.communicate(pickle.dumps(inputs))
    except TimeoutError:
        raise Conflict("It takes too long: choose a shorter period.") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise RuntimeError(f"the play ended with exit code {child.returncode}")
    # Written by our own code from our own values.
    found: Comparison = pickle.loads(said)  # noqa: S301
    return found
