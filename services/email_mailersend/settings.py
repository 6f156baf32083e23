"""Settings of a mailbox at MailerSend."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.mail.settings import BaseUrl, MailSettings


class MailersendSettings(MailSettings):
    """`signing_secrets` (newest first) sign: an inbound route and a webhook have a secret each, so up to two of both may be
    here. `api_token` sends. `custom_headers` says that the plan allows header fields of our own.
    """

    signing_secrets: Annotated[tuple[SecretStr, ...], Field(min_length=1, max_length=4)]
    api_token: SecretStr
    api_base: BaseUrl = "https://api.mailersend.com"
    custom_headers: bool = False
    opens_are_reads: bool = True
