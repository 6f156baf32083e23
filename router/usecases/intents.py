"""What a tenant's customers want: which model tells it, what rules say for sure, and when a model is learnt anew."""

import asyncio
import re
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from backbone.errors import Conflict
from backbone.storage.database import Connection
from router.domain.intents.model import Guess, Model, Part, from_parts
from router.domain.intents.training import EXAMPLES_MOST, INTENTS_MOST
from router.repositories import intents as repository
from router.repositories.intents import Intent

__all__ = ["EXAMPLES_MOST", "INTENTS_MOST", "Models", "Told", "change", "learn_apart", "tell", "want_now"]

QUIET = timedelta(seconds=60)
"""How long after a change its model is learnt: what comes meanwhile is learnt with it."""
_BYTES_MOST = 64 * 1024 * 1024
_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """What a message is about. `by` says what knew: a `phrase` of the tenant, the `model`, or None where nobody knows."""

    intent: str | None
    by: str | None
    guess: Guess | None


class Learnt(msgspec.Struct):
    """A model on its way from the process that learnt it: plain numbers."""

    names: list[str]
    parts: list[tuple[bytes, bytes, bytes, bytes]]
    offsets: bytes
    doubt: bytes
    seconds: float


class Models:
    """The newest models of the tenants last asked about, at most 64 MB of them. Not shared between processes."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, Model]] = OrderedDict()

    async def of(self, connection: Connection, tenant_id: str) -> Model | None:
        """The newest model: one look-up by key where it is known already. None where nothing was learnt, or by another release in
        other numbers: learnt anew it is one again.
        """
        version = await repository.newest(connection, tenant_id)
        known = self._known.get(tenant_id)
        if version is not None and known is not None and known[0] == version:
            self._known.move_to_end(tenant_id)
            return known[1]
        self._known.pop(tenant_id, None)
        try:
            model = None if version is None else await repository.load(connection, tenant_id, version)
        except ValueError:
            model = None
        if model is not None and version is not None:
            self._known[tenant_id] = (version, model)
            while len(self._known) > 1 and sum(m.weights.nbytes for _, m in self._known.values()) > _BYTES_MOST:
                self._known.popitem(last=False)
        return model


async def tell(
    connection: Connection, models: Models, tenant_id: str, text: str, known: Sequence[Intent] | None = None
) -> Told:
    """What a message is about: a phrase of an intent that stands in it, the longest first, else what the model knows.

    `known` are the tenant's intents, where the caller has read them.
    """
    if known is None:
        known = await repository.every(connection, tenant_id)
    by_phrase = phrase_in(text, known)
    if by_phrase is not None:
        return Told(by_phrase, "phrase", None)
    model = await models.of(connection, tenant_id)
    guess = None if model is None else model.tell(text)
    # An intent that was removed since is nobody's.
    if guess is None or guess.intent is None or guess.intent not in {intent.name for intent in known}:
        return Told(None, None, guess)
    return Told(guess.intent, "model", guess)


def phrase_in(text: str, known: Sequence[Intent]) -> str | None:
    """The intent whose phrase stands in the text as whole words; of several the longest phrase's."""
    said = f" {_plain(text[:_LOOKED_AT])} "
    found = [
        (len(phrase), intent.name)
        for intent in known
        for phrase in map(_plain, intent.phrases)
        if phrase and f" {phrase} " in said
    ]
    return max(found)[1] if found else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


async def change(connection: Connection, tenant_id: str, now: datetime) -> None:
    """Intents have changed: the model is learnt anew in a minute. Raises `Conflict` for too many intents or examples."""
    row = await connection.fetchrow(
        "SELECT count(*) AS intents, coalesce(sum(cardinality(examples)), 0) AS examples FROM intents WHERE tenant_id = $1",
        tenant_id,
    )
    if row["intents"] > INTENTS_MOST:
        raise Conflict(f"There are {INTENTS_MOST} intents already.")
    if row["examples"] > EXAMPLES_MOST:
        raise Conflict(f"All intents together may have {EXAMPLES_MOST} examples.")
    await repository.want(connection, tenant_id, now + QUIET)


async def want_now(connection: Connection, tenant_id: str, now: datetime) -> None:
    """The model is learnt as soon as a router has time. Raises `Conflict` where there are not two intents to tell apart."""
    if len(await repository.every(connection, tenant_id)) < 2:
        raise Conflict("There must be two intents to tell apart.")
    await repository.want(connection, tenant_id, now)


async def learn_apart(examples: Mapping[str, Sequence[str]], within: timedelta) -> tuple[Model, float]:
    """Learns in a process of its own, which takes a core for seconds, and answers the seconds too. Raises TimeoutError, and
    RuntimeError where the process fails; it is ended then, and when the caller is.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "router.learning", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(within.total_seconds()):
            said, _ = await child.communicate(
                msgspec.msgpack.encode({name: list(texts) for name, texts in examples.items()})
            )
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise RuntimeError(f"learning ended with exit code {child.returncode}")
    found = msgspec.msgpack.decode(said, type=Learnt)
    parts = (Part(*part) for part in found.parts)
    return from_parts(found.names, parts, found.offsets, found.doubt), found.seconds
