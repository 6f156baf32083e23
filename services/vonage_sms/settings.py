"""Settings of one Vonage number."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from backbone.channel.sms import SmsSettings

Secret = Annotated[SecretStr, Field(min_length=1)]


class VonageSmsSettings(SmsSettings):
    """`signature_secrets` sign webhooks where signing is switched on, newest first; else a key in the URL proves the caller.

    `signature_method` is the one chosen in the dashboard; `md5hash` is Vonage's oldest, without HMAC.
    """

    api_key: str = Field(min_length=1, max_length=64)
    api_secret: Secret
    signature_secrets: tuple[Secret, ...] = Field(default=(), max_length=2)
    signature_method: Literal["md5hash", "md5", "sha1", "sha256", "sha512"] = "sha256"
    webhook_secrets: tuple[Secret, ...] = Field(
        default=(), max_length=2, description="The field `key` of the webhook URL, where webhooks are not signed."
    )
    signed_at_most: timedelta = Field(
        default=timedelta(seconds=300), description="How far a signed time may be from ours, either way."
    )
    delivery_receipts: bool = True
    api_base: str = Field(default="https://rest.nexmo.com", pattern=r"^https?://[^\s?#]+$")

    @model_validator(mode="after")
    def _has_a_proof(self) -> Self:
        if not self.signature_secrets and not self.webhook_secrets:
            raise ValueError("signature_secrets or webhook_secrets are needed")
        return self
