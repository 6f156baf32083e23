"""Learns tenants' models of intents anew when their examples have changed: a background task of every router, a tenant at a time."""

import asyncio
from datetime import datetime, timedelta

import asyncpg

from backbone.clock import Clock
from backbone.errors import Retriable
from backbone.storage.database import Connection, Database
from backbone.telemetry.logs import get_logger
from router.repositories import intents as repository
from router.repositories.intents import Claim
from router.usecases.intents import learn_apart

_LOOK = timedelta(seconds=2)
_WITHIN = timedelta(seconds=120)
_CLAIMED = timedelta(seconds=150)
_AGAIN = timedelta(minutes=5)
_TRIES = 3


class Learner:
    """Claims tenants in the database, so that of several routers one learns each; a claim of one that died runs out."""

    def __init__(self, database: Database, clock: Clock, *, within: timedelta = _WITHIN) -> None:
        self._database = database
        self._clock = clock
        self._within = within
        self._log = get_logger("intents")

    async def run(self) -> None:
        while True:
            try:
                again = await self.round()
            except (Retriable, asyncpg.PostgresError) as error:
                self._log.warning("round_failed", error=type(error).__name__)
                again = False
            if not again:
                await asyncio.sleep(_LOOK.total_seconds())

    async def round(self) -> bool:
        """Learns one tenant's model. Whether there was one to learn."""
        async with self._database.transaction(read_only=True) as connection:
            due = await repository.due(connection, 1)
        for tenant_id in due:
            await self._learn(tenant_id)
        return bool(due)

    async def _learn(self, tenant_id: str) -> None:
        async def begin(connection: Connection) -> tuple[Claim | None, dict[str, tuple[str, ...]]]:
            claim = await repository.claim(connection, tenant_id, _CLAIMED)
            if claim is None:
                return None, {}
            return claim, {intent.name: intent.examples for intent in await repository.every(connection, tenant_id)}

        claim, examples = await self._database.run(begin, [tenant_id])
        if claim is None:
            return
        try:
            await self._keep(claim, examples)
        except (TimeoutError, RuntimeError, ValueError) as error:
            reason = "too_long" if isinstance(error, TimeoutError) else "failed"
            self._log.warning("not_learnt", tenant_id=tenant_id, reason=reason, tries=claim.tries)
            again = self._clock.now() + _AGAIN if claim.tries < _TRIES else None
            await self._settle(claim, reason, again)

    async def _keep(self, claim: Claim, examples: dict[str, tuple[str, ...]]) -> None:
        if len(examples) < 2:
            await self._settle(claim, "too_few")
            return
        model, seconds = await learn_apart(examples, self._within)
        many = sum(len(texts) for texts in examples.values())
        figures = {"seconds": round(seconds, 2), "features": len(model.vocabulary.features)}

        async def keep(connection: Connection) -> int:
            await repository.settle(connection, claim, None, None)
            return await repository.store(connection, claim.tenant_id, model, many, figures, self._clock.now())

        version = await self._database.run(keep, [claim.tenant_id])
        self._log.info("learnt", tenant_id=claim.tenant_id, version=version, examples=many, seconds=figures["seconds"])

    async def _settle(self, claim: Claim, failed: str, again: datetime | None = None) -> None:
        await self._database.run(lambda c: repository.settle(c, claim, failed, again), [claim.tenant_id])
