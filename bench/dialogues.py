"""What the assistant solves, and what it invents: `make bench-assistant`, about two minutes.

300 scripted dialogues in six languages through the real router on a real PostgreSQL: 30 of each that an article answers (each fourth with
a typing error, six with a greeting), 8 that no article answers, 8 in which a person is asked for, before and after an answer, 4 that need
a form. Every sentence that the assistant says is looked for in what the article that it names says, word for word; what is neither
there nor one of its fixed sentences is counted as invented.
"""

import argparse
import asyncio
import itertools
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from backbone.storage.migrate import migrate
from bench.assistant import mistyped
from bench.calibration import calibrate
from bench.support import ROOT, Report, print_table
from bench.world import servers
from router.bots import LEASE, BotKeeper
from router.config import ConfigCache
from router.domain.assistant import saying
from router.domain.bots import label
from schemas.inbound import InboundRecord
from tests.support.desk import Desk, Feed, make_desk, rows
from tests.support.router import PARTITION, Workers, make_workers

SCRIPTS = ROOT / "bench" / "references" / "dialogues.json"
SAYINGS = ("unknown", "way_out", "again", "welcome")


@dataclass(frozen=True)
class Script:
    """What a customer writes, and what is right: a title, or that people have it."""

    kind: str
    language: str
    lines: tuple[str, ...]
    title: str | None = None


@dataclass
class Outcome:
    """What became of a dialogue: what the assistant said, and whether people have it."""

    script: Script
    said: list[str] = field(default_factory=list)
    handed_over: bool = False


def scripts(known: Mapping[str, Any], seed: int) -> Iterator[Script]:
    dice = random.Random(seed)
    for language, words in known.items():
        asked = [(title, question) for title, _, questions in words["topics"] for question in questions]
        for number, (title, question) in enumerate(asked):
            yield Script("answerable", language, (mistyped(question, dice) if number % 4 == 3 else question,), title)
        for title, question in dice.sample(asked, 6):
            yield Script("answerable", language, (f"{words['hello']} {question[0].lower()}{question[1:]}",), title)
        for wish in words["person"]:
            yield Script("asks for a person", language, (wish,))
            yield Script("asks for a person", language, (dice.choice(asked)[1], wish))
        for question in words["outside"]:
            yield Script("nobody knows", language, (question,))
        for broken in words["broken"]:
            yield Script("form", language, (broken, "AB-12345"))
            yield Script("form", language, (f"{broken}: AB-12345",))


class Office:
    """One tenant with all articles and the assistant as its only agent."""

    def __init__(self, url: str, workers: Workers, desk: Desk) -> None:
        self.url, self.workers, self.desk, self.feed = url, workers, desk, Feed(desk)
        self.keeper = BotKeeper(
            workers.database, ConfigCache(workers.clock), workers.signals, workers.clock, workers.metrics
        )

    async def furnish(self, known: Mapping[str, Any]) -> None:
        tenant, bot = self.desk.tenant_id, self.desk.agent_ids[0]
        await rows(self.url, "UPDATE agents SET role = 'bot' WHERE id = $1", bot)
        settings = json.dumps({"bots": {"assistant_agent_id": bot}})
        await rows(self.url, "UPDATE tenants SET settings = $2::jsonb WHERE id = $1", tenant, settings)
        numbers = itertools.count()
        for language, words in known.items():
            for title, body, _ in words["topics"]:
                article = f"art_{next(numbers)}"
                await rows(
                    self.url,
                    "WITH a AS (INSERT INTO knowledge_articles (id, tenant_id, slug, language, title, body, published, created_at, updated_at) "
                    "VALUES ($1, $2, $1, $3, $4, $5, 1, now(), now())) INSERT INTO knowledge_versions "
                    "(tenant_id, article_id, number, title, body, published_at) VALUES ($2, $1, 1, $4, $5, now())",
                    article, tenant, language, title, body,
                )  # fmt: skip
                await rows(
                    self.url, "SELECT index_knowledge($1, $2, $3, $4, $5)", tenant, article, language, title, body
                )
        action = {
            "kind": "form",
            "fields": [{"name": "order", "kind": "number", "ask": {k: w["ask"] for k, w in known.items()}}],
        }
        await rows(
            self.url,
            "INSERT INTO intents (id, tenant_id, name, phrases, action, updated_at) VALUES ('int_broken', $1, 'broken', $2, $3::jsonb, now())",
            tenant, ["broken", "kapot", "kaputt", "i stykker", "zepsuta", "rota"], json.dumps(action),
        )  # fmt: skip

    async def play(self, script: Script, sender: str) -> Outcome:
        outcome = Outcome(script)
        for text in script.lines:
            self.workers.clock.advance(timedelta(seconds=5))
            event = InboundRecord.model_validate_json(self.feed.message(text, sender=sender).value).event
            await self.workers.take(self.feed.event(event, received_at=self.workers.clock.now()))
            await self.workers.dispatch(self.desk.tenant_id)
            await self.keeper.round(await self.workers.lease(LEASE))
        [case] = await rows(self.url, "SELECT id, wants_human FROM conversations WHERE thread_key = $1", sender)
        said = await rows(
            self.url,
            "SELECT content ->> 'text' AS text FROM messages WHERE conversation_id = $1 AND direction = 'out' AND author_kind = 'bot' "
            "ORDER BY sort_at, id",
            case["id"],
        )
        outcome.said, outcome.handed_over = [row["text"] for row in said], case["wants_human"]
        return outcome


