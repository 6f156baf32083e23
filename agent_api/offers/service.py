"""Offers and their outcomes, for sites with a key and for visitors without one."""

from agent_api.http.call import Answer, Call
from agent_api.http.versions import expected_version
from agent_api.offers.schemas import (
    ChannelHidden,
    ChannelOffered,
    OfferIn,
    OfferSettings,
    OfferSettingsIn,
    OfferShown,
    OutcomeIn,
)
from agent_api.parts import Parts
from backbone.channel.registry import manifests
from backbone.errors import Forbidden
from backbone.storage.database import Connection
from router.usecases import offers
from router.usecases.offers import Offer


async def make_offer(parts: Parts, connection: Connection, tenant_id: str, body: OfferIn, *, known: bool) -> OfferShown:
    """`known` callers have a key, and are told of the channels that are not shown."""
    made = await offers.make(
        connection,
        tenant_id=tenant_id,
        page=body.page,
        topic=body.topic,
        cohort=body.cohort,
        device=body.device,
        now=parts.clock.now(),
    )
    return OfferShown(id=made.id, channels=_shown(made), hidden=_hidden(made) if known else [])


def _shown(made: Offer) -> list[ChannelOffered]:
    return [
        ChannelOffered.model_validate(
            {
                "account_id": one.channel.account_id,
                "channel": one.channel.channel,
                "title": manifests()[one.channel.channel].title,
                "open": made.opens.get(one.channel.account_id),
                "expected_wait_seconds": round(one.channel.wait),
                "by": "bot" if one.channel.bot else "agent",
                "chance": one.chance,
                "reason": one.reason,
            }
        )
        for one in made.shown
    ]


def _hidden(made: Offer) -> list[ChannelHidden]:
    return [
        ChannelHidden.model_validate({"account_id": account, "reason": reason})
        for account, reason in sorted(made.hidden.items())
    ]


async def report_outcome(
    parts: Parts, connection: Connection, tenant_id: str, offer_id: str, body: OutcomeIn, *, known: bool
) -> None:
    """Raises as the use case does, and `Forbidden` for a purchase that a visitor claims."""
    if body.result == "bought" and not known:
        raise Forbidden("That somebody bought is believed with an API key only.")
    await offers.report(
        connection,
        tenant_id=tenant_id,
        offer_id=offer_id,
        result=body.result,
        account_id=body.account_id,
        now=parts.clock.now(),
    )


async def get_settings(connection: Connection, call: Call) -> Answer:
    document, version = await offers.settings(connection, call.principal.tenant_id)
    return Answer(OfferSettings.model_validate({**document, "version": version}), version=version)


async def replace_settings(connection: Connection, call: Call, body: OfferSettingsIn, if_match: str | None) -> Answer:
    version = await offers.change_settings(
        connection,
        tenant_id=call.principal.tenant_id,
        document=body.model_dump(mode="json"),
        expected_version=expected_version(if_match),
    )
    return Answer(OfferSettings.model_validate({**body.model_dump(), "version": version}), version=version)
