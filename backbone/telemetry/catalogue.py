"""Every metric of the product: one closed list of names with kind, labels, unit and what it tells."""

from enum import Enum, StrEnum
from typing import Self


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Unit(StrEnum):
    """Units in Prometheus' words; a name ends with its unit, counters get `_total` behind it."""

    SECONDS = "seconds"
    BYTES = "bytes"
    RECORDS = "records"
    EVENTS = "events"
    REQUESTS = "requests"
    MESSAGES = "messages"
    CONVERSATIONS = "conversations"
    FRAMES = "frames"
    SOCKETS = "sockets"
    ACCOUNTS = "accounts"
    STATE = "state"
    RATIO = "ratio"
    INFO = "info"
    COUNT = "count"
    """A number of things named by the metric itself (refusals, rebalances, batches): no suffix."""


FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds. Ingress answers in single milliseconds; providers hang up after 3 to 20 s."""
SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)
"""Seconds, for provider calls and for lateness."""
SIZES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)

_C, _G, _H = Kind.COUNTER, Kind.GAUGE, Kind.HISTOGRAM
_U = Unit


class Metric(Enum):
    """A metric is `(name, kind, unit, labels, help[, buckets])`; labels are given in this order everywhere.

    Values of labels come from closed sets (channels, reasons of ours, route templates); never a tenant's text, an
    address or an id that grows with traffic. `account` is a channel account's id: few, and bounded by `MAX_CHILDREN`.
    """

    def __init__(
        self,
        full_name: str,
        kind: Kind,
        unit: Unit,
        labels: tuple[str, ...],
        help_text: str,
        *buckets: tuple[float, ...],
    ) -> None:
        self.full_name = full_name
        self.kind = kind
        self.unit = unit
        self.labels = labels
        self.help_text = help_text
        self.buckets = buckets[0] if buckets else FAST

    def __new__(cls, full_name: str, *_: object) -> Self:
        item = object.__new__(cls)
        item._value_ = full_name
        return item

    # fmt: off
    # One line a metric: this is a table.
    # What the gateway takes in.
    GATEWAY_RECEIVED = ("frontdesk_gateway_received_requests", _C, _U.REQUESTS, ("channel",), "Webhook requests that reached a channel's endpoint.")
    GATEWAY_ACCEPTED = ("frontdesk_gateway_accepted_requests", _C, _U.REQUESTS, ("channel",), "Requests answered 2xx because everything in them is durable.")
    GATEWAY_ACCEPTED_EVENTS = ("frontdesk_gateway_accepted_events", _C, _U.EVENTS, ("channel",), "Normalised events made durable.")
    GATEWAY_IGNORED_EVENTS = ("frontdesk_gateway_ignored_events", _C, _U.EVENTS, ("channel",), "Verified events of types that nobody needs: counted, not published.")
    GATEWAY_REJECTED = ("frontdesk_gateway_rejected_requests", _C, _U.REQUESTS, ("channel", "reason"), "Requests refused; reason is the error's code.")
    GATEWAY_DEAD_LETTERED = ("frontdesk_gateway_dead_lettered_requests", _C, _U.REQUESTS, ("channel", "reason"), "Verified requests that could not be parsed and went to the dead letters.")
    GATEWAY_IN_FLIGHT = ("frontdesk_gateway_in_flight_requests", _G, _U.REQUESTS, ("channel",), "Requests being worked on now.")
    GATEWAY_INGRESS = ("frontdesk_gateway_ingress_seconds", _H, _U.SECONDS, ("channel",), "From the first byte read to the answer written.")
    GATEWAY_QUOTA_REFUSALS = ("frontdesk_gateway_quota_refusals", _C, _U.COUNT, ("scope", "limit"), "Requests shed; scope process, tenant or account, limit rate, in_flight, share or lag.")
    GATEWAY_POLLS = ("frontdesk_gateway_polls", _C, _U.COUNT, ("channel", "outcome"), "Polls of providers that send no webhooks; outcome ok or failed.")
    GATEWAY_SESSIONS = ("frontdesk_gateway_open_sessions", _G, _U.COUNT, ("channel",), "Sockets held open to providers.")
    GATEWAY_TOKEN_REFRESHES = ("frontdesk_gateway_token_refreshes", _C, _U.COUNT, ("channel", "outcome"), "Renewals of provider tokens; outcome ok or failed.")
    GATEWAY_TOKENS_FAILING = ("frontdesk_gateway_token_failing_accounts", _G, _U.ACCOUNTS, ("channel",), "Accounts whose last renewal of a provider token failed.")
    GATEWAY_TOKEN_LEFT = ("frontdesk_gateway_token_failing_left_seconds", _G, _U.SECONDS, ("channel",), "Least time in which a token of theirs expires; 0 when one has, or when none fails.")

    # What the gateway keeps while the bus is away.
    GATEWAY_SPOOLED = ("frontdesk_gateway_spooled_records", _C, _U.RECORDS, (), "Records written to the local spool because the bus was away.")
    GATEWAY_SPOOL_DRAINED = ("frontdesk_gateway_spool_drained_records", _C, _U.RECORDS, (), "Spooled records that reached the bus.")
    GATEWAY_SPOOL_RECORDS = ("frontdesk_gateway_spool_waiting_records", _G, _U.RECORDS, (), "Records waiting in the spool.")
    GATEWAY_SPOOL_BYTES = ("frontdesk_gateway_spool_size_bytes", _G, _U.BYTES, (), "Space the spool takes.")
    GATEWAY_SPOOL_AGE = ("frontdesk_gateway_spool_oldest_age_seconds", _G, _U.SECONDS, (), "Age of the oldest spooled record; 0 when empty.")
    GATEWAY_SPOOL_CORRUPT = ("frontdesk_gateway_spool_corrupt_records", _C, _U.RECORDS, (), "Spooled records whose checksum is wrong, set aside.")

    # What the gateway sends and fetches.
    GATEWAY_OUTBOUND_TAKEN = ("frontdesk_gateway_outbound_taken_messages", _C, _U.MESSAGES, ("channel",), "Outbound messages taken from the bus into `deliveries`.")
    GATEWAY_OUTBOUND_SENT = ("frontdesk_gateway_outbound_sent_messages", _C, _U.MESSAGES, ("channel",), "Parts a provider has accepted.")
    GATEWAY_OUTBOUND_FAILED = ("frontdesk_gateway_outbound_failed_messages", _C, _U.MESSAGES, ("channel", "reason"), "Parts given up.")
    GATEWAY_OUTBOUND_RETRIED = ("frontdesk_gateway_outbound_retried_messages", _C, _U.MESSAGES, ("channel",), "Attempts after the first.")
    GATEWAY_OUTBOUND_THROTTLED = ("frontdesk_gateway_outbound_throttled_messages", _C, _U.MESSAGES, ("channel",), "Sends put off by our limit or the provider's.")
    GATEWAY_OUTBOUND_UNKNOWN = ("frontdesk_gateway_outbound_unknown_messages", _C, _U.MESSAGES, ("channel",), "Sends whose outcome is not known (time-out after the request left).")
    GATEWAY_OUTBOUND_SECONDS = ("frontdesk_gateway_outbound_call_seconds", _H, _U.SECONDS, ("channel",), "Duration of provider calls.", SLOW)
    GATEWAY_OUTBOUND_DUE = ("frontdesk_gateway_outbound_due_messages", _G, _U.MESSAGES, ("channel",), "Deliveries that are due and not sent.")
    GATEWAY_OUTBOUND_AGE = ("frontdesk_gateway_outbound_oldest_age_seconds", _G, _U.SECONDS, ("channel",), "Age of the oldest due delivery; 0 when none.")
    GATEWAY_CIRCUIT = ("frontdesk_gateway_circuit_state", _G, _U.STATE, ("channel", "account"), "0 closed, 1 half open, 2 open.")
    GATEWAY_MEDIA_FETCHED = ("frontdesk_gateway_media_fetched", _C, _U.COUNT, ("channel",), "Provider media stored as blobs.")
    GATEWAY_MEDIA_FAILED = ("frontdesk_gateway_media_failed", _C, _U.COUNT, ("channel", "reason"), "Provider media given up.")
    GATEWAY_MEDIA_BYTES = ("frontdesk_gateway_media_fetched_bytes", _C, _U.BYTES, ("channel",), "Bytes of media stored.")
    GATEWAY_PUSHES = ("frontdesk_gateway_pushes", _C, _U.COUNT, ("kind", "outcome"), "Notices to customers' apps that ended; kind fcm or apns, outcome sent, gone or refused.")
    GATEWAY_PARTNER_CALLS = ("frontdesk_gateway_partner_calls", _C, _U.COUNT, ("outcome",), "Webhooks to partners; outcome sent, failed, given_up or disabled.")

    # What every user of the bus reports.
    BUS_PUBLISH = ("frontdesk_bus_publish_seconds", _H, _U.SECONDS, ("topic",), "From publish to the ack of all in-sync replicas.")
    BUS_PUBLISHED = ("frontdesk_bus_published_records", _C, _U.RECORDS, ("topic",), "Records acked.")
    BUS_PUBLISH_FAILED = ("frontdesk_bus_publish_failed_records", _C, _U.RECORDS, ("topic", "reason"), "Records not acked.")
    CONSUMER_PROGRESS = ("frontdesk_consumer_progress", _C, _U.COUNT, ("group",), "Polls answered and heartbeats seen: it grows while the consumer lives.")
    CONSUMER_LAG = ("frontdesk_consumer_lag_records", _G, _U.RECORDS, ("group", "topic"), "Records not yet polled.")
    CONSUMER_REBALANCES = ("frontdesk_consumer_rebalances", _C, _U.COUNT, ("group",), "Times the group handed out partitions anew.")
    CONSUMER_PARTITIONS = ("frontdesk_consumer_assigned_partitions", _G, _U.COUNT, ("group",), "Partitions this member holds.")
    CONSUMER_UNPROCESSED_AGE = ("frontdesk_consumer_oldest_unprocessed_age_seconds", _G, _U.SECONDS, ("group",), "Age of the oldest record in hand that is not committed; 0 when none. Alert on this, not on lag.")
    CONSUMER_QUARANTINED = ("frontdesk_consumer_quarantined_accounts", _G, _U.COUNT, ("group",), "Accounts set aside for too much poison.")

    # What the router takes in.
    ROUTER_CONSUMED = ("frontdesk_router_consumed_records", _C, _U.RECORDS, ("topic",), "Records whose effects are committed.")
    ROUTER_BATCH_RECORDS = ("frontdesk_router_batch_records", _H, _U.RECORDS, ("topic",), "Records in a batch.", SIZES)
    ROUTER_BATCH_SECONDS = ("frontdesk_router_batch_seconds", _H, _U.SECONDS, ("topic",), "One batch, from poll to commit.")
    ROUTER_BATCHES_FAILED = ("frontdesk_router_batches_failed", _C, _U.COUNT, ("reason",), "Batches rolled back; reason is the error's code.")
    ROUTER_DUPLICATES = ("frontdesk_router_duplicate_events", _C, _U.EVENTS, ("channel",), "Events seen before and dropped.")
    ROUTER_GAPS_FOUND = ("frontdesk_router_gaps_found_events", _C, _U.EVENTS, ("channel",), "Events that a slow search brought and no webhook had.")
    ROUTER_LATE = ("frontdesk_router_late_messages", _C, _U.MESSAGES, ("channel",), "Messages older than what was shown, inserted and announced.")
    ROUTER_ORPHANS = ("frontdesk_router_orphan_events", _C, _U.EVENTS, ("kind",), "Receipts, edits and deletes of an unknown message, kept to wait for it.")
    ROUTER_PARKED = ("frontdesk_router_parked_records", _C, _U.RECORDS, ("reason",), "Records of an unknown type or version.")
    ROUTER_POISON = ("frontdesk_router_poison_records", _C, _U.RECORDS, ("reason",), "Records that failed alone and went to the dead letters.")
    ROUTER_MASKED = ("frontdesk_router_masked_messages", _C, _U.MESSAGES, ("kind",), "Messages in which personal data was blacked out; kind payment_card, national_id, password, bank_account or label.")
    ROUTER_DEAD_LETTERS = ("frontdesk_router_dead_letters_waiting_records", _G, _U.RECORDS, (), "Dead letters nobody has resolved.")
    ROUTER_DEAD_LETTER_AGE = ("frontdesk_router_dead_letter_oldest_age_seconds", _G, _U.SECONDS, (), "Age of the oldest of them; 0 when none.")
    ROUTER_RETRIES = ("frontdesk_router_transaction_retries", _C, _U.COUNT, ("reason",), "Transactions run again; reason deadlock, serialization or fenced.")

    # What the router decides, fires, numbers and hands on. What waits is told by every router alike: take the maximum.
    ROUTER_ASSIGNMENTS = ("frontdesk_router_assignments", _C, _U.COUNT, ("outcome",), "Dispatcher's decisions; outcome assigned, offered, bot, none or lost (compare-and-set).")
    ROUTER_RESERVATIONS = ("frontdesk_router_reservations", _C, _U.COUNT, ("outcome",), "Offers that ended; outcome accepted, declined, timed_out or withdrawn.")
    ROUTER_DISPATCH_SECONDS = ("frontdesk_router_dispatch_seconds", _H, _U.SECONDS, (), "One round of the dispatcher.")
    ROUTER_WAITING = ("frontdesk_router_waiting_conversations", _G, _U.CONVERSATIONS, ("channel_class",), "Conversations waiting for an owner.")
    ROUTER_WAITING_AGE = ("frontdesk_router_waiting_oldest_age_seconds", _G, _U.SECONDS, ("channel_class",), "Longest wait now; 0 when none.")
    ROUTER_LEASES = ("frontdesk_router_leases_held", _G, _U.COUNT, ("kind",), "Leases this process holds; kind dispatcher, sequencer or timers.")
    ROUTER_FENCED = ("frontdesk_router_fenced", _C, _U.COUNT, ("kind",), "Transactions stopped because another holder has the lease.")
    ROUTER_TIMERS_FIRED = ("frontdesk_router_timers_fired", _C, _U.COUNT, ("kind",), "Timers whose effect is committed.")
    ROUTER_TIMER_LATE = ("frontdesk_router_timer_late_seconds", _H, _U.SECONDS, ("kind",), "From due to committed.", SLOW)
    ROUTER_TIMERS_DUE = ("frontdesk_router_timers_due", _G, _U.COUNT, (), "Timers that are due and not fired.")
    ROUTER_TIMERS_DUE_AGE = ("frontdesk_router_timers_due_oldest_age_seconds", _G, _U.SECONDS, (), "How late the latest of them is; 0 when none.")
    ROUTER_SLA_BREACHES = ("frontdesk_router_sla_breaches", _C, _U.COUNT, ("target", "channel_class"), "Targets missed; target first_reply, next_reply or resolution.")
    ROUTER_BOT_TURNS = ("frontdesk_router_bot_turns", _C, _U.COUNT, ("outcome",), "Turns of bots that did not go well; outcome missed or handed_over (by the router).")
    ROUTER_INCIDENTS = ("frontdesk_router_incidents", _C, _U.COUNT, ("state",), "Storms of public posts on one subject; state opened or closed.")
    ROUTER_NUMBERED = ("frontdesk_router_numbered_events", _C, _U.EVENTS, (), "Events the sequencer has numbered.")
    ROUTER_SEQUENCER_LAG = ("frontdesk_router_sequencer_lag_events", _G, _U.EVENTS, (), "Events without a number.")
    ROUTER_SEQUENCER_AGE = ("frontdesk_router_sequencer_lag_seconds", _G, _U.SECONDS, (), "Age of the oldest event without a number; 0 when none.")
    ROUTER_OUTBOX_DEPTH = ("frontdesk_router_outbox_waiting_records", _G, _U.RECORDS, (), "Outbox rows not published.")
    ROUTER_OUTBOX_AGE = ("frontdesk_router_outbox_oldest_age_seconds", _G, _U.SECONDS, (), "Age of the oldest of them; 0 when none.")
    ROUTER_OUTBOX_PUBLISHED = ("frontdesk_router_outbox_published_records", _C, _U.RECORDS, ("topic",), "Outbox rows published.")

    # What agents and customers see.
    API_REQUESTS = ("frontdesk_agent_api_handled_requests", _C, _U.REQUESTS, ("method", "route", "status_class"), "Requests answered; route is the template, status_class 2xx to 5xx.")
    API_SECONDS = ("frontdesk_agent_api_request_seconds", _H, _U.SECONDS, ("method", "route", "status_class"), "From request to the last byte of the answer.")
    API_RATE_LIMITED = ("frontdesk_agent_api_rate_limited_requests", _C, _U.REQUESTS, ("role",), "Requests refused with 429.")
    API_LOGINS = ("frontdesk_agent_api_logins", _C, _U.COUNT, ("method", "outcome"), "Logins; method password or oidc, outcome done, refused or limited.")
    API_REPLAYED = ("frontdesk_agent_api_replayed_requests", _C, _U.REQUESTS, (), "Requests answered from a stored Idempotency-Key.")
    API_SOCKETS = ("frontdesk_agent_api_open_sockets", _G, _U.SOCKETS, ("kind",), "Live connections; kind agent, contact or sse.")
    API_SOCKETS_CLOSED = ("frontdesk_agent_api_closed_sockets", _C, _U.SOCKETS, ("kind", "code"), "Connections ended, by close code.")
    API_FRAMES = ("frontdesk_agent_api_sent_frames", _C, _U.FRAMES, ("kind",), "Frames written to live connections.")
    API_SLOW_SOCKETS = ("frontdesk_agent_api_cut_slow_sockets", _C, _U.SOCKETS, ("kind",), "Connections cut because their queue was full.")
    API_RESUMES = ("frontdesk_agent_api_resumes", _C, _U.COUNT, ("outcome",), "Reconnects with a last number; outcome caught_up or snapshot.")
    API_SNAPSHOTS = ("frontdesk_agent_api_snapshots_ordered", _C, _U.COUNT, ("reason",), "Clients told to take a snapshot; reason epoch, retention, lag or filter.")
    API_DELIVERY_SECONDS = ("frontdesk_agent_api_event_delivery_seconds", _H, _U.SECONDS, (), "From an event's commit to its frame.")
    API_CLOCKS_ENDED = ("frontdesk_agent_api_ended_clocks", _C, _U.COUNT, ("target", "outcome"), "Runs of SLA clocks that ended; target first_reply, next_reply or resolution, outcome met, breached or ended (without an answer).")

    # What every process reports.
    PROCESS_LOOP_LAG = ("frontdesk_process_event_loop_lag_seconds", _H, _U.SECONDS, (), "How late the event loop wakes a sleeper.")
    PROCESS_TASK_RESTARTS = ("frontdesk_process_task_restarts", _C, _U.COUNT, ("task",), "Background tasks started again after an error.")
    PROCESS_STALLS = ("frontdesk_process_stalls", _C, _U.COUNT, ("watchdog",), "Watchdogs that tripped.")
    PROCESS_LOGS_SUPPRESSED = ("frontdesk_process_suppressed_log_lines", _C, _U.COUNT, (), "Log lines held back by the rate limit.")
    PROCESS_DB_CONNECTIONS = ("frontdesk_process_database_connections", _G, _U.COUNT, ("state",), "Pool of this process; state in_use or idle.")
    PROCESS_READY = ("frontdesk_process_ready_state", _G, _U.STATE, (), "1 when /readyz answers 200, else 0.")
    PROCESS_BUILD = ("frontdesk_process_build_info", _G, _U.INFO, ("process", "version"), "Always 1; the labels tell what runs.")
    # fmt: on
