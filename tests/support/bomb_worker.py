"""A worker of the gateway's isolation of which every channel does what its body says; run as a module."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from backbone.channel import registry
from backbone.channel.port import Codec, Context, Parsed, Request
from backbone.channel.registry import Channel
from backbone.errors import PayloadInvalid
from gateway.inbound import isolated
from schemas.content import Content
from schemas.inbound import MessageReceived, Sender
from tests.support.gateway import plain_channel


class BombCodec:
    """Eats memory, processor time or time, dies, fails or refuses; any other body is a message that says our pid."""

    def parse(self, request: Request, context: Context) -> Parsed:
        body = request.body.strip(b" ")
        if body == b"memory":
            eaten = [bytes(64 * 1024 * 1024) for _ in range(1000)]
            raise AssertionError(len(eaten))
        while body == b"cpu":
            pass
        if body == b"sleep":
            time.sleep(600)
        if body == b"die":
            os.abort()
        if body == b"fail":
            raise ZeroDivisionError("what the mail says")
        if body == b"refuse":
            raise PayloadInvalid("no mail")
        sender = Sender(address="ana@customer.example.test")
        says = f"{os.getpid()} {sorted(os.environ)}" if body == b"who" else body.decode("utf-8", "replace")[:100]
        event = MessageReceived(thread_key="t", dedup_key="d", sender=sender, content=Content(text=says))
        return Parsed(events=(event,), poll_now=True)

    def extract_media(self, body: bytes, refs: Sequence[str]) -> Mapping[str, tuple[str, str | None, bytes]]:
        return dict.fromkeys(refs, ("text/plain", None, body[:3]))


def channel(_name: str) -> Channel:
    return Channel(plain_channel().manifest, cast("Codec", BombCodec()), Path())


if __name__ == "__main__":
    cast("Any", registry).channel = channel
    sys.argv[1:] = sys.argv[1:] or [isolated.Limits().as_argument()]
    isolated.main()
