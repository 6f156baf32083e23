"""Who may do what: one matrix for REST, files, webhooks, the live stream and its commands. What is not listed is denied."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from backbone.errors import Forbidden
from backbone.web.auth import Principal, Role


class Permission(StrEnum):
    """One thing a caller may be allowed to do in its own tenant."""

    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_READ_ALL = "conversations:read_all"
    """Without it only those assigned to the caller, of its teams, or of no team."""
    CONVERSATIONS_ROUTE = "conversations:route"
    CONVERSATIONS_CLOSE = "conversations:close"
    MESSAGES_READ = "messages:read"
    MESSAGES_SEND = "messages:send"
    CALLS_TAKE = "calls:take"
    """Voice and video with customers, in the browser."""
    NOTES_READ = "notes:read"
    NOTES_WRITE = "notes:write"
    DECISIONS_READ = "decisions:read"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"
    PRESENCE_OWN = "presence:own"
    PRESENCE_ANY = "presence:any"
    RESERVATIONS_OWN = "reservations:own"
    TEAMS_READ = "teams:read"
    TEAMS_WRITE = "teams:write"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    CHANNELS_READ = "channels:read"
    CHANNELS_WRITE = "channels:write"
    POLICIES_READ = "policies:read"
    POLICIES_WRITE = "policies:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"
    """What holds for the whole tenant: notices, bots, and what is blacked out."""
    REPLIES_WRITE = "replies:write"
    """Canned replies and macros."""
    KNOWLEDGE_READ = "knowledge:read"
    KNOWLEDGE_WRITE = "knowledge:write"
    VIEWS_SHARE = "views:share"
    KEYS_MANAGE = "keys:manage"
    ROLES_MANAGE = "roles:manage"
    """Roles of the tenant's own, and who has which role."""
    LOGIN_MANAGE = "login:manage"
    """Who vouches for people; to change it one must be allowed everything, since that is what it can give."""
    WEBHOOKS_MANAGE = "webhooks:manage"
    AUDIT_READ = "audit:read"
    REPORTS_READ = "reports:read"
    EVENTS_READ = "events:read"
    DEAD_LETTERS_READ = "dead_letters:read"
    BLOCKS_READ = "blocks:read"
    BLOCKS_WRITE = "blocks:write"
    BLOCKS_LIFT = "blocks:lift"
    OFFERS_MAKE = "offers:make"
    """Ask which channels to show, and say what came of it."""
    INCIDENTS_READ = "incidents:read"
    """Storms of public posts, and what is said in public in figures."""
    INCIDENTS_ANSWER = "incidents:answer"
    """One answer to all of an incident's conversations."""
    GOODWILL_READ = "goodwill:read"
    GOODWILL_GIVE = "goodwill:give"
    """Within the limits of the role; above them it waits."""
    GOODWILL_APPROVE = "goodwill:approve"
    GOODWILL_HONOUR = "goodwill:honour"
    """Say that a shop took it."""


_P = Permission
_BOT = frozenset(
    {
        _P.CONVERSATIONS_READ,
        _P.CONVERSATIONS_ROUTE,
        _P.CONVERSATIONS_CLOSE,
        _P.MESSAGES_READ,
        _P.MESSAGES_SEND,
        _P.NOTES_READ,
        _P.NOTES_WRITE,
        _P.AGENTS_READ,
        _P.PRESENCE_OWN,
        _P.RESERVATIONS_OWN,
        _P.TEAMS_READ,
        _P.CONTACTS_READ,
        _P.CHANNELS_READ,
        _P.EVENTS_READ,
        _P.KNOWLEDGE_READ,
        _P.GOODWILL_READ,
        _P.GOODWILL_GIVE,
    }
)
_AGENT = _BOT | {_P.CALLS_TAKE, _P.DECISIONS_READ, _P.CONTACTS_WRITE, _P.POLICIES_READ, _P.BLOCKS_READ, _P.BLOCKS_WRITE}
_SUPERVISOR = _AGENT | {
    _P.CONVERSATIONS_READ_ALL,
    _P.AGENTS_WRITE,
    _P.PRESENCE_ANY,
    _P.TEAMS_WRITE,
    _P.REPLIES_WRITE,
    _P.KNOWLEDGE_WRITE,
    _P.VIEWS_SHARE,
    _P.REPORTS_READ,
    _P.POLICIES_WRITE,
    _P.SETTINGS_READ,
    _P.DEAD_LETTERS_READ,
    _P.BLOCKS_LIFT,
    _P.OFFERS_MAKE,
    _P.GOODWILL_APPROVE,
    _P.INCIDENTS_READ,
    _P.INCIDENTS_ANSWER,
}
_PARTNER = frozenset(
    {
        _P.CONVERSATIONS_READ,
        _P.CONVERSATIONS_READ_ALL,
        _P.MESSAGES_READ,
        _P.CONTACTS_READ,
        _P.CONTACTS_WRITE,
        _P.CHANNELS_READ,
        _P.TEAMS_READ,
        _P.AGENTS_READ,
        _P.EVENTS_READ,
        _P.OFFERS_MAKE,
        _P.KNOWLEDGE_READ,
        _P.GOODWILL_READ,
        _P.GOODWILL_HONOUR,
    }
)
MATRIX: Mapping[Role, frozenset[Permission]] = {
    "admin": frozenset(Permission),
    "supervisor": _SUPERVISOR,
    "agent": _AGENT,
    "bot": _BOT,
    "partner": _PARTNER,
}

AUDITED = frozenset(
    {
        Permission.AGENTS_WRITE,
        Permission.TEAMS_WRITE,
        Permission.CHANNELS_WRITE,
        Permission.POLICIES_WRITE,
        Permission.SETTINGS_WRITE,
        Permission.KEYS_MANAGE,
        Permission.ROLES_MANAGE,
        Permission.LOGIN_MANAGE,
        Permission.WEBHOOKS_MANAGE,
        Permission.REPLIES_WRITE,
        Permission.KNOWLEDGE_WRITE,
    }
)
"""Changes under these are written to the audit log; what is done to conversations stands in the stream."""


_NAMES = frozenset(permission.value for permission in Permission)


def permissions_of(role: Role, own: Collection[str] | None = None) -> frozenset[Permission]:
    """What a built-in role may do, or what a role of the tenant's `own` lists; names that are unknown give nothing."""
    if own is not None:
        return frozenset(Permission(name) for name in own if name in _NAMES)
    return MATRIX.get(role, frozenset())


def allows(principal: Principal, permission: Permission) -> bool:
    """False for a role that the matrix does not know."""
    if principal.permissions is not None:
        return permission.value in principal.permissions
    return permission in MATRIX.get(principal.role, frozenset())


def require_all_of(principal: Principal, given: frozenset[Permission]) -> None:
    """Nobody gives away, nor takes over, more than they may do themselves. Raises `Forbidden` that names what is missing."""
    missing = sorted(given - permissions_of(principal.role, principal.permissions))
    if missing:
        raise Forbidden(f"You may not give what you don't have: {', '.join(missing[:5])}.")


def require(principal: Principal, permission: Permission) -> None:
    """Raises `Forbidden` that names the permission."""
    if not allows(principal, permission):
        own = "" if principal.permissions is None else "own "
        raise Forbidden(f"The {own}role of this {principal.role} lacks {permission.value}.")
