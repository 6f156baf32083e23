"""Settings of a mailbox at Mandrill."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.mail.settings import BaseUrl, MailSettings


class MandrillSettings(MailSettings):
    """`webhook_keys` (newest first) sign: every webhook and every inbound route has a key of its own, so one of each may be
    here while none rotates. `api_key` sends.
    """

    webhook_keys: Annotated[tuple[SecretStr, ...], Field(min_length=1, max_length=4)]
    api_key: SecretStr
    api_base: BaseUrl = "https://mandrillapp.com"
    opens_are_reads: bool = True
