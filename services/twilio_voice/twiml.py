"""TwiML, the instructions that a call follows. Everything that is not ours is escaped."""

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

from backbone.channel.calls.speech import escaped
from backbone.channel.port import Response

MEDIA_TYPE = "text/xml; charset=utf-8"


def document(verbs: Iterable[str]) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + verb("Response", {}, "".join(verbs))


def answer(*verbs: str) -> Response:
    """The answer to a webhook; without verbs the call goes on as if nothing had been said."""
    return Response(body=document(verbs).encode(), media_type=MEDIA_TYPE)


def verb(name: str, attributes: Mapping[str, str], content: str = "") -> str:
    """One element. `content` is TwiML already: escape what comes from outside by `speech.escaped`."""
    given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>"


def say(words: str, language: str, voice: str | None) -> str:
    attributes = {"language": language} | ({"voice": voice} if voice else {})
    return verb("Say", attributes, escaped(words))
