"""Webhooks for a developer's machine, which the product can't reach: events are read from the API and posted from here."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from backbone.clock import Clock
from backbone.errors import FrontdeskError, Retriable, Unavailable
from backbone.ids import new_id
from backbone.web.fetcher import Answer, Fetcher
from backbone.web.signatures import headers
from gateway.partners.attempt import DEADLINE, envelope

LOOK_EVERY = timedelta(seconds=1)
_PAGE = 100
_JOINED = frozenset({"conversation", "message"})
"""What the API adds to an event for those who may read it; webhooks carry ids only."""


@dataclass(frozen=True, slots=True)
class Api:
    """Calls the agent API with a key. Raises `FrontdeskError` with the API's own words where it refuses."""

    fetcher: Fetcher
    base: str
    key: SecretStr = field(repr=False)

    async def get(self, path: str) -> Any:
        return self._read(await self.fetcher.call("GET", self.base + path, headers=self._headers()))

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        more = (("content-type", "application/json"), ("idempotency-key", new_id("idk")))
        content = json.dumps(body).encode()
        return self._read(
            await self.fetcher.call("POST", self.base + path, headers=(*self._headers(), *more), body=content)
        )

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.key.get_secret_value()}"),)

    def _read(self, answer: Answer) -> Any:
        try:
            found = json.loads(answer.body or b"{}")
        except ValueError:
            raise Unavailable(f"{self.base} answers {answer.status}, and no JSON: is it Frontdesk?") from None
        if answer.status >= 400:
            raise FrontdeskError(f"{found.get('code')}: {found.get('detail')}")
        return found


class Forwarder:
    """Posts the tenant's events to `target`, signed with `secret`, in order; one try each, since somebody is watching."""

    def __init__(
        self,
        api: Api,
        clock: Clock,
        target: str,
        secret: SecretStr,
        say: Callable[[str], None],
        types: Collection[str] = (),
    ) -> None:
        self._api = api
        self._clock = clock
        self._target = target
        self._secret = secret
        self._say = say
        self._types = frozenset(types)

    async def run(self) -> None:
        """From now on, until cancelled. Raises `FrontdeskError` where the API refuses."""
        after = int((await self._api.get("/v1/stream/head"))["head"])
        while True:
            after = await self.step(after)
            await self._clock.sleep(LOOK_EVERY)

    async def step(self, after: int) -> int:
        """Forwards what lies beyond `after`, a page at most; answers how far it has read."""
        page = await self._api.get(f"/v1/events?after={after}&limit={_PAGE}")
        for event in page["items"]:
            if not self._types or event["type"] in self._types:
                await self._forward(event)
        return int(page["covered"])

    async def _forward(self, event: Mapping[str, Any]) -> None:
        data = {name: value for name, value in event["data"].items() if name not in _JOINED}
        body = envelope(
            event_id=event["id"],
            seq=event["seq"],
            kind=event["type"],
            at=datetime.fromisoformat(event["at"]),
            data=data,
        )
        now = self._clock.now()
        signed = headers([self._secret], f"whd_{event['id'].removeprefix('evt_')}", now, body)
        try:
            answer = await self._api.fetcher.call(
                "POST",
                self._target,
                headers=(("content-type", "application/json"), *signed),
                body=body,
                deadline=DEADLINE,
            )
        except Retriable as error:
            self._say(f"{event['seq']}  {event['type']}  not delivered: {error.detail}")
        else:
            self._say(f"{event['seq']}  {event['type']}  {answer.status}")
