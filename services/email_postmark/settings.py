"""Settings of a mailbox at Postmark."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.mail.settings import BaseUrl, HookSettings


class PostmarkSettings(HookSettings):
    """`server_token` is the server's API token; `message_stream` the stream that answers go out by."""

    server_token: SecretStr
    api_base: BaseUrl = "https://api.postmarkapp.com"
    message_stream: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] = "outbound"
