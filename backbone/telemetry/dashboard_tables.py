"""What the dashboards show: tables of panels over the catalogue, in the order of the questions one asks at night."""

from dataclasses import dataclass
from typing import Literal

from backbone.telemetry.catalogue import Metric


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture. `unit` is Grafana's; `by` are labels that get a line each; a line is drawn at `limit`, where an alert fires."""

    title: str
    metric: Metric
    unit: str
    by: tuple[str, ...] = ()
    about: str = ""
    limit: float | None = None
    of: Literal["max", "sum"] = "max"
    """How gauges are put together: those that every process tells alike by `max`."""
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard; `choices` are labels that its reader can narrow down by."""

    name: str
    title: str
    about: str
    rows: tuple[Row, ...]
    choices: tuple[str, ...] = ()


_M = Metric

# fmt: off
_INTAKE = Board("intake", "Intake", "Webhooks, from the provider's request until they are stored.", (
    Row("What customers feel", (
        Panel("Oldest unprocessed record", _M.CONSUMER_UNPROCESSED_AGE, "s", ("group",), "How long what a customer wrote has been on its way.", 60),
        Panel("Refused", _M.GATEWAY_REJECTED, "reqps", ("channel", "reason"), "unavailable and overloaded are ours: providers try again, some hardly."),
        Panel("Time to the answer", _M.GATEWAY_INGRESS, "s", ("channel",), "Providers hang up after 3 to 20 s."),
    )),
    Row("What comes", (
        Panel("Webhooks", _M.GATEWAY_RECEIVED, "reqps", ("channel",)),
        Panel("Events made durable", _M.GATEWAY_ACCEPTED_EVENTS, "ops", ("channel",)),
        Panel("In flight", _M.GATEWAY_IN_FLIGHT, "short", ("channel",), of="sum"),
        Panel("Shed by quota", _M.GATEWAY_QUOTA_REFUSALS, "reqps", ("scope", "limit")),
        Panel("Polls", _M.GATEWAY_POLLS, "ops", ("channel", "outcome")),
        Panel("Came without a webhook", _M.ROUTER_GAPS_FOUND, "ops", ("channel",), "Found by a slow search: somebody's webhooks are lost or switched off."),
    )),
    Row("Spools", (
        Panel("Age of the oldest", _M.GATEWAY_SPOOL_AGE, "s", ("pod",), limit=300),
        Panel("Records waiting", _M.GATEWAY_SPOOL_RECORDS, "short", ("pod",)),
        Panel("Space", _M.GATEWAY_SPOOL_BYTES, "bytes", ("pod",)),
    )),
    Row("What could not be processed", (
        Panel("Dead letters waiting", _M.ROUTER_DEAD_LETTERS, "short"),
        Panel("Poison", _M.ROUTER_POISON, "ops", ("reason",)),
        Panel("Blacked out", _M.ROUTER_MASKED, "ops", ("kind",)),
        Panel("Accounts in quarantine", _M.CONSUMER_QUARANTINED, "short", ("group",)),
    )),
), ("channel",))

_ROUTING = Board("routing", "Routing and SLA", "Who waits, for how long, and whether the answer comes in time.", (
    Row("What customers feel", (
        Panel("Longest wait", _M.ROUTER_WAITING_AGE, "s", ("channel_class",)),
        Panel("Waiting", _M.ROUTER_WAITING, "short", ("channel_class",)),
        Panel("Targets missed", _M.ROUTER_SLA_BREACHES, "ops", ("target", "channel_class")),
        Panel("Clocks that ended", _M.API_CLOCKS_ENDED, "ops", ("target", "outcome"), "breached beside met is the objective's burn."),
        Panel("Timers late", _M.ROUTER_TIMER_LATE, "s", (), limit=30),
        Panel("Timers due", _M.ROUTER_TIMERS_DUE, "short"),
    )),
    Row("The dispatcher", (
        Panel("Decisions", _M.ROUTER_ASSIGNMENTS, "ops", ("outcome",)),
        Panel("Offers", _M.ROUTER_RESERVATIONS, "ops", ("outcome",)),
        Panel("A round", _M.ROUTER_DISPATCH_SECONDS, "s"),
        Panel("Bots' turns", _M.ROUTER_BOT_TURNS, "ops", ("outcome",)),
        Panel("Storms of public posts", _M.ROUTER_INCIDENTS, "ops", ("state",)),
        Panel("Leases held", _M.ROUTER_LEASES, "short", ("kind",), "One each, over all pods.", of="sum"),
        Panel("Old holders refused", _M.ROUTER_FENCED, "ops", ("kind",)),
    )),
    Row("The router's batches", (
        Panel("Records", _M.ROUTER_CONSUMED, "ops", ("topic",)),
        Panel("A batch", _M.ROUTER_BATCH_SECONDS, "s", ("topic",)),
        Panel("Run again", _M.ROUTER_RETRIES, "ops", ("reason",)),
    )),
))

_DELIVERY = Board("delivery", "Delivery by channel", "Answers, from the outbox to the provider's yes.", (
    Row("What customers feel", (
        Panel("Oldest due answer", _M.GATEWAY_OUTBOUND_AGE, "s", ("channel",), limit=300),
        Panel("Given up", _M.GATEWAY_OUTBOUND_FAILED, "ops", ("channel", "reason")),
        Panel("Outbox, oldest", _M.ROUTER_OUTBOX_AGE, "s", limit=30),
    )),
    Row("The senders", (
        Panel("Sent", _M.GATEWAY_OUTBOUND_SENT, "ops", ("channel",)),
        Panel("Due", _M.GATEWAY_OUTBOUND_DUE, "short", ("channel",)),
        Panel("Provider's time", _M.GATEWAY_OUTBOUND_SECONDS, "s", ("channel",)),
        Panel("Tried again", _M.GATEWAY_OUTBOUND_RETRIED, "ops", ("channel",)),
        Panel("Held back by a limit", _M.GATEWAY_OUTBOUND_THROTTLED, "ops", ("channel",)),
        Panel("Outcome not known", _M.GATEWAY_OUTBOUND_UNKNOWN, "ops", ("channel",)),
    )),
    Row("Accounts", (
        Panel("Circuits", _M.GATEWAY_CIRCUIT, "short", ("channel", "account"), "0 closed, 1 half open, 2 open.", 2),
        Panel("Token renewals", _M.GATEWAY_TOKEN_REFRESHES, "ops", ("channel", "outcome")),
        Panel("Accounts that can't renew", _M.GATEWAY_TOKENS_FAILING, "short", ("channel",), limit=1),
        Panel("Media stored", _M.GATEWAY_MEDIA_BYTES, "Bps", ("channel",)),
        Panel("Media given up", _M.GATEWAY_MEDIA_FAILED, "ops", ("channel", "reason")),
        Panel("Webhooks to partners", _M.GATEWAY_PARTNER_CALLS, "ops", ("outcome",)),
        Panel("Apps woken", _M.GATEWAY_PUSHES, "ops", ("kind", "outcome")),
    )),
), ("channel",))

_STREAM = Board("stream", "Stream and API", "What agents and customers see of it, and how soon.", (
    Row("What agents feel", (
        Panel("Event to screen", _M.API_DELIVERY_SECONDS, "s"),
        Panel("Events without a number, oldest", _M.ROUTER_SEQUENCER_AGE, "s", limit=10),
        Panel("API, time", _M.API_SECONDS, "s", (), "All routes; the next row has them apart."),
    )),
    Row("The API", (
        Panel("Answers", _M.API_REQUESTS, "reqps", ("status_class",)),
        Panel("Errors of ours", _M.API_REQUESTS, "reqps", ("method", "route"), where=('status_class="5xx"',)),
        Panel("Held to their limit", _M.API_RATE_LIMITED, "reqps", ("role",)),
        Panel("Logins", _M.API_LOGINS, "ops", ("method", "outcome")),
    )),
    Row("Live connections", (
        Panel("Open", _M.API_SOCKETS, "short", ("kind",), of="sum"),
        Panel("Closed", _M.API_SOCKETS_CLOSED, "ops", ("kind", "code")),
        Panel("Cut for being slow", _M.API_SLOW_SOCKETS, "ops", ("kind",)),
        Panel("Frames", _M.API_FRAMES, "ops", ("kind",)),
        Panel("Came back", _M.API_RESUMES, "ops", ("outcome",)),
        Panel("Told to take a snapshot", _M.API_SNAPSHOTS, "ops", ("reason",)),
    )),
    Row("The sequencer", (
        Panel("Numbered", _M.ROUTER_NUMBERED, "ops"),
        Panel("Without a number", _M.ROUTER_SEQUENCER_LAG, "short"),
    )),
))

_PLUMBING = Board("plumbing", "Database, bus and processes", "Whether what everything stands on is well.", (
    Row("Processes", (
        Panel("Ready", _M.PROCESS_READY, "short", ("pod",)),
        Panel("Event loop late", _M.PROCESS_LOOP_LAG, "s", ("pod",), limit=0.5),
        Panel("Tasks started again", _M.PROCESS_TASK_RESTARTS, "ops", ("pod", "task")),
        Panel("What runs", _M.PROCESS_BUILD, "short", ("process", "version"), of="sum"),
        Panel("Log lines held back", _M.PROCESS_LOGS_SUPPRESSED, "ops", ("pod",)),
    )),
    Row("The bus", (
        Panel("Published", _M.BUS_PUBLISHED, "ops", ("topic",)),
        Panel("Not acknowledged", _M.BUS_PUBLISH_FAILED, "ops", ("topic", "reason")),
        Panel("To the acknowledgement", _M.BUS_PUBLISH, "s", ("topic",)),
        Panel("Lag", _M.CONSUMER_LAG, "short", ("group", "topic"), of="sum"),
        Panel("Partitions held", _M.CONSUMER_PARTITIONS, "short", ("group",), of="sum"),
        Panel("Rebalances", _M.CONSUMER_REBALANCES, "ops", ("group",)),
    )),
    Row("The database", (
        Panel("Connections", _M.PROCESS_DB_CONNECTIONS, "short", ("state",), of="sum"),
        Panel("Transactions run again", _M.ROUTER_RETRIES, "ops", ("reason",)),
        Panel("Batches rolled back", _M.ROUTER_BATCHES_FAILED, "ops", ("reason",)),
    )),
))
# fmt: on

BOARDS = (_INTAKE, _ROUTING, _DELIVERY, _STREAM, _PLUMBING)
