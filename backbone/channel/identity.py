"""Who a signed-in customer is: a JSON Web Token that the company's own server makes with a secret of its chat account. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast, get_args

from pydantic import SecretStr

from backbone.channel import json, jwt
from backbone.errors import PayloadInvalid, SignatureInvalid

SUBJECT_MAX = 256
Cohort = Literal["gen_z", "gen_y", "other", "unknown"]
_NAME_MAX = 200
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class SignedCustomer:
    """What the company says of its customer. `subject` is the company's own id of them and stays out of our addresses."""

    subject: str
    name: str | None = None
    language: str | None = None
    cohort: Cohort | None = None


def read_identity(token: str, secrets: Sequence[SecretStr], now: datetime) -> SignedCustomer:
    """The customer of a compact HS256 token (RFC 7519, RFC 7518 §3.2) under one of the secrets.

    Claims: `sub` (1 to 256 characters) and `exp` must be there; `name`, `locale` (BCP 47) and `cohort` may be, and a
    value that can't be used is passed over. Raises `SignatureInvalid` and, 5 minutes after `exp`, `SignatureStale`.
    """
    found = jwt.read(token)
    jwt.check_hs256(found, [secret.get_secret_value().encode() for secret in secrets])
    jwt.check_times(found.claims, now)
    try:
        subject = json.text(found.claims.get("sub"), "sub")
    except PayloadInvalid as error:
        raise SignatureInvalid from error
    if not 0 < len(subject) <= SUBJECT_MAX:
        raise SignatureInvalid
    return SignedCustomer(subject, _name(found.claims), _language(found.claims), _cohort(found.claims))


def address_of(account_id: str, subject: str) -> str:
    """The customer's address on the account: the same for the same subject on every device, and no way back to it."""
    digest = hashlib.sha256(f"frontdesk customer v1\n{account_id}\n{subject}".encode()).hexdigest()
    return f"usr_{digest[:40]}"


def _name(claims: Mapping[str, Any]) -> str | None:
    given = claims.get("name")
    name = " ".join(json.clean(given).split())[:_NAME_MAX] if isinstance(given, str) else ""
    return name or None


def _language(claims: Mapping[str, Any]) -> str | None:
    given = claims.get("locale")
    return given if isinstance(given, str) and _LANGUAGE.fullmatch(given) else None


def _cohort(claims: Mapping[str, Any]) -> Cohort | None:
    given = claims.get("cohort")
    return cast("Cohort", given) if given in get_args(Cohort) else None
