import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from backbone.clock import SystemClock
from backbone.errors import ConfigurationInvalid
from backbone.storage.account_config import open_config, seal_config, store_account, webhook_url
from backbone.storage.crypto import MasterKey
from backbone.storage.database import Database
from gateway.accounts import AccountDirectory
from gateway.inbound.dialogue import STALE, DialogueProjection
from services.telegram.settings import TelegramSettings
from tests.support.desk import make_desk
from tests.support.time import manual_clock
from tests.support.waiting import until

pytestmark = pytest.mark.database
MASTER = MasterKey("ab" * 32)
CONFIG = {"bot_token": "123:canary-token", "webhook_secrets": ["a-secret-of-telegram"]}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, role="frontdesk_gateway", name="test", most=3)
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
async def tenant(database_url: str) -> str:
    return (await make_desk(database_url, channel="nothing")).tenant_id


def directory(database: Database, clock: Any = None, **options: Any) -> AccountDirectory:
    return AccountDirectory(database, MASTER, clock or SystemClock(), public_url="https://desk.example/", **options)


async def store(url: str, tenant: str, external_id: str = "100", **values: Any) -> str:
    """Stores an account as the owner does."""
    given = {"channel": "telegram", "name": "Bot", "config": CONFIG, **values}
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            return await store_account(connection, MASTER, tenant_id=tenant, external_id=external_id, **given)
    finally:
        await connection.close()


async def execute(url: str, statement: str, *args: object) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *args)
    finally:
        await connection.close()


async def test_accounts_are_found_by_id_and_by_address_with_their_settings(
    database: Database, database_url: str, tenant: str
) -> None:
    account_id = await store(database_url, tenant)
    accounts = directory(database)
    await accounts.start()
    served = accounts.by_id(account_id)
    assert served is not None
    assert served is accounts.by_address(tenant, "telegram", "100")
    assert served.usable
    assert isinstance(served.account.settings, TelegramSettings)
    assert served.account.webhook_url == f"https://desk.example/webhooks/telegram/{account_id}"
    assert accounts.by_id("acc_guessed") is None
    assert accounts.by_address("ten_other", "telegram", "100") is None
    assert "canary" not in repr(served)


async def test_storing_again_replaces_the_settings_and_keeps_the_id(
    database_url: str, database: Database, tenant: str
) -> None:
    first = await store(database_url, tenant)
    second = await store(
        database_url, tenant, config={**CONFIG, "bot_token": "9:another-token"}, account_id="acc_ignored"
    )
    assert first == second
    accounts = directory(database)
    await accounts.start()
    served = accounts.by_id(first)
    assert served is not None
    assert served.account.settings.bot_token == SecretStr("9:another-token")
    assert served.version == 2


async def test_one_account_with_wrong_settings_does_not_stop_the_others(
    database: Database, database_url: str, tenant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = await store(database_url, tenant, "1", config={"bot_token": "canary-token"})
    foreign = await store(database_url, tenant, "2")
    await execute(database_url, "UPDATE channel_accounts SET config = $2 WHERE id = $1", foreign, b"x" * 40)
    good = await store(database_url, tenant, "3")
    accounts = directory(database)
    await accounts.start()
    found = {account_id: accounts.by_id(account_id) for account_id in (wrong, foreign, good)}
    assert [served.usable for served in found.values() if served] == [False, False, True]
    troubled = accounts.state()["troubled"]
    assert isinstance(troubled, dict)
    assert set(troubled) == {wrong, foreign}
    assert troubled[wrong] == "settings not valid: webhook_secrets"
    await accounts.refresh()
    output = capsys.readouterr()
    assert (output.out + output.err).count("account can't be used") == 2
    assert "canary" not in output.out + output.err


async def test_changes_are_seen_within_a_look_and_deletions_by_a_reconcile(
    database: Database, database_url: str, tenant: str
) -> None:
    accounts = directory(database)
    await accounts.start()
    account_id = await store(database_url, tenant)
    await accounts.refresh()
    assert accounts.by_id(account_id) is not None
    await execute(
        database_url, "UPDATE channel_accounts SET state = 'paused', updated_at = now(), version = version + 1"
    )
    await accounts.refresh()
    paused = accounts.by_id(account_id)
    assert paused is not None
    assert not paused.usable
    await execute(database_url, "DELETE FROM channel_accounts WHERE id = $1", account_id)
    await accounts.refresh(reconcile=True)
    assert accounts.by_id(account_id) is None
    assert accounts.by_address(tenant, "telegram", "100") is None


async def test_a_change_by_a_transaction_that_began_earlier_is_not_missed(
    database: Database, database_url: str, tenant: str
) -> None:
    accounts = directory(database)
    connection = await asyncpg.connect(database_url)
    late = connection.transaction()
    await late.start()
    slow = await store_account(
        connection, MASTER, tenant_id=tenant, channel="telegram", name="Late", external_id="1", config=CONFIG
    )
    quick = await store(database_url, tenant, "2")
    await accounts.start()
    assert accounts.by_id(quick) is not None
    assert accounts.by_id(slow) is None
    await late.commit()
    await connection.close()
    await accounts.refresh()
    assert accounts.by_id(slow) is not None


async def test_a_wake_up_makes_it_look_at_once(database: Database, database_url: str, tenant: str) -> None:
    clock = manual_clock()
    accounts = directory(database, clock)
    await accounts.start()
    running = asyncio.create_task(accounts.run())
    account_id = await store(database_url, tenant)
    accounts.wake()
    await until(lambda: accounts.by_id(account_id) is not None, within=10)
    assert clock.monotonic() == 0.0
    running.cancel()


async def test_only_the_served_channels_are_held_and_memory_is_bounded(
    database: Database, database_url: str, tenant: str
) -> None:
    telegram = [await store(database_url, tenant, str(number)) for number in range(5)]
    other = await store(database_url, tenant, channel="webchat", config={"visitor_secrets": ["x" * 40]})
    accounts = directory(database, channels=["telegram"], most=3)
    await accounts.start()
    assert accounts.by_id(other) is None
    assert [accounts.by_id(account_id) is not None for account_id in sorted(telegram)] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert accounts.state()["left_out"] == 2


def test_sealed_settings_belong_to_their_account() -> None:
    sealed = seal_config(MASTER, "acc_1", CONFIG)
    assert open_config(MASTER, "acc_1", sealed) == CONFIG
    assert b"canary" not in sealed
    with pytest.raises(ConfigurationInvalid):
        open_config(MASTER, "acc_2", sealed)
    with pytest.raises(ConfigurationInvalid):
        open_config(MASTER, "acc_1", MASTER.seal(b"[1]", "account acc_1"))
    assert webhook_url("https://x/", "sms", "acc_1") == "https://x/webhooks/sms/acc_1"


async def test_a_dialogue_knows_who_is_online_and_forgets_what_is_stale(database: Database, database_url: str) -> None:
    clock = manual_clock()
    online = await make_desk(database_url, presence="online")
    offline = await make_desk(database_url, presence="offline")
    projection = DialogueProjection(database, clock, lambda: [online.tenant_id, offline.tenant_id])
    assert not projection.view(online.tenant_id, online.account_id).agents_online
    await projection.refresh()
    assert projection.view(online.tenant_id, online.account_id).agents_online
    assert not projection.view(offline.tenant_id, offline.account_id).agents_online
    clock.advance(STALE + timedelta(seconds=1))
    assert not projection.view(online.tenant_id, online.account_id).agents_online
