"""Settings of one app's reviews. The account's external id is the app's package name."""

from pydantic import Field

from backbone.channel.google_api import GoogleSettings


class GooglePlaySettings(GoogleSettings):
    """A way to a token for the Android Publisher API; the service account needs "Reply to reviews" in the Play Console."""

    api_base: str = Field(default="https://androidpublisher.googleapis.com", pattern=r"^https?://[^?#@]+[^/?#@]$")
