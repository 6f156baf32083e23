"""Invites customers who rated well to tell others, never more than the tenant's cap, and counts what came of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backbone.errors import NotFound
from backbone.ids import new_code, new_id
from backbone.storage.database import Connection
from router.config import TenantConfig
from router.domain import advocates as rules
from router.domain.consent import Allowed, Wait
from router.domain.conversation import Conversation
from router.repositories import advocates as repository
from router.repositories import timers
from router.repositories.contacts import language_of
from router.repositories.timers import ADVOCATE, TimerRow
from router.usecases import consents, messages
from router.usecases.common import channel_of
from schemas.content import Content

PATH = "/v1/customer/invitations/"


async def rated(
    connection: Connection, settings: Mapping[str, Any], tenant_id: str, conversation_id: str, score: int, now: datetime
) -> None:
    """Call once a customer rated: whoever did well enough is invited a quarter of an hour later."""
    if rules.inviting_from(settings).takes(score):
        row = TimerRow(tenant_id, conversation_id, ADVOCATE, now + rules.AFTER, "invite")
        await timers.put(connection, [row])


async def invite(
    connection: Connection, config: TenantConfig, current: Conversation, public_url: str, now: datetime
) -> bool:
    """Invites the customer of a locked conversation, and tells whether it did: not if it was opened again or rated anew, if
    it was public, if the cap is reached, or if the channel or the customer wants no such message now.
    """
    inviting, offer = rules.inviting_from(config.settings), None
    score = await repository.score_of(connection, current.id)
    if score is not None and inviting.takes(score):
        offer = inviting.offer(current.account_id)
    if offer is None or current.status != "resolved" or current.visibility != "private":
        return False
    if not await _is_due(connection, inviting, current, now):
        return False
    verdict = await consents.may_write(connection, config, current, rules.purpose(offer[0]), now)
    if isinstance(verdict, Wait):
        await timers.put(connection, [TimerRow(current.tenant_id, current.id, ADVOCATE, verdict.until, "invite")])
    if not isinstance(verdict, Allowed):
        return False
    (kind, link), code = offer, new_code()
    language = await language_of(connection, current.contact_id)
    text = rules.invitation(kind, language, code if link is None else f"{public_url}{PATH}{code}")
    if await messages.tell(connection, current, Content(text=text), now) is None:
        return False
    channel = await channel_of(connection, current)
    await repository.insert(
        connection, current, invitation_id=new_id("adv"), channel=channel, kind=kind, code=code, link=link, now=now
    )
    return True


async def _is_due(connection: Connection, inviting: rules.Inviting, current: Conversation, now: datetime) -> bool:
    if await repository.is_known(connection, current.id):
        return False
    if await repository.invited_since(connection, current.tenant_id, now - rules.DAY) >= inviting.per_day:
        return False
    return not await repository.was_invited_since(connection, current.contact_id, now - inviting.every)


async def use(connection: Connection, code: str, now: datetime) -> Any:
    """Counts that a friend came with a referral code; answers its row. Raises `NotFound`."""
    row = await repository.use(connection, code, now)
    if row is None:
        raise NotFound("no such code")
    return row
