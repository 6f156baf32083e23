"""Settings of one YouTube channel's comments. The account's external id is the channel's id (`UC…`)."""

from pydantic import Field

from backbone.channel.google_api import GoogleSettings


class YoutubeSettings(GoogleSettings):
    """The consent of the channel's owner, with the scope `youtube.force-ssl`; service accounts have no channel.

    `poll_quota_per_day` replaces the manifest's units where Google raised the project's quota. `scan_pages` is how many
    pages of 100 threads, newest first, each poll looks through for new answers.
    """

    api_base: str = Field(default="https://www.googleapis.com", pattern=r"^https?://[^?#@]+[^/?#@]$")
    poll_quota_per_day: int | None = Field(default=None, gt=0)
    scan_pages: int = Field(default=2, ge=1, le=10)
