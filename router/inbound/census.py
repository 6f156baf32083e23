"""Counts what a committed batch held: by channel for metrics, by account for their health."""

from collections.abc import Sequence
from datetime import timedelta

from backbone.storage.traffic import Count, Traffic
from backbone.telemetry.metrics import Metric, Metrics
from router.inbound.arrivals import Arrival
from schemas.inbound import DeliveryReported, MediaFetched
from schemas.topics import FOUND_BY_POLL

MISSED_AFTER = timedelta(minutes=2)
"""A webhook may still come behind the poll that was quicker; what is older than this was missed by them."""
_OURS = (DeliveryReported, MediaFetched)
"""The gateway's own reports came from nobody's webhook."""


class Census:
    """Call after the commit: a batch that is done again is counted once."""

    def __init__(self, metrics: Metrics, traffic: Traffic | None) -> None:
        self._metrics = metrics
        self._traffic = traffic

    def count(self, arrivals: Sequence[Arrival], fresh: Sequence[Arrival]) -> None:
        if len(fresh) < len(arrivals):
            known = {id(arrival) for arrival in fresh}
            for arrival in arrivals:
                if id(arrival) not in known:
                    self._metrics.inc(Metric.ROUTER_DUPLICATES, arrival.record.channel)
                    self._add(arrival, "doubled")
        for arrival in fresh:
            self._add(arrival, "stored")
            if arrival.source.headers and FOUND_BY_POLL in arrival.source.headers and _is_late(arrival):
                self._metrics.inc(Metric.ROUTER_GAPS_FOUND, arrival.record.channel)
                self._add(arrival, "found_by_poll")

    def refuse(self, tenant_id: str, account_id: str) -> None:
        """A record that went to the dead letters."""
        if self._traffic is not None:
            self._traffic.add(tenant_id, account_id, "refused")

    def _add(self, arrival: Arrival, count: Count) -> None:
        if self._traffic is not None and not isinstance(arrival.record.event, _OURS):
            self._traffic.add(arrival.record.tenant_id, arrival.record.account_id, count)


def _is_late(arrival: Arrival) -> bool:
    said = arrival.record.event.provider_at
    return said is None or arrival.record.received_at - said > MISSED_AFTER
