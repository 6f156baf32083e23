"""Settings of a mailbox at SparkPost."""

from pydantic import SecretStr

from backbone.channel.mail.settings import BaseUrl, HookSettings


class SparkpostSettings(HookSettings):
    """`api_key` needs the right to send; `api_base` is `https://api.eu.sparkpost.com` for accounts in the EU."""

    api_key: SecretStr
    api_base: BaseUrl = "https://api.sparkpost.com"
