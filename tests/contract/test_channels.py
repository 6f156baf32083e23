"""What every channel folder must hold and how its inbound fixtures read; new folders get in by themselves."""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from inspect import signature
from typing import Any

import pytest

from backbone.channel.manifest import Manifest, load_manifest
from backbone.channel.port import AttemptSigner, Codec, IndirectMedia, Lookup, MediaExtractor, Parsed, SealedMedia
from backbone.channel.sources import ContentSource, HttpPoll, KeySource, TokenSource
from backbone.channel.uploads import FileUploader
from backbone.errors import FrontdeskError
from tests.support import channels as support
from tests.support.channels import Fixture

NAMES = support.names()
INBOUND = support.fixtures("inbound")
each_channel = pytest.mark.parametrize("name", NAMES)
each_inbound = pytest.mark.parametrize("fixture", INBOUND, ids=lambda fixture: fixture.id)
each_batch = pytest.mark.parametrize(
    "fixture",
    [f for f in INBOUND if re.search(r'"batch":\s*true', f.path.read_text("utf-8"))],
    ids=lambda fixture: fixture.id,
)

PORTS = (
    Codec,
    Lookup,
    AttemptSigner,
    IndirectMedia,
    MediaExtractor,
    SealedMedia,
    ContentSource,
    FileUploader,
    KeySource,
    TokenSource,
    HttpPoll,
)
BAD_ELEMENTS: tuple[Any, ...] = ({}, None, 17, [], "x", {"type": {}})


@each_channel
def test_the_folder_the_manifest_and_the_package_share_one_name(name: str) -> None:
    channel = support.load(name)
    assert channel.manifest.name == channel.folder.name == name
    assert type(channel.codec).__module__.startswith(f"services.{name}.")


@each_channel
def test_the_folder_holds_what_a_reader_looks_for(name: str) -> None:
    folder = support.load(name).folder
    expected = {"__init__.py", "manifest.toml", "codec.py", "settings.py", "simulator.py", "README.md"}
    assert expected <= {path.name for path in folder.iterdir()}
    assert len((folder / "README.md").read_text("utf-8").split()) > 50


@each_channel
def test_there_are_fixtures_of_both_directions(name: str) -> None:
    manifest = support.load(name).manifest
    assert support.fixtures("inbound", name)
    assert support.fixtures("outbound", name) or not manifest.outbound


@each_channel
def test_the_manifest_says_what_the_signature_covers_or_why_it_covers_nothing(name: str) -> None:
    manifest = support.load(name).manifest
    assert all(re.fullmatch(r"body|url|header:[a-z0-9-]+", part) for part in manifest.signed)
    assert manifest.signed or manifest.weakness or manifest.ingress != "webhook"


@each_channel
def test_the_settings_are_frozen_refuse_unknown_fields_and_hide_their_secrets(name: str) -> None:
    settings_type = support.load(name).codec.settings_type
    assert settings_type.model_config.get("frozen") is True
    assert settings_type.model_config.get("extra") == "forbid"
    suspicious = re.compile(r"(secret|token|password|private_key)s?$")
    for field, info in settings_type.model_fields.items():
        assert not suspicious.search(field) or "Secret" in str(info.annotation), f"{field} is not a SecretStr"


@each_channel
def test_the_codec_offers_the_methods_of_the_port_and_no_others(name: str) -> None:
    codec = support.load(name).codec
    offered = {key for key in dir(codec) if not key.startswith("_")}
    assert set(methods(Codec)) <= offered
    assert offered <= {key for port in PORTS for key in methods(port)} | {"settings_type"}
    for key, method in ((key, method) for port in PORTS for key, method in methods(port).items()):
        if key in offered:
            assert list(signature(getattr(codec, key)).parameters) == list(signature(method).parameters)[1:]


def methods(port: type) -> dict[str, Any]:
    return {key: value for key, value in vars(port).items() if not key.startswith("_") and callable(value)}


