"""Media from the wish on the bus to the blob and its report, against a real database and a provider on loopback."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest

from backbone.bus.port import BusRecord, TopicPartition
from backbone.channel.port import Account, Codec, HttpCall, ProviderReply
from backbone.clock import ManualClock, SystemClock
from backbone.errors import Poisoned
from backbone.storage.blobs import FolderBlobs
from backbone.storage.crypto import DayKeys, MasterKey
from backbone.storage.database import Database
from backbone.storage.dead_letters import DeadLetters
from backbone.storage.positions import Positions
from backbone.telemetry.metrics import Metric, Metrics
from backbone.web.addresses import Guard
from backbone.web.fetcher import Fetcher
from gateway.accounts import Served
from gateway.media.wanted import WantedIntake
from gateway.media.worker import MediaWorker
from gateway.outbound.backoff import Backoff
from schemas.content import Media, MediaKind
from schemas.inbound import InboundRecord, MediaFetched
from schemas.media import MediaWanted, WantedMedia
from schemas.topics import MEDIA_WANTED
from tests.support.hostile_urls import HOSTILE, NAMES
from tests.support.loopback import Loopback, answer, serving
from tests.support.network import Names, watched_connects
from tests.support.outbound import CHANNEL, Book, PaperCodec, served
from tests.support.waiting import until

pytestmark = pytest.mark.database
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PARTITION = TopicPartition(MEDIA_WANTED, 0)
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\x01" * 5000
TOKEN = ("authorization", "Bearer secret")


class TwoSteps(PaperCodec):
    """An id is answered by a place, and both calls need the token; a link is plain."""

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        return None if "://" in ref else HttpCall("GET", f"{account.settings.base}/media/{ref}", (TOKEN,))

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        place = json.loads(reply.body).get("url")
        return HttpCall("GET", place, (TOKEN,)) if place else None


class Guarded(PaperCodec):
    """Every link needs the token."""

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        return HttpCall("GET", ref, (TOKEN,))


class Files:
    """A provider's files by path; each is answered by a function or bytes, and every request is remembered."""

    def __init__(self) -> None:
        self.by_path: dict[str, bytes | Callable[[], bytes]] = {}
        self.asked: list[str] = []
        self.tokens: list[str] = []

    async def script(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        head = request.decode("latin-1")
        path = head.split(" ")[1]
        self.asked.append(path)
        if "authorization: Bearer secret" in head:
            self.tokens.append(path)
        found = self.by_path.get(path, answer(b"", 404))
        writer.write(found if isinstance(found, bytes) else found())


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, role="frontdesk_gateway", name="test")
    await made.start()
    yield made
    await made.stop()


def _served(base: str, codec: PaperCodec | None = None) -> Served:
    plain = served(base=base)
    manifest = plain.channel.manifest
    limits = manifest.capabilities.model_copy(update={"media_max_bytes": 10_000})
    limited = manifest.model_copy(update={"capabilities": limits})
    changed = type(plain.channel)(limited, cast("Codec", codec or TwoSteps()), Path())
    return Served(plain.account, changed, "active", 1)


class Desk:
    """A provider, a worker and what it needs."""

    def __init__(self, database: Database, url: str, folder: Path, server: Loopback, files: Files) -> None:
        self.database, self.url, self.server, self.files = database, url, server, files
        self.base = f"http://127.0.0.1:{server.port}"
        self.blobs = FolderBlobs(folder)
        self.metrics = Metrics()
        self.book = Book(_served(self.base))
        letters = DeadLetters(database, DayKeys(MasterKey("11" * 32)))
        self.intake = WantedIntake(
            database, Positions(database, "gateway-media", "g1"), letters, ManualClock(NOW), on_new=lambda: None
        )
        self.fetcher = Fetcher(Guard("127.0.0.1"), resolver=Names(NAMES))

    def worker(self) -> MediaWorker:
        return MediaWorker(
            self.database, self.book, self.fetcher, self.blobs, SystemClock(), self.metrics,
            channels=[CHANNEL],
            backoff=Backoff(first=timedelta(milliseconds=5), ceiling=timedelta(milliseconds=10)),
            lease=timedelta(seconds=30),
            look_every=timedelta(milliseconds=20),
        )  # fmt: skip

    async def want(self, *media: Media, message: str = "pm-1", offset: int = 0) -> None:
        parts = tuple(WantedMedia(index=index, media=item) for index, item in enumerate(media))
        wanted = MediaWanted(
            tenant_id="ten_1", account_id="acc_1", channel=CHANNEL, thread_key="t-1", provider_message_id=message,
            media=parts,
        )  # fmt: skip
        record = BusRecord(MEDIA_WANTED, 0, offset, b"acc_1/t-1", wanted.model_dump_json().encode(), (), NOW)
        await self.intake.process([record])

    @asynccontextmanager
    async def working(self) -> AsyncIterator[MediaWorker]:
        worker = self.worker()
        task = asyncio.create_task(worker.run())
        try:
            yield worker
            assert not task.done()
        finally:
            await worker.stop()
            await task

    async def told(self) -> list[MediaFetched]:
        connection = await asyncpg.connect(self.url)
        rows = await connection.fetch("SELECT value FROM outbox ORDER BY position")
        await connection.close()
        events = [InboundRecord.model_validate_json(row["value"]).event for row in rows]
        return [event for event in events if isinstance(event, MediaFetched)]

    def has_told(self, count: int) -> Callable[[], Awaitable[bool]]:
        async def check() -> bool:
            return len(await self.told()) == count

        return check

    async def jobs(self) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(self.url)
        rows = await connection.fetch("SELECT * FROM media_jobs ORDER BY media_index")
        await connection.close()
        return [dict(row) for row in rows]


