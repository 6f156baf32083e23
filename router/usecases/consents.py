"""Asks, for all that writes to customers first, whether this one may be written to now; and keeps what they say of it."""

from datetime import datetime
from typing import Literal

from backbone.storage.database import Connection
from router.config import TenantConfig, capabilities
from router.domain import consent
from router.domain.consent import Allowed, Purpose, Refused, State, Wait
from router.domain.conversation import Conversation, Fact
from router.repositories import consents, contacts, events
from router.repositories.consents import Said
from router.repositories.events import EventRow, event_row
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


async def set_address(
    connection: Connection,
    tenant_id: str,
    account_id: str,
    address: str,
    state: State,
    *,
    word: str | None,
    at: datetime,
    now: datetime,
) -> tuple[str, EventRow] | None:
    """Opens or closes one address for everything, as the customer said at `at`; its contact and what the stream is to be
    told, None where it is so already or the address is unknown. The proof is the caller's to keep.
    """
    out = state == "withdrawn"
    contact = await contacts.set_consent(
        connection, account_id, address, opted_out_at=at if out else None, word=word if out else None
    )
    if contact is None:
        return None
    data = {"contact_id": contact, "account_id": account_id, "state": "opted_out" if out else "opted_in"}
    return contact, event_row(tenant_id, Fact("contact.consent_changed", data), now)


async def record(
    connection: Connection,
    *,
    tenant_id: str,
    contact_id: str,
    purpose: Purpose | Literal["all"],
    state: State,
    how: Literal["agent", "form"],
    word: str,
    message_id: str | None,
    account_id: str | None,
    address: str | None,
    by: str,
    now: datetime,
) -> str:
    """Keeps what somebody heard a customer say; answers its id. `all` also opens or closes the address, which the caller has
    found to be the contact's. Without an address it holds on every channel.
    """
    said = Said(tenant_id, contact_id, purpose, state, how, now, account_id, address, word, message_id, by)
    consent_id = await consents.append(connection, said)
    if purpose != "all" or account_id is None or address is None:
        return consent_id
    changed = await set_address(connection, tenant_id, account_id, address, state, word=word, at=now, now=now)
    if changed is not None:
        await events.append(connection, [changed[1]])
    return consent_id