@each_channel
def test_every_declared_capability_has_a_fixture_or_a_reason(name: str) -> None:
    manifest = support.load(name).manifest
    outbound = {str(fixture.data["capability"]) for fixture in support.fixtures("outbound", name)}
    shown = outbound | set(inbound_evidence(name))
    exempt = support.exemptions(name)
    assert all(len(reason.split()) >= 3 for reason in exempt.values()), "an exemption needs a reason"
    missing = declared(manifest) - shown - set(exempt)
    assert not missing, f"declared without a fixture: {sorted(missing)}"


def declared(manifest: Manifest) -> set[str]:
    """The capabilities of a manifest by the names that fixtures use."""
    can = manifest.capabilities
    outbound = {
        "text": True,
        "buttons": can.buttons_max > 0,
        "location": can.location,
        "template": can.templates,
        "subject": can.subject,
        "list": can.list_rows_max > 0,
        "carousel": can.carousel_max > 0,
        **{f"action:{action}": True for action in can.actions},
    }
    inbound = {"typing": can.typing, "reactions": can.reactions, "edits": can.edits, "deletes": can.deletes}
    names = {key for key, there in inbound.items() if there} | {f"receipts:{status}" for status in can.receipts}
    if manifest.outbound:
        names |= {key for key, there in outbound.items() if there} | {f"media:{kind.value}" for kind in can.media}
    return names


def inbound_evidence(name: str) -> Iterator[str]:
    """The capabilities that the expected events of inbound fixtures show."""
    kinds = {"typing": "typing", "reaction": "reactions", "edit": "edits", "delete": "deletes"}
    for fixture in support.fixtures("inbound", name):
        for event in fixture.data["expect"].get("events", []):
            if event["kind"] == "receipt":
                yield f"receipts:{event['status']}"
            elif event["kind"] in kinds:
                yield kinds[event["kind"]]


