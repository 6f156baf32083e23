"""Settings of a mailbox at Mailjet."""

from pydantic import SecretStr

from backbone.channel.mail.settings import BaseUrl, HookSettings


class MailjetSettings(HookSettings):
    """`api_key` and `api_secret` are the pair that sends."""

    api_key: SecretStr
    api_secret: SecretStr
    api_base: BaseUrl = "https://api.mailjet.com"
