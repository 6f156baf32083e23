"""Settings of a mailbox at Mailgun."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.mail.settings import BaseUrl, Domain, MailSettings


class MailgunSettings(MailSettings):
    """`signing_keys` (newest first) are the account's HTTP webhook signing keys; `domain` is the one that sends.

    `signature_max_age_seconds` is how old a signature may be. Mailgun tries for eight hours, and whether it signs anew each
    time is not documented. `api_base` is `https://api.eu.mailgun.net` for domains in the EU.
    """

    signing_keys: Annotated[tuple[SecretStr, ...], Field(min_length=1, max_length=2)]
    signature_max_age_seconds: Annotated[int, Field(ge=60, le=604_800)] = 36_000
    api_key: SecretStr
    api_base: BaseUrl = "https://api.mailgun.net"
    domain: Domain
    opens_are_reads: bool = True
