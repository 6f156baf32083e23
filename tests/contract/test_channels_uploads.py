"""Channels whose providers take files as bytes: what the codec asks for, step by step, and what its simulator makes of it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest

from backbone.channel.port import (
    Accepted,
    Account,
    Final,
    HttpCall,
    ProviderReply,
    SimulatedFault,
    Throttled,
    Transient,
)
from backbone.channel.uploads import FileUploader, LoadedFile, Refused, UploadStep
from schemas.content import Content, Media, MediaKind
from tests.support import channels as support

UPLOADING = [name for name in support.names() if isinstance(support.load(name).codec, FileUploader)]
each_uploading = pytest.mark.parametrize("name", UPLOADING)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
STEPS_MOST = 10


def rendered(name: str) -> tuple[HttpCall, Account]:
    """The call that shows one picture."""
    account = support.with_token(support.account(name))
    content = Content(media=(Media(kind=MediaKind.IMAGE, url="https://files.example.test/a.png", filename="a.png"),))
    message = support.outbound_message(account, content=content, **support.addressed(name))
    found = [call for call in support.load(name).codec.render(message, account) if isinstance(call, HttpCall)]
    (showing,) = [call for call in found if call.files]
    return showing, account


def loaded(call: HttpCall) -> list[LoadedFile]:
    return [LoadedFile(media, "image/png", PICTURE) for media in call.files]


def walk(
    name: str, call: HttpCall, account: Account, faults: Sequence[SimulatedFault] = ()
) -> tuple[list[HttpCall], ProviderReply | Refused]:
    """Every step in order with the simulator's answers; `faults` are what the steps meet, in order."""
    channel = support.load(name)
    codec: Any = channel.codec
    made: list[HttpCall] = []
    replies: list[ProviderReply] = []
    for number in range(STEPS_MOST):
        step = codec.upload_step(call, loaded(call), replies, account)
        assert codec.upload_step(call, loaded(call), replies, account) == step
        if not isinstance(step, UploadStep):
            return made, step
        made.append(step.call)
        fault = faults[number] if number < len(faults) else "none"
        reply, understood = channel.simulator.answer(step.call, fault, number + 1)
        if step.last:
            assert (understood is not None) == (fault == "none")
            return made, reply
        assert understood is None, "a step before the last shows nobody anything"
        replies.append(reply)
    raise AssertionError("the upload has no end")


@each_uploading
def test_a_file_reaches_the_provider_with_every_byte_and_is_shown(name: str) -> None:
    call, account = rendered(name)
    made, reply = walk(name, call, account)
    assert isinstance(reply, ProviderReply)
    assert isinstance(support.load(name).codec.interpret(made[-1], reply), Accepted)
    sent = b"".join(step.body for step in made)
    assert PICTURE in sent or b"data:image/png;base64," in sent
    assert all(not step.files for step in made)


@each_uploading
@pytest.mark.parametrize("fault", ["throttle", "transient", "final"])
def test_a_step_that_fails_says_what_to_do(name: str, fault: SimulatedFault) -> None:
    call, account = rendered(name)
    steps = len(walk(name, call, account)[0])
    for at in range(steps):
        made, found = walk(name, call, account, [*["none"] * at, fault])  # type: ignore[list-item]
        assert len(made) == at + 1
        if isinstance(found, ProviderReply):
            assert not isinstance(support.load(name).codec.interpret(made[-1], found), Accepted)
        else:
            assert isinstance(found, (Throttled, Transient, Final))


@each_uploading
@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"ok":true}', b'{"data":{"id":[]}}', b'{"code":0,"data":1}'])
def test_an_odd_answer_to_a_step_is_survived(name: str, body: bytes) -> None:
    call, account = rendered(name)
    codec: Any = support.load(name).codec
    for status in (200, 204, 302, 404, 500):
        for count in range(1, 5):
            step = codec.upload_step(call, loaded(call), [ProviderReply(status, (), body)] * count, account)
            assert isinstance(step, (UploadStep, Throttled, Transient, Final))


@each_uploading
def test_no_step_shows_a_secret_to_a_stranger(name: str) -> None:
    call, account = rendered(name)
    codec: Any = support.load(name).codec
    stray = (
        b'{"ok":true,"file_id":"F1","upload_url":"https://evil.example.test/up","data":{"id":"//evil.example.test"}}'
    )
    step = codec.upload_step(call, loaded(call), [ProviderReply(200, (), stray)], account)
    assert not isinstance(step, UploadStep) or urlsplit(step.call.url).netloc == urlsplit(support.PROVIDER).netloc


@each_uploading
def test_a_file_that_is_gone_fails_the_message_or_leaves_its_link(name: str) -> None:
    call, account = rendered(name)
    codec: Any = support.load(name).codec
    step = codec.upload_step(call, [None], [], account)
    link = call.files[0].url or ""
    assert isinstance(step, Final) or (step.last and link.encode() in step.call.body)
