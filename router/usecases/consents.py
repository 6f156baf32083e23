"""Asks, for all that writes to customers first, whether this one may be written to now."""

from datetime import datetime

from backbone.storage.database import Connection
from router.config import TenantConfig, capabilities
from router.domain import consent
from router.domain.consent import Allowed, Purpose, Refused, Wait
from router.domain.conversation import Conversation
from router.repositories import consents
from router.usecases.common import channel_of


async def may_write(
    connection: Connection, config: TenantConfig, current: Conversation, purpose: Purpose, now: datetime
) -> Allowed | Refused | Wait:
    """For the customer of a locked conversation, on its channel. Blocked addresses are restricted.

    Reply windows, templates and how often the customer was written to are for the caller to look at.
    """
    blocked = config.is_blocked(current.account_id, (current.contact_address,), now)
    standing = await consents.standing(
        connection, current.contact_id, current.account_id, current.contact_address, restricted=blocked
    )
    can = capabilities(await channel_of(connection, current))
    stored = config.settings.get("quiet_hours") or {}
    number = current.contact_address if can.addresses == "phone" else None
    zones = consent.zones_of(number, stored.get("zone", "UTC"))
    return consent.may_write(purpose, standing, night=consent.night_from(config.settings), zones=zones, now=now)
