"""The access token goes to Meta's hosts and nowhere else."""

import json

import pytest

from backbone.channel.port import Account, HttpCall, ProviderReply
from services.whatsapp.codec import codec
from services.whatsapp.settings import WhatsAppSettings

ACCOUNT = Account(
    id="acc_1",
    tenant_id="ten_1",
    channel="whatsapp",
    external_id="1000000001",
    settings=WhatsAppSettings.model_validate(
        {"app_secrets": ["s"], "verify_token": "v", "access_token": "a token", "api_base": "https://graph.example.test"}
    ),
    webhook_url="https://desk.example.test/webhooks/whatsapp/acc_1",
)
BEARER = (("authorization", "Bearer a token"),)


def test_a_media_id_is_asked_for_with_the_token() -> None:
    call = codec.media_call("70/01?x", ACCOUNT)
    assert call == HttpCall("GET", "https://graph.example.test/v23.0/70%2F01%3Fx", BEARER)


def test_the_answer_for_an_id_leads_to_the_file() -> None:
    url = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=7001&ext=1"
    reply = ProviderReply(200, (), json.dumps({"url": url, "mime_type": "image/jpeg"}).encode())
    assert codec.media_found("7001", reply, ACCOUNT) == HttpCall("GET", url, BEARER)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"url":1}', b'{"url":"7002"}', b'{"url":"https://evil.test/"}', b"\xff"]
)
def test_an_answer_that_names_no_place_of_metas_leads_nowhere(body: bytes) -> None:
    assert codec.media_found("7001", ProviderReply(200, (), body), ACCOUNT) is None


@pytest.mark.parametrize("host", ["lookaside.fbsbx.com", "scontent.fbcdn.net", "mmg.whatsapp.net", "fbsbx.com:443"])
def test_a_link_of_metas_gets_the_token(host: str) -> None:
    assert codec.media_call(f"https://{host}/a", ACCOUNT) == HttpCall("GET", f"https://{host}/a", BEARER)


def test_a_link_below_the_api_base_gets_the_token() -> None:
    url = "https://graph.example.test/files/1"
    assert codec.media_call(url, ACCOUNT) == HttpCall("GET", url, BEARER)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/fbsbx.com",
        "https://fbsbx.com.evil.test/a",
        "https://evilfbsbx.com/a",
        "https://lookaside.fbsbx.com@evil.test/a",
        "https://user@lookaside.fbsbx.com/a",
        "http://lookaside.fbsbx.com/a",
        "https://lookaside.fbsbx.com:8443/a",
        "https://graph.example.test.evil.test/a",
        "ftp://lookaside.fbsbx.com/a",
        "https://[::1/a",
        "https://lookaside.fbsbx.com:99999/a",
        "https://evil.test\\.fbsbx.com/a",
        "https://fbsbx.com\t.evil.test/a",
        "https://lookaside.fbsbx.com/a\r\nx: y",
        "https://lookaside.fbsbx.com",
    ],
)
def test_no_other_link_gets_the_token(url: str) -> None:
    assert codec.media_call(url, ACCOUNT) is None
