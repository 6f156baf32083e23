"""Which channels a visitor is shown now, and what came of it: see `router.domain.offers` for the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from backbone.channel.registry import manifests
from backbone.errors import Conflict, InputInvalid, NotFound, PreconditionFailed
from backbone.ids import new_id
from backbone.storage import team_waits
from backbone.storage.database import Connection
from router.config import capabilities
from router.domain import offers as rules
from router.domain import waits
from router.domain.assignment import kind_of
from router.domain.offers import GOOD, Cap, Channel, Offered, Rules, Visit
from router.domain.waits import Service
from router.repositories import offers
from router.repositories.offers import KEPT, NOBODY, Staff

Result = Literal["bought", "helped", "not_helped", "left"]


@dataclass(frozen=True, slots=True)
class Offer:
    """What is shown, in order; of each other channel why it is not; by account where it opens, as far as it can be opened."""

    id: str
    shown: tuple[Offered, ...]
    hidden: Mapping[str, str]
    opens: Mapping[str, str]


async def make(
    connection: Connection, *, tenant_id: str, page: str | None, topic: str | None, cohort: str | None,
    device: str | None, now: datetime,
) -> Offer:  # fmt: skip
    """Decides and stores an offer. Chance is drawn from the offer's id, so that the order can be worked out again.

    It answers without channels where nobody could serve or the tenant's switch is off.
    """
    visit = Visit(page, topic, cohort, device)
    offer_id = new_id("off")
    document, _ = await offers.settings(connection, tenant_id)
    wanted = rules_from(document)
    rows = await offers.accounts(connection, tenant_id)
    found, hidden = rules.able(await _channels(connection, tenant_id, rows, now), wanted)
    known = await offers.seen(connection, [c.account_id for c in found], visit.keys) if found else {}
    dice = Random(offer_id)  # noqa: S311  no secret: an order to try
    ranked = rules.order(found, visit, known, wanted, dice, now)
    shown = tuple(ranked[: wanted.most])
    hidden |= dict.fromkeys((o.channel.account_id for o in ranked[wanted.most :]), "others_first")
    caps = {account: cap.per_hour for account, cap in wanted.caps.items() if cap.per_hour is not None}
    full = await offers.count(connection, tenant_id, caps, (o.channel.account_id for o in shown), now)
    hidden |= dict.fromkeys(full, "cap_reached")
    shown = tuple(o for o in shown if o.channel.account_id not in full)
    await offers.insert(connection, tenant_id, offer_id, visit, [o.channel.account_id for o in shown], now)
    return Offer(offer_id, shown, hidden, _opens(rows, wanted))


def _opens(rows: Sequence[Any], wanted: Rules) -> dict[str, str]:
    urls = ((row["id"], open_of(row["channel"], row["external_id"], wanted.cap(row["id"]).address)) for row in rows)
    return {account: url for account, url in urls if url is not None}


def open_of(channel: str, external_id: str, address: str | None) -> str | None:
    """Where an account of the channel opens on a visitor's device; None where nothing leads there, or the address has not the form."""
    opens = manifests()[channel].opens
    return None if opens is None else opens.url(external_id, address)


async def report(
    connection: Connection, *, tenant_id: str, offer_id: str, result: Result, account_id: str | None, now: datetime
) -> None:
    """Notes what came of an offer, once, and learns from it. Saying the same again changes nothing.

    A visitor who left without choosing counts against the channel that was shown first. Raises `NotFound` (no such offer,
    or older than seven days), `Conflict` (another outcome was noted) and `InputInvalid` (a channel that was not shown).
    """
    row = await offers.find(connection, offer_id, now - KEPT)
    if row is None or row["tenant_id"] != tenant_id:
        raise NotFound("no such offer, or it is too old")
    if row["result"] is not None:
        if (row["result"], row["result_account_id"]) == (result, account_id):
            return
        raise Conflict("another outcome of this offer was noted already")
    if account_id is not None and account_id not in row["shown"]:
        raise InputInvalid("this channel was not shown", pointers={"/account_id": "was not shown"})
    if account_id is None and result != "left":
        raise InputInvalid("say on which channel", pointers={"/account_id": "is needed with this result"})
    await offers.conclude(connection, offer_id, result, account_id, now)
    about = account_id or next(iter(row["shown"]), None)
    if about is not None:
        visit = Visit(row["page"], row["topic"], row["cohort"], row["device"])
        await offers.learn(connection, tenant_id, about, visit.keys, result in GOOD, now)


