"""Login by OpenID Connect: the way out and back, whom it lets in, and what it refuses."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import RSAKey

from backbone.clock import ManualClock
from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from tests.support.api import CONFIG, Api, add_key, running_api
from tests.support.desk import Desk, make_desk, rows
from tests.support.idp import CLIENT_ID, SECRET, Idp, running_idp

pytestmark = pytest.mark.database
EMAIL = "kim@demo.example"
BASE = "http://testserver"
DONE = "/console?login=done"


@pytest.fixture
async def idp() -> AsyncIterator[Idp]:
    async with running_idp() as idp:
        yield idp


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    config = replace(CONFIG, public_url=BASE)
    async with running_api(database_url, config=config, fetcher=Fetcher(Guard("127.0.0.1"))) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    desk = await make_desk(database_url)
    await rows(database_url, "UPDATE agents SET email = $2 WHERE id = $1", desk.agent_ids[0], EMAIL)
    return desk


async def set_up(api: Api, desk: Desk, idp: Idp, **more: Any) -> dict[str, Any]:
    key, _ = await add_key(api.url, desk.tenant_id)
    body = {
        "name": "Staff",
        "issuer": idp.issuer,
        "client_id": CLIENT_ID,
        "secret": SECRET,
        "domains": ["demo.example"],
    }
    async with api.client(key) as client:
        answer = await client.post("/v1/identity-providers", json=body | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def out(client: httpx2.AsyncClient, provider: dict[str, Any]) -> str:
    answer = await client.get(f"/login/oidc/{provider['id']}")
    assert answer.status_code == 302, answer.headers["location"]
    return answer.headers["location"]


async def log_in(api: Api, provider: dict[str, Any], idp: Idp, **claims: Any) -> tuple[str, dict[str, Any] | None]:
    """Where the browser lands, and the session it has then."""
    async with api.client() as browser:
        given = idp.consent(await out(browser, provider), **claims)
        landed = await browser.get("/login/oidc/callback", params=given)
        session = await browser.get("/v1/session")
        return landed.headers["location"], session.json() if session.status_code == 200 else None


async def test_whom_the_provider_vouches_for_comes_in_and_is_known_by_the_subject_from_then_on(
    api: Api, desk: Desk, idp: Idp
) -> None:
    provider = await set_up(api, desk, idp)
    assert provider["redirect_uri"] == f"{BASE}/login/oidc/callback"
    assert "secret" not in provider
    async with api.client() as stranger:
        ways = (await stranger.get("/v1/login/providers", params={"email": "anybody@demo.example"})).json()["items"]
        none = (await stranger.get("/v1/login/providers", params={"email": "kim@other.example"})).json()["items"]
    assert ([way["url"] for way in ways], none) == ([f"/login/oidc/{provider['id']}"], [])
    where, session = await log_in(api, provider, idp, email=EMAIL.upper(), email_verified=True)
    assert where == DONE
    assert session is not None
    assert (session["agent_id"], session["method"]) == (desk.agent_ids[0], "oidc")
    [form] = idp.seen
    assert (form["grant_type"], "client_secret" in form) == ("authorization_code", False)
    # The address is another's now; the person is the same.
    await rows(api.url, "UPDATE agents SET email = 'new@demo.example' WHERE id = $1", desk.agent_ids[0])
    _, again = await log_in(api, provider, idp, email="elsewhere@demo.example")
    assert again is not None
    assert again["agent_id"] == desk.agent_ids[0]
    [line] = await rows(api.url, "SELECT count(*) AS n FROM audit_log WHERE operation = 'finishOidcLogin'")
    assert line["n"] == 2


@pytest.mark.parametrize(
    "claims",
    [
        {"email": EMAIL},
        {"email": EMAIL, "email_verified": "true"},
        {"email": "nobody@demo.example", "email_verified": True},
        {"email_verified": True},
        {"email": EMAIL, "email_verified": True, "aud": "another"},
        {"email": EMAIL, "email_verified": True, "aud": [CLIENT_ID, "another"]},
        {"email": EMAIL, "email_verified": True, "iss": "https://evil.example"},
        {"email": EMAIL, "email_verified": True, "nonce": "of-another-login"},
        {"email": EMAIL, "email_verified": True, "exp": 1_000_000_000},
        {"email": EMAIL, "email_verified": True, "iat": 9_000_000_000},
    ],
    ids=["unverified", "a text", "unknown", "no address", "audience", "audiences", "issuer", "nonce", "over", "future"],
)
async def test_what_proves_nobody_lets_nobody_in(api: Api, desk: Desk, idp: Idp, claims: dict[str, Any]) -> None:
    provider = await set_up(api, desk, idp)
    assert await log_in(api, provider, idp, **claims) == ("/console?login=refused", None)
    assert len(idp.seen) == 1, "the code was not even asked for"


async def test_an_address_that_was_given_to_somebody_else_lets_nobody_in(api: Api, desk: Desk, idp: Idp) -> None:
    provider = await set_up(api, desk, idp, trusts_emails=True)
    _, first = await log_in(api, provider, idp, email=EMAIL)
    where, second = await log_in(api, provider, idp, email=EMAIL, sub="sub-2")
    assert first is not None
    assert (where, second) == ("/console?login=refused", None)


async def test_a_token_that_its_provider_did_not_sign_is_refused(api: Api, desk: Desk, idp: Idp) -> None:
    provider = await set_up(api, desk, idp)
    idp.published = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})]
    assert await log_in(api, provider, idp, email=EMAIL, email_verified=True) == ("/console?login=refused", None)


async def test_keys_that_were_turned_over_are_had_anew(database_url: str, desk: Desk, idp: Idp) -> None:
    clock = ManualClock(datetime.now(UTC))
    config = replace(CONFIG, public_url=BASE)
    async with running_api(database_url, config=config, clock=clock, fetcher=Fetcher(Guard("127.0.0.1"))) as api:
        provider = await set_up(api, desk, idp)
        first = await log_in(api, provider, idp, email=EMAIL, email_verified=True)
        idp.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
        early = await log_in(api, provider, idp)
        clock.advance(timedelta(minutes=2))
        later = await log_in(api, provider, idp)
    assert (first[0], early[0], later[0]) == (DONE, "/console?login=refused", DONE)


async def test_an_answer_counts_once_in_the_browser_that_asked_and_in_time(api: Api, desk: Desk, idp: Idp) -> None:
    provider = await set_up(api, desk, idp)
    async with api.client() as browser, api.client() as other:
        given = idp.consent(await out(browser, provider), email=EMAIL, email_verified=True)
        elsewhere = await other.get("/login/oidc/callback", params=given)
        wrong = await browser.get("/login/oidc/callback", params=given | {"state": "x"})
        # A failed answer ends the login: it must be begun anew.
        ended = await browser.get("/login/oidc/callback", params=given)
        given = idp.consent(await out(browser, provider), email=EMAIL, email_verified=True)
        mixed = await browser.get("/login/oidc/callback", params=given | {"iss": "https://evil.example"})
        given = idp.consent(await out(browser, provider), email=EMAIL, email_verified=True)
        right = await browser.get("/login/oidc/callback", params=given)
        twice = await browser.get("/login/oidc/callback", params=given)
    found = [answer.headers["location"] for answer in (elsewhere, wrong, ended, mixed, right, twice)]
    expired, refused = "/console?login=expired", "/console?login=refused"
    assert found == [expired, expired, expired, refused, DONE, expired]
    assert len(idp.seen) == 1


async def test_the_way_out_asks_with_all_that_binds_the_answer(api: Api, desk: Desk, idp: Idp) -> None:
    provider = await set_up(api, desk, idp)
    async with api.client() as browser:
        asked, again = (parse_qs(urlsplit(url).query) for url in [await out(browser, provider) for _ in range(2)])
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == (
        ["code"],
        ["S256"],
        ["openid email"],
    )
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


async def test_a_provider_that_fails_or_is_switched_off_is_told_and_nothing_of_it_is_shown(
    api: Api, desk: Desk, idp: Idp
) -> None:
    provider = await set_up(api, desk, idp)
    idp.status = 503
    assert (await log_in(api, provider, idp, email=EMAIL))[0] == "/console?login=unavailable"
    off = await set_up(api, desk, idp, name="Off", enabled=False)
    liar = await set_up(api, desk, idp, name="Liar", issuer=idp.issuer + "/")
    closed = await set_up(api, desk, idp, name="Closed", issuer="http://10.0.0.1")
    async with api.client() as browser:
        answers = [await browser.get(f"/login/oidc/{one['id']}") for one in (off, liar, closed)]
    refused, unavailable = "/console?login=refused", "/console?login=unavailable"
    assert [answer.headers["location"] for answer in answers] == [refused, unavailable, unavailable]


async def test_a_secret_stays_for_its_issuer_and_goes_with_it(api: Api, desk: Desk, idp: Idp) -> None:
    provider = await set_up(api, desk, idp)
    await log_in(api, provider, idp, email=EMAIL, email_verified=True)
    key, _ = await add_key(api.url, desk.tenant_id)
    body = {"name": "Staff", "issuer": idp.issuer, "client_id": CLIENT_ID, "domains": []}
    async with api.client(key) as client:
        path, match = f"/v1/identity-providers/{provider['id']}", {"If-Match": "*"}
        same = (await client.put(path, json=body, headers=match)).json()
        other = (await client.put(path, json=body | {"issuer": "https://other.example"}, headers=match)).json()
        listed = (await client.get("/v1/identity-providers")).json()["items"]
        gone = await client.delete(path, headers=match)
    assert (same["has_secret"], other["has_secret"], listed, gone.status_code) == (True, False, [other], 204)
    assert await rows(api.url, "SELECT 1 FROM agent_identities") == []


async def test_only_who_may_do_everything_says_who_vouches_for_people(api: Api, desk: Desk, idp: Idp) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as admin:
        role = (
            await admin.post("/v1/roles", json={"name": "Clerk", "permissions": ["login:manage", "agents:read"]})
        ).json()
    clerk, _ = await add_key(api.url, desk.tenant_id, role_id=role["id"])
    body = {"name": "Mine", "issuer": idp.issuer, "client_id": "x", "domains": []}
    async with api.client(clerk) as client:
        answers = [await client.get("/v1/identity-providers"), await client.post("/v1/identity-providers", json=body)]
    assert [answer.status_code for answer in answers] == [200, 403]
