"""What customers allowed and forbade: written once, never changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from backbone.ids import new_id
from backbone.storage.database import Connection
from router.domain.consent import Purpose, Standing, State
from router.repositories.contacts import is_opted_out

How = Literal["word", "provider", "agent", "form"]


@dataclass(frozen=True, slots=True)
class Said:
    """One word of a customer. `account_id` and `address` None is every channel; `purpose` 'all' everything on this one."""

    tenant_id: str
    contact_id: str
    purpose: Purpose | Literal["all"]
    state: State
    how: How
    at: datetime
    account_id: str | None = None
    address: str | None = None
    word: str | None = None
    message_id: str | None = None
    by: str | None = None


async def append(connection: Connection, said: Said) -> str:
    """Keeps it with its proof; answers its id."""
    consent_id = new_id("cst")
    await connection.execute(
        """
        INSERT INTO consents (id, tenant_id, contact_id, account_id, address, purpose, state, how, word, message_id, by, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        consent_id,
        said.tenant_id,
        said.contact_id,
        said.account_id,
        said.address,
        said.purpose,
        said.state,
        said.how,
        said.word,
        said.message_id,
        said.by,
        said.at,
    )
    return consent_id


async def standing(
    connection: Connection, contact_id: str, account_id: str, address: str, *, restricted: bool
) -> Standing:
    """What holds for a contact on one address: the last word for each purpose, of themselves or of a company's system."""
    out = await is_opted_out(connection, account_id, address)
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (purpose) purpose, state FROM (
            (SELECT purpose, state, at FROM consents WHERE contact_id = ANY (
                    ARRAY(SELECT from_id FROM contact_merges WHERE into_id = $1 AND undone_at IS NULL LIMIT 100) || $1)
                AND purpose <> 'all' AND (account_id IS NULL OR (account_id = $2 AND address = $3))
                ORDER BY at DESC LIMIT 200)
            UNION ALL
            (SELECT c.purpose, c.state, c.at FROM contact_customers($1)
                JOIN partner_consents c USING (account_id, reference) LIMIT 200)) s
        ORDER BY purpose, at DESC, state DESC
        """,
        contact_id,
        account_id,
        address,
    )
    return Standing(out, restricted, {row["purpose"]: row["state"] for row in rows})
