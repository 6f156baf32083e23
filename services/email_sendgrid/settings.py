"""Settings of a mailbox at SendGrid."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.mail.settings import BaseUrl, HookSettings


class SendgridSettings(HookSettings):
    """`verification_keys` are the public keys of the signed event webhook (base64 of DER), newest first: with one set, what
    comes as JSON must be signed. `api_key` needs the right to send mail and no other.
    """

    verification_keys: Annotated[tuple[str, ...], Field(max_length=2)] = ()
    api_key: SecretStr
    api_base: BaseUrl = "https://api.sendgrid.com"
