"""Settings of a mailbox at Brevo."""

from pydantic import SecretStr

from backbone.channel.mail.settings import BaseUrl, HookSettings


class BrevoSettings(HookSettings):
    """`api_key` sends mails, and fetches the attachments of those that came."""

    api_key: SecretStr
    api_base: BaseUrl = "https://api.brevo.com"
