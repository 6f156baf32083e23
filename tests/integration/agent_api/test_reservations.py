"""Offers over REST: the agent's own list, accepting and declining; and how teams and agents are set up for them."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.support.api import Api, add_key, running_api
from tests.support.desk import Desk, Feed, make_desk, rows
from tests.support.router import Workers

pytestmark = pytest.mark.database


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
def workers(workers: Workers, api: Api) -> Workers:
    """Offers must not be over by the API's clock, which is the real one."""
    workers.clock.advance(api.agent.parts.clock.now() - workers.clock.now())
    return workers


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, agents=2, capacity=1)


@pytest.fixture
async def admin(api: Api, desk: Desk) -> AsyncIterator[httpx2.AsyncClient]:
    key, _ = await add_key(api.url, desk.tenant_id, "admin")
    async with api.client(key) as client:
        yield client


async def change(admin: httpx2.AsyncClient, method: str, path: str, body: object, on: str = "") -> httpx2.Response:
    version = (await admin.get(on or path)).headers["ETag"]
    return await admin.request(method, path, json=body, headers={"If-Match": version})


async def ask(workers: Workers, admin: httpx2.AsyncClient, desk: Desk, **routing: object) -> None:
    body = {"routing": {"auto_accept": False, "ring_seconds": 600, **routing}}
    answer = await change(admin, "PATCH", f"/v1/teams/{desk.team_id}", body)
    assert (answer.status_code, answer.json()["routing"]) == (200, body["routing"]), answer.text
    await workers.take(Feed(desk).message(sender="ann"))
    await workers.dispatch(desk.tenant_id)


async def test_an_agent_sees_what_it_is_asked_declines_and_the_next_one_accepts(
    workers: Workers, api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    await ask(workers, admin, desk)
    (row,) = await rows(api.url, "SELECT agent_id FROM reservations")
    order = sorted(desk.agent_ids, key=lambda agent: agent != row["agent_id"])
    keys = [(await add_key(api.url, desk.tenant_id, "agent", agent))[0] for agent in order]
    async with api.client(keys[0]) as first, api.client(keys[1]) as second:
        (asked,) = (await first.get("/v1/reservations", params={"state": "offered"})).json()["items"]
        assert (asked["agent_id"], asked["state"], asked["conversation"]["contact_name"]) == (
            order[0],
            "offered",
            "Ann",
        )
        assert 0 < asked["seconds_left"] <= 600
        path = f"/v1/reservations/{asked['id']}"
        assert (await second.get("/v1/reservations")).json()["items"] == []
        assert (await second.post(f"{path}/accept")).status_code == 404
        answer = await first.post(f"{path}/decline", json={"reason": "in a meeting"})
        assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (
            200,
            "declined",
            "in a meeting",
        )
        assert (await first.post(f"{path}/accept")).json()["code"] == "reservation_ended"
        await workers.dispatch(desk.tenant_id)
        (asked,) = (await second.get("/v1/reservations", params={"state": "offered"})).json()["items"]
        answer = await second.post(f"/v1/reservations/{asked['id']}/accept")
        assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
        case = (await second.get(f"/v1/conversations/{asked['conversation']['id']}")).json()
        assert case["agent_id"] == order[1]
        agent = (await second.get(f"/v1/agents/{order[1]}")).json()
        assert (agent["used"], agent["capacity"]) == (1, 1)


async def test_while_it_rings_the_conversation_says_that_it_is_offered(
    workers: Workers, api: Api, admin: httpx2.AsyncClient, desk: Desk
) -> None:
    await ask(workers, admin, desk, offer_to=2)
    (case,) = await rows(api.url, "SELECT id FROM conversations")
    routing = (await admin.get(f"/v1/conversations/{case['id']}/routing")).json()
    assert routing["why"] == "It is offered to 2: none has accepted it yet."


async def test_a_step_that_leads_nowhere_is_refused(admin: httpx2.AsyncClient, desk: Desk) -> None:
    steps = [
        {"after_seconds": 60, "team_id": "tea_nowhere"},
        {"after_seconds": 60},
        {"after_seconds": 60, "team_id": desk.team_id, "agent_id": desk.agent_ids[0]},
    ]
    for step in steps:
        answer = await change(admin, "PATCH", f"/v1/teams/{desk.team_id}", {"routing": {"overflow": [step]}})
        assert (answer.status_code, answer.json()["code"]) == (422, "input_invalid")


async def test_capacity_override_drain_and_hours_are_set_and_shown(admin: httpx2.AsyncClient, desk: Desk) -> None:
    path = f"/v1/agents/{desk.agent_ids[0]}"
    body = {"capacity": 4, "override": 2, "interruptible": 3}
    answer = (await change(admin, "PUT", f"{path}/capacity", body, path)).json()
    assert (answer["capacity"], answer["capacity_override"], answer["interruptible_capacity"]) == (4, 2, 3)
    answer = (await change(admin, "PUT", f"{path}/capacity", {"capacity": 5}, path)).json()
    assert (answer["capacity"], answer["capacity_override"], answer["interruptible_capacity"]) == (5, 2, 3)
    beyond = await change(admin, "PUT", f"{path}/capacity", {"capacity": 4, "override": 101}, path)
    assert beyond.status_code == 422
    hours = {"zone": "Europe/Berlin", "spans": [{"weekday": 0, "start": "09:00", "end": "17:00"}]}
    answer = (await change(admin, "PUT", f"{path}/hours", {"hours": hours}, path)).json()
    assert answer["hours"]["spans"] == hours["spans"]
    drain = {"presence": "draining", "offline_in_seconds": 1200}
    answer = (await admin.put(f"{path}/presence", json=drain)).json()
    assert (answer["presence"], answer["offline_at"] is not None) == ("draining", True)
    for wrong in ({"presence": "draining"}, {"presence": "online", "offline_in_seconds": 60}):
        assert (await admin.put(f"{path}/presence", json=wrong)).status_code == 422
