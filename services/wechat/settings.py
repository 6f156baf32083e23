"""Settings of one WeChat official account or WeCom app. The external id is what messages name in `ToUserName`."""

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from backbone.channel.port import AccountSettings


def key_of(secret: SecretStr) -> bytes:
    """The 32 bytes that an EncodingAESKey of 43 characters stands for; empty where it is none."""
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(f"{text}=", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return key if len(text) == 43 and len(key) == 32 else b""


def _checked(secret: SecretStr) -> SecretStr:
    if not key_of(secret):
        raise ValueError("an EncodingAESKey is 43 characters of base64")
    return secret


class WeChatSettings(AccountSettings):
    """`tokens` are the words chosen for the webhook, newest first; `encoding_aes_keys` open sealed messages.

    With keys only sealed messages are taken. `app_id` and `app_secret` get the access token, which lives two hours;
    `access_token`, where set, is used until there is one. `agent_id` says that this is an app of WeCom: then `app_id` is the
    corporation's id and `api_base` is `https://qyapi.weixin.qq.com`. `media_hosts` are where films may be fetched from.
    """

    tokens: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    encoding_aes_keys: tuple[Annotated[SecretStr, AfterValidator(_checked)], ...] = Field(default=(), max_length=2)
    app_id: str = Field(min_length=1, max_length=64)
    app_secret: SecretStr
    access_token: SecretStr | None = None
    agent_id: int | None = Field(default=None, ge=0)
    api_base: str = Field(default="https://api.weixin.qq.com", pattern=r"^https?://[^/?#]+(/[^?#]*)?$")
    media_hosts: tuple[str, ...] = Field(
        default=("qq.com", "qpic.cn", "wechat.com"),
        description="A film's link is followed to these hosts and those below them, over TLS.",
    )
