"""Settings of one place's reviews. The account's external id is the place: `accounts/{account}/locations/{location}`."""

from pydantic import Field, SecretStr

from backbone.channel.google_api import GoogleSettings


class GoogleBusinessReviewsSettings(GoogleSettings):
    """A way to a token for the Business Profile API, and how its notifications prove themselves.

    With `push_email` (the service account that the Pub/Sub subscription authenticates as) a notification must carry
    Google's token for `push_audience`, by default the webhook's URL. Without it the URL must hold `?key=` with one of
    `push_keys`, newest first; with neither no notification is believed, and only the polls bring reviews.
    """

    push_email: str = ""
    push_audience: str = ""
    push_keys: tuple[SecretStr, ...] = Field(default=(), max_length=2)
    api_base: str = Field(default="https://mybusiness.googleapis.com", pattern=r"^https?://[^?#@]+[^/?#@]$")
