"""What a message brings besides itself: facts of a public post, participants, a window that opens, and whether it wakes anybody."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from backbone.storage.database import Connection
from backbone.storage.statement import columns
from router.config import TenantConfig
from router.domain.conversation import Conversation
from router.domain.flood import Look
from router.domain.reputation import storms
from router.domain.reputation.sentiment import sentiment
from router.inbound import optouts
from router.inbound.optouts import Spoken
from router.repositories import participants, reputation
from router.repositories.events import EventRow, event_row
from router.repositories.participants import Participant
from router.repositories.reputation import PublicPost
from router.usecases import held
from schemas.inbound import InboundRecord, MessageReceived, Visibility

Quiet = Literal["blocked", "flood"]
"""Why a message is stored and wakes nobody: no clock, no media, no reopening."""


@dataclass(slots=True)
class Extras:
    """Gathered while a batch is applied, written after its messages. Empty for most batches, which then cost nothing."""

    look: Look
    quiet: dict[str, Quiet] = field(default_factory=dict)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    participants: list[Participant] = field(default_factory=list)
    opened: dict[str, Conversation] = field(default_factory=dict)
    optouts: list[Spoken] = field(default_factory=list)
    said: list[PublicPost] = field(default_factory=list)

    def judge(self, record: InboundRecord, event: MessageReceived, config: TenantConfig) -> Quiet | None:
        """Whether this message wakes nobody, and why."""
        addresses = (event.sender.address, *event.sender.aliases)
        if config.is_blocked(record.account_id, addresses, record.received_at):
            return "blocked"
        contact = (record.account_id, event.sender.address)
        return "flood" if self.look.is_flood(contact, record.received_at, config.flood) else None

    def weigh(
        self,
        message_id: str,
        record: InboundRecord,
        event: MessageReceived,
        current: Conversation,
        language: str | None,
    ) -> None:
        """Notes a public message. How many share its subject is looked for later, by whoever watches for storms."""
        post, text = event.post, event.content.text or ""
        reach, rating = (post.reach, post.rating) if post else (None, None)
        tone = sentiment(text, language)
        self.said.append(
            PublicPost(
                message_id, record.tenant_id, current.id, event.sender.address[:500], record.received_at,
                None if reach is None else min(reach, 2**31 - 1), rating, tone,
                storms.score(reach=reach, rating=rating, sentiment=tone), storms.terms_of(text, post.post_id if post else None),
            )
        )  # fmt: skip

    def gather(self, record: InboundRecord, event: MessageReceived, current: Conversation, message_id: str) -> None:
        """Call before the message changes `current`: it says whether the window was closed until now."""
        said = optouts.spoken(record, event, current, message_id)
        if said is not None:
            self.optouts.append(said)
        closed = current.window_expires_at
        if said is not None and said.word.state == "withdrawn":
            # What waited for the customer goes out for nobody who says stop.
            self.opened.pop(current.id, None)
        elif closed is not None and closed <= record.received_at and not event.automatic:
            self.opened[current.id] = current
        if event.visibility is Visibility.PUBLIC:
            post = event.post.model_dump(mode="json", exclude_none=True) if event.post is not None else {}
            self.posts[current.id] = self.posts.get(current.id, {}) | post
        others = event.sender.address != current.contact_address
        if event.participants or others:
            self._meet(record, event, current, others=others)

    def _meet(self, record: InboundRecord, event: MessageReceived, current: Conversation, *, others: bool) -> None:
        def add(address: str, name: str | None, role: str) -> None:
            self.participants.append(
                Participant(current.id, address[:500], current.tenant_id, name, role, record.received_at)
            )

        add(current.contact_address, None if others else event.sender.name, "requester")
        if others:
            add(event.sender.address, event.sender.name, "sender")
        for one in event.participants[: participants.MOST]:
            if one.address not in {current.contact_address, event.sender.address}:
                add(one.address, one.name, "participant")


async def write(connection: Connection, extras: Extras, now: datetime, say: Callable[[EventRow], None]) -> bool:
    """Writes what was gathered; tells whether replies that waited are on their way out now."""
    if extras.quiet:
        await connection.execute(
            "UPDATE messages m SET suppressed = v.s FROM unnest($1::text[], $2::text[]) AS v (id, s) WHERE m.id = v.id",
            list(extras.quiet),
            list(extras.quiet.values()),
        )
    if extras.posts:
        # The newest word on each fact counts: stars and reach change.
        await connection.execute(
            "UPDATE conversations c SET visibility = 'public', public_post = coalesce(c.public_post, '{}') || v.p::jsonb "
            "FROM unnest($1::text[], $2::text[]) AS v (id, p) WHERE c.id = v.id",
            *columns((key, json.dumps(post)) for key, post in sorted(extras.posts.items())),
        )
    if extras.said:
        await reputation.add(connection, extras.said)
    if extras.participants:
        await participants.add(connection, extras.participants)
    answered = await optouts.write(connection, extras.optouts, now, say)
    if not extras.opened:
        return answered
    released = await held.release(connection, list(extras.opened.values()), now)
    for current, fact in released:
        say(event_row(current.tenant_id, fact, now))
    return bool(released) or answered
