"""Intents over REST: written, tried by phrase, learnt by a router, tried by what was learnt."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backbone.clock import ManualClock
from backbone.storage.database import Database
from router.intents import Learner
from router.usecases import intents as usecase
from tests.support.api import Api, add_key, running_api
from tests.support.desk import NOW, Desk, make_desk, rows

pytestmark = pytest.mark.database
EXAMPLES = {
    "late": ["where is my parcel", "the parcel is late", "nothing came with the post", "my delivery is missing"],
    "refund": ["i want my money back", "refund please", "return the money", "when is the refund paid"],
}


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with running_api(database_url) as api:
        yield api


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url)


@pytest.fixture
async def router(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_router", name="test-learner")
    await database.start()
    yield database
    await database.stop()


async def test_examples_are_learnt_and_the_model_is_told_of(api: Api, desk: Desk, router: Database) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        assert (await client.post("/v1/intent-model/train", json={})).status_code == 409
        for name, examples in EXAMPLES.items():
            made = await client.post("/v1/intents", json={"name": name, "examples": examples})
            assert made.status_code == 201
        before = (await client.get("/v1/intent-model")).json()
        assert (before["version"], before["due_at"] is None) == (None, False)
        asked = await client.post("/v1/intent-model/train")
        assert asked.status_code == 200
        await rows(api.url, "UPDATE intent_trainings SET wanted_at = now() - interval '1 second'")
        learner = Learner(router, ManualClock(NOW))
        assert (await learner.round(), await learner.round()) == (True, False)
        after = (await client.get("/v1/intent-model")).json()
        assert {name: after[name] for name in ("version", "intents", "examples", "due_at", "failed")} == {
            "version": 1, "intents": 2, "examples": 8, "due_at": None, "failed": None,
        }  # fmt: skip
        told = (await client.post("/v1/intent-model/try", json={"text": "the parcel is still missing"})).json()
        assert (told["intent"], told["by"], told["likely"][0]["name"]) == ("late", "model", "late")
        [gone] = [one for one in (await client.get("/v1/intents")).json()["items"] if one["name"] == "late"]
        removed = await client.delete(f"/v1/intents/{gone['id']}", headers={"If-Match": "*"})
        assert removed.status_code == 204
        told = (await client.post("/v1/intent-model/try", json={"text": "the parcel is still missing"})).json()
        assert told["intent"] is None, "a removed intent is nobody's, before the model is learnt anew too"


async def test_a_phrase_holds_at_once_and_an_intent_is_changed_under_its_version(api: Api, desk: Desk) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        made = (await client.post("/v1/intents", json={"name": "late", "phrases": ["where is"]})).json()
        assert (await client.post("/v1/intents", json={"name": "late"})).status_code == 409
        told = (await client.post("/v1/intent-model/try", json={"text": "And WHERE is it?"})).json()
        assert told == {"intent": "late", "by": "phrase", "known": None, "likely": []}
        path, body = f"/v1/intents/{made['id']}", {"name": "late", "phrases": ["where was"]}
        assert (await client.put(path, json=body, headers={"If-Match": '"2"'})).status_code == 412
        assert (await client.put(path, json=body, headers={"If-Match": '"1"'})).json()["version"] == 2
        told = (await client.post("/v1/intent-model/try", json={"text": "And WHERE is it?"})).json()
        assert (told["intent"], told["by"]) == (None, None)


async def test_learning_that_takes_too_long_is_ended_tried_again_and_told_of(
    api: Api, desk: Desk, router: Database
) -> None:
    key, _ = await add_key(api.url, desk.tenant_id)
    async with api.client(key) as client:
        for name, examples in EXAMPLES.items():
            await client.post("/v1/intents", json={"name": name, "examples": examples})
        learner = Learner(router, ManualClock(NOW), within=timedelta(milliseconds=1))
        for tries in (1, 2, 3):
            await rows(api.url, "UPDATE intent_trainings SET wanted_at = now() - interval '1 second'")
            assert await learner.round()
            [state] = await rows(api.url, "SELECT wanted_at, tries, claimed_until FROM intent_trainings")
            assert state["claimed_until"] is None
            assert (state["wanted_at"] is None, state["tries"]) == ((tries == 3), tries % 3)
        model = (await client.get("/v1/intent-model")).json()
        assert (model["version"], model["failed"]) == (None, "too_long")


async def test_only_two_versions_stay_and_another_tenant_sees_none(api: Api, desk: Desk, router: Database) -> None:
    other = await make_desk(api.url)
    model, _ = await usecase.learn_apart(EXAMPLES, timedelta(seconds=60))
    from router.repositories import intents as repository

    for _ in range(3):
        await router.run(
            lambda connection: repository.store(connection, desk.tenant_id, model, 8, {}, NOW), [desk.tenant_id]
        )
    kept = await rows(api.url, "SELECT version FROM intent_models ORDER BY version")
    assert [row["version"] for row in kept] == [2, 3]
    assert len(await rows(api.url, "SELECT DISTINCT version FROM intent_model_parts")) == 2
    async with router.transaction([other.tenant_id], read_only=True) as connection:
        assert await repository.newest(connection, desk.tenant_id) is None
    async with router.transaction([desk.tenant_id], read_only=True) as connection:
        models = usecase.Models()
        found = await models.of(connection, desk.tenant_id)
        assert found is not None
        assert found.tell("refund please") == model.tell("refund please")
        assert await models.of(connection, desk.tenant_id) is found
    await rows(api.url, "UPDATE intent_models SET doubt = substring(doubt FROM 9)")
    async with router.transaction([desk.tenant_id], read_only=True) as connection:
        assert await usecase.Models().of(connection, desk.tenant_id) is None, "another release's numbers are no model"
