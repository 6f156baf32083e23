"""Tables that lists are built over. Each names its one writer; readers are many."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

METADATA = MetaData()
_AT = TIMESTAMP(timezone=True)


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text) for name in names]


def _at(*names: str) -> list[Column[object]]:
    return [Column(name, _AT) for name in names]


# Writer: router.
conversations = Table(
    "conversations",
    METADATA,
    *_text("id", "tenant_id", "account_id", "channel", "channel_class", "thread_key", "status", "visibility"),
    *_text("contact_id", "contact_address", "contact_name", "cohort", "subject", "preview", "team_id", "agent_id"),
    *_text(
        "policy_id", "sla_state", "unassigned_reason", "previous_id", "linked_id", "last_agent_id", "direct_agent_id"
    ),
    *_at(
        "assigned_at",
        "waiting_since",
        "customer_waiting_since",
        "due_at",
        "first_reply_at",
        "last_customer_at",
        "last_message_at",
    ),
    *_at("window_expires_at", "snoozed_until", "opened_at", "resolved_at", "offered_until", "declined_at"),
    Column("declined_by", ARRAY(Text)),
    Column("held_units", Integer),
    Column("held_interruptible", Boolean),
    Column("public_post", JSONB),
    Column("message_count", Integer),
    Column("units", Integer),
    Column("priority", Integer),
    Column("needs", JSONB),
    Column("version", BigInteger),
)

# Writer: router.
messages = Table(
    "messages",
    METADATA,
    *_text("id", "tenant_id", "conversation_id", "account_id", "direction", "author_kind", "author_id"),
    *_text(
        "provider_message_id", "in_reply_to", "state", "error_code", "error_detail", "language", "suppressed", "action"
    ),
    *_at("provider_at", "received_at", "sort_at", "state_at", "edited_at", "deleted_at", "hidden_at"),
    Column("content", JSONB),
    Column("reactions", JSONB),
    Column("automatic", Boolean),
    Column("possibly_sent_twice", Boolean),
)

# Writer: router.
contacts = Table(
    "contacts",
    METADATA,
    *_text("id", "tenant_id", "name", "language", "cohort", "cohort_source"),
    *_at("created_at"),
    Column("version", BigInteger),
)

# Writer: router.
contact_points = Table(
    "contact_points", METADATA, *_text("account_id", "address", "tenant_id", "contact_id", "name"), *_at("created_at")
)

# Writer: router.
conversation_participants = Table(
    "conversation_participants",
    METADATA,
    *_text("conversation_id", "address", "tenant_id", "name", "role"),
    *_at("joined_at"),
)

# Writer: agent_api; the router writes what they have, `version`, and the presence of who lets offers pass or drains.
agents = Table(
    "agents",
    METADATA,
    *_text("id", "tenant_id", "name", "email", "role", "presence", "presence_reason"),
    *_at("presence_changed_at", "created_at", "offline_at", "wrap_up_until"),
    Column("capacity", Integer),
    Column("capacity_override", Integer),
    Column("used", Integer),
    Column("interruptible_capacity", Integer),
    Column("interruptible_used", Integer),
    Column("hours", JSONB),
    Column("skills", JSONB),
    Column("languages", ARRAY(Text)),
    Column("version", BigInteger),
)

# Writer: agent_api.
teams = Table(
    "teams",
    METADATA,
    *_text("id", "tenant_id", "name"),
    *_at("created_at"),
    Column("hours", JSONB),
    Column("routing", JSONB),
    Column("version", BigInteger),
)

# Writer: agent_api.
team_members = Table("team_members", METADATA, *_text("tenant_id", "team_id", "agent_id"))

# Writer: agent_api; the router quarantines.
channel_accounts = Table(
    "channel_accounts",
    METADATA,
    *_text("id", "tenant_id", "channel", "name", "external_id", "team_id", "state"),
    *_at("created_at", "updated_at"),
    Column("config", LargeBinary),
    Column("version", BigInteger),
)

# Writer: agent_api.
blocked_addresses = Table(
    "blocked_addresses",
    METADATA,
    *_text("id", "tenant_id", "account_id", "address", "reason", "blocked_by", "lifted_by", "lifted_note"),
    *_at("blocked_at", "until", "lifted_at"),
)

# Writer: agent_api.
sla_policies = Table(
    "sla_policies",
    METADATA,
    *_text("id", "tenant_id", "name"),
    *_at("created_at"),
    Column("position", Integer),
    Column("document", JSONB),
    Column("version", BigInteger),
)

# Writer: agent_api.
api_keys = Table(
    "api_keys",
    METADATA,
    *_text("id", "tenant_id", "agent_id", "name", "role", "prefix"),
    *_at("created_at", "expires_at", "revoked_at", "last_used_at"),
)

# Writer: agent_api.
conversation_tags = Table(
    "conversation_tags", METADATA, *_text("tenant_id", "tag", "conversation_id"), *_at("added_at")
)

# Writer: the router offers and ends; agent_api accepts and declines.
reservations = Table(
    "reservations",
    METADATA,
    *_text("id", "tenant_id", "conversation_id", "round_id", "agent_id", "team_id", "state", "reason"),
    *_at("offered_at", "expires_at", "ended_at"),
    Column("units", Integer),
    Column("interruptible", Boolean),
)

# Writer: router.
routing_decisions = Table(
    "routing_decisions",
    METADATA,
    *_text("id", "tenant_id", "conversation_id", "outcome", "agent_id"),
    *_at("at"),
    Column("explanation", JSONB),
)
