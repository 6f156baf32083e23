"""Settings of a mailbox at Resend."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.mail.settings import BaseUrl, Domain, MailSettings
from backbone.channel.standard_webhooks import Secrets


class ResendSettings(MailSettings):
    """`webhook_secrets` (newest first) sign the webhooks; `api_key` needs full access, since it reads mails that came.

    `download_hosts` are the domains that attachments may be fetched from.
    """

    webhook_secrets: Secrets
    api_key: SecretStr
    api_base: BaseUrl = "https://api.resend.com"
    download_hosts: Annotated[tuple[Domain, ...], Field(min_length=1, max_length=5)] = ("resend.com",)
    opens_are_reads: bool = True
