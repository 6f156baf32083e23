"""Settings of a mailbox at Amazon SES."""

from typing import Annotated

from pydantic import Field, SecretStr

from backbone.channel.mail.settings import BaseUrl, MailSettings

Topic = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]{1,40}:\d{12}:[A-Za-z0-9_-]{1,256}$")]


class SesSettings(MailSettings):
    """`topics` are the SNS topics that may speak for this mailbox: Amazon signs for every topic of anybody.

    `access_key_id` and `secret_access_key` are of a user that may send mail and nothing else. `signature_max_age_seconds`
    is how old a notification may be: SNS signs once and then tries for hours, by the policy of the topic. `api_base`
    and `s3_base` replace the region's own addresses. Mails that a rule puts into one of `mail_buckets` are fetched there.
    """

    topics: Annotated[tuple[Topic, ...], Field(min_length=1, max_length=10)]
    signature_max_age_seconds: Annotated[int, Field(ge=60, le=604_800)] = 86_400
    region: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-z]{1,12}){1,3}-\d{1,2}$")]
    access_key_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{16,128}$")]
    secret_access_key: SecretStr
    mail_buckets: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")], ...], Field(max_length=10)
    ] = ()
    s3_base: BaseUrl | None = None
    configuration_set: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    api_base: BaseUrl | None = None
    opens_are_reads: bool = True

    @property
    def endpoint(self) -> str:
        return self.api_base or f"https://email.{self.region}.amazonaws.com"

    @property
    def s3_endpoint(self) -> str:
        return self.s3_base or f"https://s3.{self.region}.amazonaws.com"