@each_inbound
def test_an_inbound_fixture_gives_what_it_expects(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    check_expectation(fixture, outcome(fixture, support.request_of(fixture, account), account))


def outcome(fixture: Fixture, request: Any, account: Any) -> Parsed | FrontdeskError:
    try:
        return support.receive(support.load(fixture.channel), request, support.context_of(fixture, account))
    except FrontdeskError as error:
        return error


def check_expectation(fixture: Fixture, got: Parsed | FrontdeskError) -> None:
    expect = fixture.data["expect"]
    if "error" in expect:
        assert type(got).__name__ == expect["error"]
        return
    if isinstance(got, FrontdeskError):
        raise got
    assert [support.dump(event) for event in got.events] == expect["events"]
    assert len(got.rejected) == expect.get("rejected", 0), [item.reason for item in got.rejected]
    response = {"status": 200, **expect.get("response", {})}
    assert got.response.status == response["status"]
    if isinstance(response.get("body"), dict):
        assert json.loads(got.response.body) == response["body"]
    elif "body" in response:
        assert got.response.body.decode() == response["body"]
    assert response.get("media_type", got.response.media_type) == got.response.media_type


@each_inbound
def test_parsing_twice_gives_the_same(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    request = support.request_of(fixture, account)
    first, second = outcome(fixture, request, account), outcome(fixture, request, account)
    assert repr(first) == repr(second)
    assert isinstance(first, FrontdeskError) or first == second


@each_inbound
def test_a_webhook_that_comes_again_later_has_the_same_keys(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    later = support.instant_of(fixture) + timedelta(minutes=4)
    request = support.unsigned(fixture, account)
    channel = support.load(fixture.channel)
    keys: list[list[tuple[str, str, str]]] = []
    for now in (support.instant_of(fixture), later):
        signed = channel.simulator.sign(request, account, now) if fixture.data.get("signed") else request
        context = replace(support.context_of(fixture, account), now=now)
        try:
            keys.append([(e.kind, e.thread_key, e.dedup_key) for e in channel.codec.parse(signed, context).events])
        except FrontdeskError as error:
            keys.append([(type(error).__name__, "", "")])
    assert keys[0] == keys[1]


@each_inbound
def test_events_are_named_so_that_they_can_be_told_apart(fixture: Fixture) -> None:
    got = outcome(
        fixture, support.request_of(fixture, support.fixture_account(fixture)), support.fixture_account(fixture)
    )
    events = got.events if isinstance(got, Parsed) else ()
    assert all(event.dedup_key for event in events)
    assert all(event.thread_key for event in events if event.kind == "message")
    assert all(len(event.dedup_key) <= 512 and len(event.thread_key) <= 512 for event in events)


@each_channel
def test_an_unknown_event_type_is_taken_and_ignored(name: str) -> None:
    unknown = [fixture for fixture in support.fixtures("inbound", name) if fixture.path.stem.startswith("unknown")]
    assert unknown or "unknown" in support.exemptions(name), "add fixtures/inbound/unknown_*.json"
    for fixture in unknown:
        account = support.fixture_account(fixture)
        got = outcome(fixture, support.request_of(fixture, account), account)
        assert isinstance(got, Parsed)
        assert {event.kind for event in got.events} <= {"ignored"}
        assert 200 <= got.response.status < 300


@each_batch
def test_one_bad_element_of_a_batch_loses_no_sibling(fixture: Fixture) -> None:
    account = support.fixture_account(fixture)
    body = json.loads(support.request_of(fixture, account).body)
    whole = parse_json(fixture, body, account)
    batches = 0
    for path, index in elements(body):
        siblings = parse_json(fixture, changed(body, path, index, None), account)
        if size(siblings) == size(whole):
            continue
        batches += 1
        for bad in BAD_ELEMENTS:
            got = parse_json(fixture, changed(body, path, index, [bad]), account)
            kept = [support.dump(event) for event in got.events]
            assert all(support.dump(event) in kept for event in siblings.events), f"{path}[{index}] = {bad!r}"
    assert batches, "this fixture declares a batch but removing elements changes nothing"


def size(parsed: Parsed) -> int:
    return len(parsed.events) + len(parsed.rejected)


def parse_json(fixture: Fixture, body: Any, account: Any) -> Parsed:
    request = replace(support.unsigned(fixture, account), body=json.dumps(body).encode())
    signed = support.load(fixture.channel).simulator.sign(request, account, support.instant_of(fixture))
    return support.receive(support.load(fixture.channel), signed, support.context_of(fixture, account))


def elements(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """The place of every element of every array with at least two of them."""
    if isinstance(value, list) and len(value) > 1:
        yield from ((path, index) for index in range(len(value)))
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from elements(item, (*path, key))


def changed(body: Any, path: tuple[str | int, ...], index: int, replacement: list[Any] | None) -> Any:
    """A copy of `body` with one element of the array at `path` replaced, or taken out where `replacement` is None."""
    body = copy.deepcopy(body)
    target = body
    for key in path:
        target = target[key]
    target[index : index + 1] = replacement or []
    return body


@each_channel
def test_no_repr_shows_a_secret(name: str) -> None:
    account = support.account(name)
    secrets = {secret for secret in support.secrets_of(account.settings) if len(secret) >= 8}
    fixture = next(iter(support.signed_fixtures(name)), support.fixtures("inbound", name)[0])
    on = support.fixture_account(fixture)
    request = support.request_of(fixture, on)
    shown = [account.settings, account, request, support.context_of(fixture, on), outcome(fixture, request, on)]
    shown += [call for each in support.fixtures("outbound", name) for call in calls_of(each)]
    secrets |= support.secrets_of(on.settings)
    text = "\n".join(f"{item!r} {item}" for item in shown) + account.settings.model_dump_json()
    assert not [secret for secret in secrets if secret in text]


def calls_of(fixture: Fixture) -> list[Any]:
    account = support.fixture_account(fixture)
    try:
        return list(support.load(fixture.channel).codec.render(support.message_of(fixture, account), account))
    except FrontdeskError as error:
        return [error]


@each_channel
def test_the_manifest_reads_without_the_code(name: str) -> None:
    assert load_manifest(support.load(name).folder) == support.load(name).manifest
