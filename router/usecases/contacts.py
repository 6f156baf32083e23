"""What people correct about a contact."""

from datetime import datetime

from backbone.errors import InputInvalid, NotFound, PreconditionFailed
from backbone.storage.database import Connection
from backbone.storage.wake import notify
from router.domain.conversation import Fact
from router.repositories import events
from router.repositories.events import event_row

COHORTS = ("gen_z", "gen_y", "other", "unknown")


async def update(
    connection: Connection,
    *,
    tenant_id: str,
    contact_id: str,
    name: str | None,
    language: str | None,
    cohort: str | None,
    cohort_source: str | None,
    now: datetime,
    expected_version: int | None = None,
) -> int:
    """Changes what is given (None keeps); answers the new version. A cohort needs its source and no birth date is kept.

    Raises `NotFound`, `PreconditionFailed` and `InputInvalid`.
    """
    if cohort is not None and cohort not in COHORTS:
        raise InputInvalid(f"the cohort is one of {', '.join(COHORTS)}", pointers={"/cohort": "unknown"})
    if cohort is not None and not cohort_source:
        raise InputInvalid("a cohort needs its source", pointers={"/cohort_source": "is missing"})
    version = await connection.fetchval(
        "SELECT version FROM contacts WHERE id = $1 AND tenant_id = $2 FOR UPDATE", contact_id, tenant_id
    )
    if version is None:
        raise NotFound("no such contact")
    if expected_version is not None and version != expected_version:
        raise PreconditionFailed(f"the contact is at version {version}, not {expected_version}")
    new_version = await connection.fetchval(
        """
        UPDATE contacts SET name = coalesce($3, name), language = coalesce($4, language), cohort = coalesce($5, cohort),
            cohort_source = CASE WHEN $5::text IS NULL THEN cohort_source ELSE $6 END, version = version + 1
        WHERE id = $1 AND tenant_id = $2 RETURNING version
        """,
        contact_id,
        tenant_id,
        name,
        language,
        cohort,
        cohort_source,
    )
    await events.append(connection, [event_row(tenant_id, Fact("contact.updated", {"contact_id": contact_id}), now)])
    await notify(connection, "changed", tenant_id)
    return int(new_version)