@pytest.fixture
async def desk(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    files = Files()
    async with serving(files.script) as server:
        made = Desk(database, database_url, tmp_path, server, files)
        await made.intake.claim([PARTITION])
        yield made
        await made.fetcher.stop()


def _image(**fields: Any) -> Media:
    return Media.model_validate({"kind": MediaKind.IMAGE, **fields})


async def test_a_plain_link_is_stored_and_reported(desk: Desk) -> None:
    desk.files.by_path["/a.png"] = answer(PICTURE, 200, "content-type: image/jpeg")
    await desk.want(_image(url=f"{desk.base}/a.png", mime="image/jpeg"))
    async with desk.working():
        await until(desk.has_told(1))
    (told,) = await desk.told()
    assert (told.provider_message_id, told.media_index, told.thread_key) == ("pm-1", 0, "t-1")
    assert (told.mime, told.size, told.error) == ("image/png", len(PICTURE), None)
    assert told.sha256 == hashlib.sha256(PICTURE).hexdigest()
    assert told.blob is not None
    assert await desk.blobs.get(told.blob) == PICTURE
    (job,) = await desk.jobs()
    assert (job["state"], job["media"]) == ("done", "{}")
    assert desk.metrics.value(Metric.GATEWAY_MEDIA_BYTES, CHANNEL) == len(PICTURE)


async def test_an_id_is_fetched_in_two_steps_with_the_token(desk: Desk) -> None:
    place = json.dumps({"url": f"{desk.base}/files/9"}).encode()
    desk.files.by_path |= {
        "/media/m9": answer(place, 200, "content-type: application/json"),
        "/files/9": answer(PICTURE),
    }
    await desk.want(_image(provider_ref="m9"))
    async with desk.working():
        await until(desk.has_told(1))
    assert desk.files.asked == desk.files.tokens == ["/media/m9", "/files/9"]
    assert (await desk.told())[0].blob is not None


async def test_an_id_without_a_place_is_given_up(desk: Desk) -> None:
    desk.files.by_path["/media/m9"] = answer(b"{}")
    await desk.want(_image(provider_ref="m9"))
    async with desk.working():
        await until(desk.has_told(1))
    assert (await desk.told())[0].error == "not_found"


async def test_everything_is_fetched_once_whatever_is_wished_twice(desk: Desk, database: Database) -> None:
    for number in range(10):
        desk.files.by_path[f"/{number}"] = answer(PICTURE)
    media = [_image(url=f"{desk.base}/{number}") for number in range(10)]
    await desk.want(*media)
    await desk.want(*media, offset=1)
    async with desk.working(), desk.working(), desk.working():
        await until(desk.has_told(10))
    await desk.want(*media, offset=2)
    assert sorted(desk.files.asked) == sorted(f"/{number}" for number in range(10))
    assert len({told.dedup_key for told in await desk.told()}) == 10


async def test_a_provider_in_trouble_is_asked_again_and_not_for_ever(desk: Desk) -> None:
    answers = [answer(b"", 503), answer(b"", 429), answer(b"", 403), answer(PICTURE)]
    desk.files.by_path |= {"/late": lambda: answers.pop(0), "/never": answer(b"", 500)}
    await desk.want(_image(url=f"{desk.base}/late"), _image(url=f"{desk.base}/never"))
    async with desk.working():
        await until(desk.has_told(2))
    told = {item.media_index: item for item in await desk.told()}
    assert (told[0].error, told[1].error) == (None, "http_500")
    assert desk.files.asked.count("/never") == 8
    assert desk.metrics.value(Metric.GATEWAY_MEDIA_FAILED, CHANNEL, "http_500") == 1


@pytest.mark.parametrize(
    ("reply", "fields", "reason"),
    [
        (answer(b"x" * 10_001), {}, "too_large"),
        (answer(b"<html>log in</html>", 200, "content-type: image/png"), {}, "wrong_type"),
        (answer(b"", 404), {}, "not_found"),
        (answer(b"", 410), {}, "not_found"),
        (answer(PICTURE), {"sha256": "0" * 64}, "wrong_hash"),
        (answer(b"", 302, "location: /x"), {}, "too_many_redirects"),
        (answer(b"", 302, "location: http://169.254.169.254/latest"), {}, "url_refused"),
    ],
)
async def test_what_is_not_what_was_promised_is_given_up_with_the_reason(
    desk: Desk, reply: bytes, fields: dict[str, Any], reason: str
) -> None:
    desk.files.by_path["/x"] = reply
    await desk.want(_image(url=f"{desk.base}/x", **fields))
    with watched_connects() as connects:
        async with desk.working():
            await until(desk.has_told(1))
    (told,) = await desk.told()
    assert (told.error, told.blob) == (reason, None)
    assert "169.254.169.254" not in connects


async def test_a_hash_that_fits_is_accepted(desk: Desk) -> None:
    desk.files.by_path["/x"] = answer(PICTURE)
    await desk.want(_image(url=f"{desk.base}/x", sha256=hashlib.sha256(PICTURE).hexdigest().upper()))
    async with desk.working():
        await until(desk.has_told(1))
    assert (await desk.told())[0].error is None


async def test_a_redirect_to_another_host_is_followed_without_the_token(desk: Desk) -> None:
    elsewhere = Files()
    elsewhere.by_path["/file"] = answer(PICTURE)
    async with serving(elsewhere.script) as other:
        desk.files.by_path["/media/m1"] = answer(b"", 307, f"location: http://127.0.0.1:{other.port}/file")
        desk.book.known["acc_1"] = _served(desk.base, Guarded())
        await desk.want(_image(url=f"{desk.base}/media/m1"))
        async with desk.working():
            await until(desk.has_told(1))
    assert (await desk.told())[0].error is None
    assert desk.files.tokens == ["/media/m1"]
    assert (elsewhere.asked, elsewhere.tokens) == (["/file"], [])


async def test_no_hostile_link_in_a_message_makes_a_connection(desk: Desk) -> None:
    """The guard's own corpus, through this door: the tests of the client cannot show that this part uses it."""
    closed = [url for url in HOSTILE if "127.0.0.1" not in url and "public.test" not in url]
    desk.fetcher = Fetcher(Guard(), resolver=Names({**NAMES, "localhost": ["127.0.0.1"]}))
    await desk.want(*(_image(url=url) for url in closed))
    with watched_connects() as connects:
        async with desk.working():
            await until(desk.has_told(len(closed)))
    # The database is the only thing that is talked to.
    assert set(connects) <= {"127.0.0.1", ""}
    assert desk.server.connections == 0
    assert {told.error for told in await desk.told()} <= {"url_refused", "unreachable", "codec_error", "no_source"}


async def test_media_that_is_stored_already_is_not_wanted(desk: Desk) -> None:
    await desk.want(_image(blob="ten_1/aa/" + "a" * 32), _image(url=f"{desk.base}/x"))
    assert [job["media_index"] for job in await desk.jobs()] == [1]


async def test_a_job_whose_worker_died_is_taken_over_after_its_lease(desk: Desk) -> None:
    desk.files.by_path["/x"] = answer(PICTURE)
    await desk.want(_image(url=f"{desk.base}/x"))
    connection = await asyncpg.connect(desk.url)
    await connection.execute("UPDATE media_jobs SET attempt = 1, next_at = now() + interval '300 milliseconds'")
    await connection.close()
    async with desk.working():
        await until(desk.has_told(1))
    assert [job["attempt"] for job in await desk.jobs()] == [2]


async def test_a_worker_that_lost_its_lease_leaves_no_blob_behind(desk: Desk, tmp_path: Path) -> None:
    gate, reached = asyncio.Event(), asyncio.Event()
    whole = desk.files.script

    async def held(request: bytes, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await gate.wait()
        await whole(request, writer)

    desk.files.by_path["/x"] = answer(PICTURE)
    async with serving(held) as slow:
        await desk.want(_image(url=f"http://127.0.0.1:{slow.port}/x"))
        async with desk.working() as worker:
            await reached.wait()
            connection = await asyncpg.connect(desk.url)
            await connection.execute("UPDATE media_jobs SET attempt = attempt + 1, next_at = now() + interval '1 hour'")
            await connection.close()
            gate.set()
            await worker.stop()
    assert await desk.told() == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_wish_that_cannot_be_read_is_poison_and_is_kept(desk: Desk) -> None:
    record = BusRecord(MEDIA_WANTED, 0, 7, b"acc_1/t-1", b"{}", (), NOW)
    with pytest.raises(Poisoned) as caught:
        await desk.intake.process([record])
    await desk.intake.bury(record, caught.value)
    connection = await asyncpg.connect(desk.url)
    row = await connection.fetchrow("SELECT reason, source, record_offset FROM dead_letters")
    await connection.close()
    assert tuple(row) == ("wanted media: poisoned", "gateway", 7)
    assert await desk.intake.claim([PARTITION]) == {PARTITION: 8}
