"""Names of the bus topics: `<subject>.<direction or events>.v<N>`, dead letters behind `.dlq`."""

INBOUND = "messages.inbound.v1"
EVENTS = "conversations.events.v1"
"""Wake-ups only: the stream itself is read from the tenant's `events` table by number."""

MEDIA_WANTED = "media.wanted.v1"

INBOUND_DLQ = INBOUND + ".dlq"


def outbound(channel: str) -> str:
    """The topic a channel's gateway reads its work from."""
    return f"messages.outbound.{channel}.v1"


FOUND_BY_POLL: tuple[str, bytes] = ("found_by_poll", b"1")
"""A header on `messages.inbound.v1`: a search behind the webhooks brought it. Who finds it new knows that one never came."""
