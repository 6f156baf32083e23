"""Reports in the console: the hours of the week, and whose time targets were missed in, on the page and as files."""

import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.desk import SOON, console
from tests.support.api import Api, add_conversation, add_key, serving_api
from tests.support.browser import axe_violations, chromium
from tests.support.desk import Desk, make_desk, rows
from tests.support.stream import numbering

pytestmark = pytest.mark.database
# The last whole Monday, 09:20 by the clock of a zone that is three quarters off the hour.
MONDAY = datetime.now(UTC).replace(hour=3, minute=35, second=0, microsecond=0)
MONDAY -= timedelta(days=MONDAY.weekday() or 7)


@pytest.fixture
async def desk(database_url: str) -> Desk:
    return await make_desk(database_url, agents=1)


@pytest.fixture
async def api(database_url: str) -> AsyncIterator[Api]:
    async with serving_api(database_url) as api, numbering(database_url, api.bus):
        yield api


async def saved(page: Page, button: str, folder: Path) -> list[list[str]]:
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name=button, exact=True).click()
    path = folder / "saved.csv"
    await (await waiting.value).save_as(path)
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


async def test_hours_and_legs_are_shown_and_saved(api: Api, desk: Desk, tmp_path: Path) -> None:
    for number in range(3):
        conversation = await add_conversation(api.url, desk)
        await rows(
            api.url,
            "UPDATE conversations SET opened_at = $2, first_reply_at = $3 WHERE id = $1",
            conversation, MONDAY + timedelta(minutes=number), MONDAY + timedelta(minutes=number, seconds=30),
        )  # fmt: skip
        await rows(
            api.url,
            "INSERT INTO clock_runs (conversation_id, clock, number, tenant_id, team_id, started_at, ended_at, outcome, breached, blamed, "
            "queue_seconds, agent_seconds) VALUES ($1, 'first_reply', 1, $2, $3, $4, $4, $5, $6, $7, 120, 10)",
            conversation, desk.tenant_id, desk.team_id, MONDAY, "breached" if number == 0 else "met", number == 0,
            "queue" if number == 0 else None,
        )  # fmt: skip
    await rows(api.url, "UPDATE teams SET name = '=cmd()' WHERE id = $1", desk.team_id)
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with chromium() as browser:
        page = await console(browser, api, key, "reports", timezone_id="Asia/Kathmandu", color_scheme="dark")
        hours = page.get_by_role("region", name="Busiest hours")
        monday = hours.get_by_role("row", name="Mon")
        await expect(monday.get_by_role("cell").nth(9)).to_have_text("3", timeout=SOON)
        assert await monday.get_by_role("cell").all_inner_texts() == ["0"] * 9 + ["3"] + ["0"] * 14
        shades = await monday.get_by_role("cell").evaluate_all(
            "cells => cells.map(cell => getComputedStyle(cell).backgroundColor)"
        )
        assert shades[9] not in {*shades[:9], *shades[10:]}
        assert len({*shades[:9], *shades[10:]}) == 1
        legs = page.get_by_role("region", name="In time, and whose time it was")
        line = legs.get_by_role("row", name="First reply")
        await expect(line).to_contain_text("67%")
        await expect(line).to_contain_text("The queue (1)")
        await expect(line).to_contain_text("2 min")
        assert await axe_violations(page) == []
        table = await saved(page, "Save as CSV: Busiest hours", tmp_path)
        assert table == [
            ["weekday", "hour", "opened", "answered", "breached", "first_reply_mean_seconds"],
            ["Mon", "9", "3", "3", "0", "30"],
        ]
        table = await saved(page, "Save as CSV: In time, and whose time it was", tmp_path)
        assert table[1][:6] == ["first_reply", "'=cmd()", "3", "2", "1", "0"]
        await legs.locator("..").get_by_label("By").select_option("policy")
        await expect(legs.get_by_role("row", name="First reply")).to_contain_text("67%", timeout=SOON)
        assert browser.faults.seen == []


async def test_satisfaction_is_shown_by_whose_it_was_and_saved(api: Api, desk: Desk, tmp_path: Path) -> None:
    for score, again in ((5, False), (2, True)):
        conversation = await add_conversation(api.url, desk)
        await rows(api.url, "UPDATE conversations SET opened_at = $2 WHERE id = $1", conversation, MONDAY)
        await rows(
            api.url,
            "INSERT INTO resolutions (conversation_id, at, tenant_id, channel, agent_id, settled_at, again_at) "
            "VALUES ($1, $2::timestamptz, $3, 'webchat', $4, $2, CASE WHEN $5 THEN $2::timestamptz END)",
            conversation, MONDAY, desk.tenant_id, desk.agent_ids[0], again,
        )  # fmt: skip
        await rows(
            api.url,
            "INSERT INTO ratings (conversation_id, tenant_id, score, channel, at) VALUES ($1, $2, $3, 'webchat', $4)",
            conversation, desk.tenant_id, score, MONDAY + timedelta(minutes=2),
        )  # fmt: skip
    key, _ = await add_key(api.url, desk.tenant_id, "admin", desk.agent_ids[0])
    async with chromium() as browser:
        page = await console(browser, api, key, "reports")
        table = page.get_by_role("region", name="Satisfaction and resolution")
        line = table.get_by_role("row", name="Web chat")
        await expect(line).to_contain_text("3.5 (2)", timeout=SOON)
        assert await line.get_by_role("cell").all_inner_texts() == ["2", "0", "–", "3.5 (2)", "50%", "–", "50%"]
        assert await axe_violations(page) == []
        await table.locator("..").get_by_label("By").select_option("agent")
        await expect(table.get_by_role("row", name="Agent 0")).to_contain_text("50%", timeout=SOON)
        saved_as = await saved(page, "Save as CSV: Satisfaction and resolution", tmp_path)
        assert saved_as[1] == ["Agent 0", "2", "0", "0", "", "2", "3.5", "0.5", "0", "", "2", "1", "0.5"]
        assert browser.faults.seen == []
