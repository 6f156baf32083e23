"""An optional part of a channel: providers that take files as bytes and not by a link. Pure, as the codec it stands beside."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, runtime_checkable

from backbone.channel.port import Account, Final, HttpCall, Outcome, ProviderReply, Throttled, Transient
from schemas.content import Media


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One of a call's `files` with its bytes; `mime` is what they show, or were said to be where they show nothing."""

    media: Media
    mime: str
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """A name for people: its own, else its kind with the ending of its type."""
        plain = "".join(c for c in self.media.filename or "" if c.isprintable() and c not in '"\\/')[-100:].strip()
        ending = self.mime.rpartition("/")[2].partition("+")[0].replace("jpeg", "jpg")
        return plain or f"{self.media.kind.value}.{ending if ending.isalnum() else 'bin'}"


@dataclass(frozen=True, slots=True)
class UploadStep:
    """The next call of an upload, `after` a pause. The answer to the `last` one is the answer to the message."""

    call: HttpCall
    last: bool = False
    after: timedelta = timedelta(0)


Refused = Throttled | Transient | Final


@runtime_checkable
class FileUploader(Protocol):
    """Optional beside `Codec`: says step by step how the `files` of a rendered call reach the provider."""

    def upload_step(
        self,
        call: HttpCall,
        files: Sequence[LoadedFile | None],
        replies: Sequence[ProviderReply],
        account: Account,
    ) -> UploadStep | Refused:
        """What to do after these answers to the steps so far. Nobody sees anything before the last step is taken.

        A file is None where it can't be had for good. Raises nothing. The same input gives the same step.
        """
        ...


def unavailable(files: Sequence[LoadedFile | None]) -> Final | None:
    """The refusal of a message one of whose files can't be had; None where all are there."""
    return Final("file_unavailable", "a file of the message could not be fetched") if None in files else None


def refusal(outcome: Outcome, what: str) -> Refused:
    """What an answer to a step means that is not the yes it should be; a yes that says too little is tried again."""
    return outcome if isinstance(outcome, Throttled | Transient | Final) else Transient(f"{what}_unreadable")


def multipart(
    fields: Iterable[tuple[str, str]], files: Iterable[tuple[str, str, str, bytes]]
) -> tuple[tuple[str, str], bytes]:
    """The header and body of a form (RFC 7578) of fields and of files, each with field, file name, type and bytes.

    The boundary is a hash of what it separates: the same form is the same bytes, and nobody can put it into a file.
    """
    parts = [(f'form-data; name="{_quoted(name)}"', "", value.encode()) for name, value in fields]
    parts += [
        (f'form-data; name="{_quoted(name)}"; filename="{_quoted(filename)}"', mime, data)
        for name, filename, mime, data in files
    ]
    digest = hashlib.sha256()
    for disposition, mime, data in parts:
        digest.update(f"{disposition}\n{mime}\n{len(data)}\n".encode())
        digest.update(data)
    boundary = digest.hexdigest()[:40]
    pieces: list[bytes] = []
    for disposition, mime, data in parts:
        kind = f"Content-Type: {mime}\r\n" if mime else ""
        pieces += [f"--{boundary}\r\nContent-Disposition: {disposition}\r\n{kind}\r\n".encode(), data, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return ("content-type", f"multipart/form-data; boundary={boundary}"), b"".join(pieces)


def _quoted(value: str) -> str:
    """As browsers write it (WHATWG HTML, multipart form data)."""
    return value.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