async def settings(connection: Connection, tenant_id: str) -> tuple[Mapping[str, Any], int]:
    """The tenant's settings and their version."""
    return await offers.settings(connection, tenant_id)


async def change_settings(
    connection: Connection, *, tenant_id: str, document: Mapping[str, Any], expected_version: int | None
) -> int:
    """Stores settings, whose shape the caller has checked; answers their version. Raises `PreconditionFailed`,
    and `InputInvalid` for public addresses that are none of their channel.
    """
    _, version = await offers.settings(connection, tenant_id, lock=True)
    await _check_addresses(connection, tenant_id, rules_from(document))
    if expected_version is not None and expected_version != version:
        raise PreconditionFailed(f"The settings are at version {version}, not {expected_version}.")
    if not await offers.put_settings(connection, tenant_id, document, version):
        raise PreconditionFailed("The settings were changed meanwhile.")
    return version + 1


async def _check_addresses(connection: Connection, tenant_id: str, wanted: Rules) -> None:
    """Of accounts there are; another's id is like one that is gone."""
    told = {account: cap.address for account, cap in wanted.caps.items() if cap.address is not None}
    wrong = {
        f"/channels/{row['id']}/address": "is no public address of this channel, or nothing opens it"
        for row in await offers.channels(connection, tenant_id, list(told))
        if open_of(row["channel"], "", told[row["id"]]) is None
    }
    if wrong:
        raise InputInvalid("That opens nothing.", pointers=wrong)


def rules_from(document: Mapping[str, Any]) -> Rules:
    """Settings as stored; what is missing has its default."""
    caps = {
        account: Cap(cap.get("per_hour"), cap.get("longest_wait_seconds"), cap.get("hidden", False), cap.get("address"))
        for account, cap in document.get("channels", {}).items()
    }
    usual = Rules()
    return Rules(
        document.get("enabled", usual.enabled),
        document.get("explore", usual.explore),
        document.get("most", usual.most),
        caps,
    )


async def _channels(connection: Connection, tenant_id: str, rows: Sequence[Any], now: datetime) -> list[Channel]:
    teams = sorted({row["team_id"] for row in rows if row["team_id"]})
    staff = await offers.staff(connection, tenant_id, teams)
    kinds = {row["id"]: capabilities(row["channel"]).channel_class.value for row in rows}
    told = {kind: await team_waits.read(connection, teams, kind) for kind in sorted(set(kinds.values()))}
    found = []
    for row in rows:
        kind, team = kinds[row["id"]], staff.get(row["team_id"], NOBODY)
        known = told[kind].get(row["team_id"])
        wait = expected_wait(team, kind, known.fresh(now).seconds if known else None)
        found.append(Channel(row["id"], row["channel"], kind, team.slots, team.bot, wait))
    return found


def expected_wait(team: Staff, channel_class: str, told: float | None) -> float:
    """Seconds until somebody could take one more customer: none with a bot, else what the router says of the team lately
    (`told`), else by the team's queue and slots and the usual handling time.
    """
    if team.bot:
        return 0.0
    if told is not None:
        return told
    usual = kind_of(channel_class, timedelta(0)).handling
    wait = waits.expect(Service(team.slots, team.free, usual), team.waiting)
    return wait.seconds if wait else 0.0
