"""Writes what companies' systems report of their customers. What occurred earlier never replaces what occurred later."""

from datetime import datetime

from backbone.storage.database import Connection
from schemas.inbound import CustomerReported
from schemas.partner import Checkpoint, Consent, Order, PartnerCustomer, Promise, Shipment

OVER = frozenset({"delivered", "completed", "closed", "cancelled", "canceled", "returned", "refunded"})
"""States of orders of which nothing more is awaited; all others, of whatever name, are open."""
CHECKPOINTS_MOST = 100


class Reports:
    """Reports of one account, inside the batch's transaction."""

    def __init__(self, connection: Connection, tenant_id: str, account_id: str) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._account_id = account_id

    async def write(self, event: CustomerReported, at: datetime) -> None:
        """All that one report says; `at` is when it was so."""
        await self._customer(event.customer, at)
        reference = event.customer.id
        if event.order is not None:
            await self._order(reference, event.order, at)
        if event.shipment is not None:
            await self._shipment(reference, event.shipment, at)
        if event.loyalty is not None:
            await self._connection.execute(
                """
                INSERT INTO partner_loyalty AS l (account_id, reference, tenant_id, occurred_at, data) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (account_id, reference) DO UPDATE SET occurred_at = $4, data = $5 WHERE l.occurred_at <= $4
                """,
                self._account_id,
                reference,
                self._tenant_id,
                at,
                event.loyalty.model_dump(mode="json"),
            )
        if event.promise is not None:
            await self._promise(reference, event.promise, at)
        for consent in event.consents:
            await self._consent(reference, consent)

    async def _customer(self, customer: PartnerCustomer, at: datetime) -> None:
        """What a report leaves out stays. Addresses are replaced as a whole, by the newest report that names any."""
        newest = await self._connection.fetchval(
            """
            INSERT INTO partner_customers AS c
                (account_id, reference, tenant_id, name, language, cohort, profile_at, points_at, seen_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, CASE WHEN $8 THEN $7::timestamptz END, $7::timestamptz)
            ON CONFLICT (account_id, reference) DO UPDATE SET
                name = CASE WHEN c.profile_at <= $7::timestamptz THEN coalesce($4, c.name) ELSE coalesce(c.name, $4) END,
                language = CASE WHEN c.profile_at <= $7::timestamptz THEN coalesce($5, c.language) ELSE coalesce(c.language, $5) END,
                cohort = CASE WHEN c.profile_at <= $7::timestamptz THEN coalesce($6, c.cohort) ELSE coalesce(c.cohort, $6) END,
                profile_at = greatest(c.profile_at, $7::timestamptz),
                points_at = CASE WHEN $8 THEN greatest(c.points_at, $7::timestamptz) ELSE c.points_at END,
                seen_at = greatest(c.seen_at, $7::timestamptz)
            RETURNING points_at
            """,
            self._account_id,
            customer.id,
            self._tenant_id,
            customer.name,
            customer.language,
            customer.cohort,
            at,
            customer.points is not None,
        )
        if customer.points is None or newest != at:
            return
        await self._connection.execute(
            "DELETE FROM partner_points WHERE account_id = $1 AND reference = $2", self._account_id, customer.id
        )
        await self._connection.execute(
            """
            INSERT INTO partner_points (account_id, reference, tenant_id, channel, address)
            SELECT $1, $2, $3, v.* FROM unnest($4::text[], $5::text[]) AS v ON CONFLICT DO NOTHING
            """,
            self._account_id,
            customer.id,
            self._tenant_id,
            [point.channel for point in customer.points],
            [point.address for point in customer.points],
        )

    async def _order(self, reference: str, order: Order, at: datetime) -> None:
        await self._connection.execute(
            """
            INSERT INTO partner_orders AS o (account_id, id, tenant_id, reference, closed, occurred_at, data)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (account_id, id) DO UPDATE SET reference = $4, closed = $5, occurred_at = $6, data = $7
                WHERE o.occurred_at <= $6
            """,
            self._account_id,
            order.id,
            self._tenant_id,
            reference,
            order.state.lower() in OVER,
            at,
            order.model_dump(mode="json"),
        )

    async def _shipment(self, reference: str, shipment: Shipment, at: datetime) -> None:
        await self._connection.execute(
            """
            INSERT INTO partner_shipments AS s (account_id, id, tenant_id, reference, order_id, occurred_at, data)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (account_id, id) DO UPDATE SET reference = $4, order_id = coalesce($5, s.order_id), occurred_at = $6,
                data = $7 WHERE s.occurred_at <= $6
            """,
            self._account_id,
            shipment.id,
            self._tenant_id,
            reference,
            shipment.order_id,
            at,
            shipment.model_dump(mode="json", exclude={"checkpoints"}),
        )
        if shipment.checkpoints:
            await self._checkpoints(shipment.id, shipment.checkpoints)

    async def _checkpoints(self, shipment_id: str, checkpoints: tuple[Checkpoint, ...]) -> None:
        """Those of a late report as well: each says its own time. The newest are kept."""
        await self._connection.execute(
            """
            INSERT INTO partner_checkpoints (account_id, shipment_id, tenant_id, at, state, place)
            SELECT $1, $2, $3, v.* FROM unnest($4::timestamptz[], $5::text[], $6::text[]) AS v ON CONFLICT DO NOTHING
            """,
            self._account_id,
            shipment_id,
            self._tenant_id,
            [one.at for one in checkpoints],
            [one.state for one in checkpoints],
            [one.place or "" for one in checkpoints],
        )
        await self._connection.execute(
            """
            DELETE FROM partner_checkpoints WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM partner_checkpoints WHERE account_id = $1 AND shipment_id = $2 ORDER BY at DESC OFFSET $3))
            """,
            self._account_id,
            shipment_id,
            CHECKPOINTS_MOST,
        )

    async def _promise(self, reference: str, promise: Promise, at: datetime) -> None:
        await self._connection.execute(
            """
            INSERT INTO partner_promises AS p (account_id, id, tenant_id, reference, closed, occurred_at, data)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (account_id, id) DO UPDATE SET reference = $4, closed = $5, occurred_at = $6, data = $7
                WHERE p.occurred_at <= $6
            """,
            self._account_id,
            promise.id,
            self._tenant_id,
            reference,
            promise.state != "open",
            at,
            promise.model_dump(mode="json"),
        )

    async def _consent(self, reference: str, consent: Consent) -> None:
        """The customer's last word for each purpose, by when it was said."""
        await self._connection.execute(
            """
            INSERT INTO partner_consents AS c (account_id, reference, purpose, tenant_id, state, at, proof)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (account_id, reference, purpose) DO UPDATE SET state = $5, at = $6, proof = $7 WHERE c.at <= $6
            """,
            self._account_id,
            reference,
            consent.purpose,
            self._tenant_id,
            consent.state,
            consent.at,
            consent.proof,
        )
