"""Classes of attack that other desks fell to: each is tried over REST, and none gets anywhere (C10, C13, C14, C16)."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.api import Api, add_conversation, add_key, running_api
from tests.support.desk import Desk, make_desk, rows

pytestmark = pytest.mark.database
DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.json"
TRUSTED_ELSEWHERE = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;proto=https",
    "X-Forwarded-User": "admin",
    "X-Remote-User": "admin",
    "Remote-User": "admin",
    "X-User-Id": "agt_admin",
    "X-Tenant-Id": "ten_other",
    "X-Original-URL": "/v1/me",
    "X-HTTP-Method-Override": "DELETE",
}
UNASKED = ("tenant_id", "role", "owner", "owner_id", "is_admin", "permissions", "created_by", "bcc", "id")
# What is a map by its nature: its names are data, and what reads it looks names up one by one.
MAPS = {"attributes", "fields", "document", "data"}


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


async def test_headers_that_proxies_set_make_nobody_somebody(api: Api, desk: Desk) -> None:
    conversation_id = await add_conversation(api.url, desk)
    key, _ = await add_key(api.url, desk.tenant_id, "agent", desk.agent_ids[0])
    async with api.client() as nobody, api.client(key) as agent:
        refused = await nobody.get("/v1/me", headers=TRUSTED_ELSEWHERE)
        plain = await agent.get("/v1/me")
        dressed = await agent.get("/v1/me", headers=TRUSTED_ELSEWHERE)
        await agent.post(f"/v1/conversations/{conversation_id}/notes", json={"text": "x"}, headers=TRUSTED_ELSEWHERE)
    assert refused.status_code == 401
    assert dressed.json() == plain.json()
    assert len(await rows(api.url, "SELECT 1 FROM conversations WHERE id = $1", conversation_id)) == 1


async def test_another_address_in_a_header_gives_no_further_guesses(api: Api, desk: Desk) -> None:
    async with api.client("fd_test_" + "0" * 43) as client:
        codes = [
            (await client.get("/v1/me", headers={"X-Forwarded-For": f"203.0.113.{number}"})).status_code
            for number in range(25)
        ]
    assert codes[-1] == 429


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each operation with a JSON body, and the body's schema."""
    for path in document["paths"].values():
        for operation in path.values():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                yield operation["operationId"], content["application/json"]["schema"]


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def open_objects(document: dict[str, Any], schema: dict[str, Any], name: str, seen: set[str]) -> Iterator[str]:
    """Names of the objects below `schema` that take fields which nobody named."""
    reference = schema.get("$ref", "")
    if reference in seen:
        return
    if reference:
        seen.add(reference)
    schema = resolved(document, schema)
    if schema.get("type") == "object" and "properties" in schema and schema.get("additionalProperties") is not False:
        yield name
    for inner, below in schema.get("properties", {}).items():
        if inner not in MAPS:
            yield from open_objects(document, below, inner, seen)
    for below in [
        *schema.get("anyOf", []),
        *schema.get("oneOf", []),
        *([schema["items"]] if "items" in schema else []),
    ]:
        yield from open_objects(document, below, name, seen)


def test_no_body_of_any_operation_takes_fields_that_nobody_named() -> None:
    document = json.loads(DOCUMENT.read_text())
    found = {
        operation: names
        for operation, schema in bodies(document)
        if (names := sorted(set(open_objects(document, schema, "body", set()))))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/conversations/{conversation_id}/notes", {"text": "x"}),
        ("POST", "/v1/conversations/{conversation_id}/messages", {"text": "x"}),
        ("POST", "/v1/agents", {"name": "Mallory"}),
        ("POST", "/v1/teams", {"name": "Mine"}),
        ("POST", "/v1/api-keys", {"name": "k", "role": "agent"}),
    ],
)
async def test_a_field_that_is_not_asked_for_is_named_and_nothing_happens(
    api: Api, desk: Desk, method: str, path: str, body: dict[str, Any]
) -> None:
    conversation_id = await add_conversation(api.url, desk)
    key, _ = await add_key(api.url, desk.tenant_id)
    path = path.format(conversation_id=conversation_id)
    before = await _everything(api)
    async with api.client(key) as admin:
        for extra in [name for name in UNASKED if name not in body]:
            answer = await admin.request(method, path, json=body | {extra: "ten_other"})
            assert answer.status_code == 422, (extra, answer.text)
            assert f"/{extra}" in answer.text
    assert await _everything(api) == before


async def _everything(api: Api) -> Sequence[Any]:
    return await rows(
        api.url,
        "SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM agents) AS agents, "
        "(SELECT count(*) FROM teams) AS teams, (SELECT count(*) FROM api_keys) AS keys",
    )


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_what_a_form_on_another_site_can_send_is_refused(api: Api, desk: Desk, content_type: str) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as admin:
        answer = await admin.post("/v1/teams", content=b'{"name": "x"}', headers={"Content-Type": content_type})
    assert answer.status_code == 415


async def test_a_browser_that_sends_the_key_as_a_cookie_is_nobody(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client() as browser:
        names = ("token", "session", "Authorization", "access_token")
        cookie = "; ".join(f"{name}={key}" for name in names)
        answers = [
            await browser.post("/v1/teams", json={"name": "x"}, headers={"Cookie": cookie}),
            await browser.get(f"/v1/me?access_token={key}&key={key}", headers={"Cookie": cookie}),
        ]
    assert [answer.status_code for answer in answers] == [401, 401]


NAMES = [
    *(
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/shadow",
        "C:\\windows\\win.ini",
        "a/../b",
        "./x",
        "~root/.ssh/id",
        "a//b",
    ),
    *(
        "a\r\nSet-Cookie: x=1",
        "a\nb",
        "a\x00.txt",
        "a\x1b[2J",
        '"; filename="evil.exe',
        "a'; echo x",
        "$(reboot)",
        "`id`",
    ),
    *(
        "; rm -rf /",
        "| cat /etc/passwd",
        "&& id",
        "> /tmp/x",
        "-rf",
        "--help",
        "%2e%2e%2fetc",
        "%00",
        "{{7*7}}",
        "${HOME}",
    ),
    *(
        "\u202egpj.exe",
        "\u200bx",
        "x\u2028y",
        "\ufeffx",
        "CON",
        "NUL.txt",
        "aux",
        "COM1",
        "x.",
        " x ",
        ".htaccess",
        "..",
        ".",
    ),
    *("<svg onload=alert(1)>.svg", "x.php\x00.png", "é" * 120, "x" * 255, "😀.png", "*?<>|", "file:///etc/passwd"),
    *("\\\\host\\share", "a:b:c", "x;y=z", "%n%n%s"),
]


async def test_fifty_names_of_files_are_refused_or_only_ever_a_word_in_a_header(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    taken = 0
    async with api.client(key) as admin:
        for name in NAMES:
            made = await admin.post(
                "/v1/attachments",
                params={"filename": name},
                content=b"x",
                headers={"Content-Type": "application/octet-stream"},
            )
            assert made.status_code in {201, 422}, (name, made.text)
            if made.status_code == 422:
                continue
            taken += 1
            got = await admin.get(urlsplit(made.json()["url"]).path)
            # RFC 8187: what isn't a letter, a digit or one of these is a percent sign and two digits.
            assert re.fullmatch(
                r"attachment; filename\*=UTF-8''[\w.~%-]+", got.headers["Content-Disposition"], re.ASCII
            )
            assert "Set-Cookie" not in got.headers
    assert len(NAMES) >= 50
    assert 0 < taken < len(NAMES)