def title_in(said: str, known: Mapping[str, Any]) -> str | None:
    """The title of the article that is named as the source."""
    for language, words in known.items():
        for title, _, _ in words["topics"]:
            if saying("source", language).replace("{title}", title) in said.split("\n\n"):
                return str(title)
    return None


def invented(said: str, known: Mapping[str, Any]) -> list[str]:
    """What is neither one of the fixed sentences nor said by the article that is named, word for word."""
    for language in known:
        said = said.removeprefix(f"{label(language)}: ")
    fixed = {saying(name, language) for name in SAYINGS for language in known}
    asks = {words["ask"] for words in known.values()}
    title = title_in(said, known)
    bodies = {topic[0]: topic[1] for words in known.values() for topic in words["topics"]}
    sources = {saying("source", language).replace("{title}", title) for language in known} if title else set()
    allowed = fixed | asks | sources | {f"{saying('again', language)} {ask}" for language in known for ask in asks}
    return [
        part for part in said.split("\n\n") if part not in allowed and not (title is not None and part in bodies[title])
    ]


def judge(outcomes: list[Outcome], known: Mapping[str, Any], report: Report) -> None:
    lies = [part for outcome in outcomes for said in outcome.said for part in invented(said, known)]
    solved, wrong = Counter[str](), Counter[str]()
    for outcome in (one for one in outcomes if one.script.kind == "answerable"):
        quoted = title_in(outcome.said[-1], known) if outcome.said else None
        solved[outcome.script.language] += quoted == outcome.script.title and not outcome.handed_over
        wrong[outcome.script.language] += quoted not in {None, outcome.script.title}
    many = Counter(one.script.language for one in outcomes if one.script.kind == "answerable")

    def share(kind: str) -> float:
        found = [one.handed_over for one in outcomes if one.script.kind == kind]
        return sum(found) / len(found)

    print_table(
        ["language", "answerable", "solved", "another article"],
        [[one, str(many[one]), f"{solved[one] / many[one]:.2f}", f"{wrong[one] / many[one]:.2f}"] for one in known],
    )
    report.add("A1", "dialogues", float(len(outcomes)), unit="")
    report.add("A1", "invented sentences", float(len(lies)), 0.0, unit="")
    report.add("A1", "people have it when they are asked for", share("asks for a person"), 1.0, at_most=False, unit="")
    report.add("A1", "answerable ones solved", solved.total() / many.total(), 0.60, at_most=False, unit="")
    report.add("A1", "answerable ones answered by another article", wrong.total() / many.total(), unit="")
    report.add("A1", "people have it where nobody knows", share("nobody knows"), unit="")
    report.add("A1", "people have it after a form", share("form"), unit="")
    for lie in lies[:5]:
        print("invented:", lie)


async def measure(url: str, report: Report, seed: int) -> None:
    known = json.loads(SCRIPTS.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        workers = await make_workers(url, Path(folder))
        try:
            await workers.handler.claim(PARTITION)
            office = Office(url, workers, await make_desk(url, agents=1, capacity=1000))
            await office.furnish(known)
            outcomes = [await office.play(one, f"customer{n}") for n, one in enumerate(scripts(known, seed))]
        finally:
            await workers.database.stop()
    judge(outcomes, known, report)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report = Report("dialogues", calibrate())
    with servers() as running:
        asyncio.run(migrate(running.url))
        asyncio.run(measure(running.url, report, options.seed))
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
