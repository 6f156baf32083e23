"""Settings for waking customers' apps: which push services an account may call, and what it may tell them.

Sources: Firebase Cloud Messaging HTTP v1 (firebase.google.com/docs/cloud-messaging/send/v1-api); Apple, "Establishing a
token-based connection to APNs" and "Sending notification requests to APNs".
"""

from typing import Annotated

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from backbone.channel.service_account import PrivateKeyPem
from backbone.errors import ConfigurationInvalid

FCM_URL = "https://fcm.googleapis.com"
GOOGLE_TOKENS_URL = "https://oauth2.googleapis.com/token"
APNS_URL = "https://api.push.apple.com"
APNS_SANDBOX_URL = "https://api.sandbox.push.apple.com"
_KEY_MAX = 4096
Url = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:-]{1,253}(/[A-Za-z0-9./_-]{0,200})?$")]
AppleId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{10}$")]


def signing_key(pem: SecretStr) -> EllipticCurvePrivateKey:
    """The key of an Apple `.p8` file. Raises `ConfigurationInvalid` where it is no EC key on P-256."""
    text = pem.get_secret_value()
    try:
        key = (
            load_pem_private_key(text.encode("utf-8", "surrogatepass"), password=None)
            if len(text) <= _KEY_MAX
            else None
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The cause is left out: some of these errors quote the key.
        key = None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ConfigurationInvalid("the APNs key is no readable P-256 key (PKCS#8)")
    return key


def _checked(pem: SecretStr) -> SecretStr:
    try:
        signing_key(pem)
    except ConfigurationInvalid as error:
        raise ValueError(error.detail) from None
    return pem


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FcmSettings(_Part):
    """A Firebase project and a service account of it (the fields of its key file)."""

    project_id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{4,40}$")]
    client_email: Annotated[str, StringConstraints(pattern=r"^[^\s@]{1,100}@[^\s@]{1,200}$")]
    private_key: PrivateKeyPem
    url: Url = FCM_URL
    token_url: Url = GOOGLE_TOKENS_URL


class ApnsSettings(_Part):
    """A signing key of an Apple developer team, and the app's bundle id as `topic`."""

    key_id: AppleId
    team_id: AppleId
    topic: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{3,155}$")]
    private_key: Annotated[SecretStr, AfterValidator(_checked)]
    url: Url = APNS_URL


class PushSettings(_Part):
    """`title` is all that a notice says, unless `show_text` lets the services and the lock screen read the message too."""

    fcm: FcmSettings | None = None
    apns: ApnsSettings | None = None
    title: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")] = Field(
        default="New message", description="Shown as it is, in every language."
    )
    show_text: bool = False

    @model_validator(mode="after")
    def _some(self) -> "PushSettings":
        if self.fcm is None and self.apns is None:
            raise ValueError("name one of fcm and apns")
        return self
