"""What the skill says: a sentence that never waits for anybody, and what it listens for next."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from backbone.channel.port import Context, Response
from services.alexa.envelope import NOTICES, Envelope
from services.alexa.settings import AlexaSettings
from services.alexa.texts import TEXTS, Texts

MEDIA_TYPE = "application/json;charset=UTF-8"
_SOON = timedelta(seconds=90)
_WEEK = timedelta(days=6)

Card = dict[str, Any]


def nothing() -> Response:
    """The answer to what nobody listens to: ended sessions and events of the skill."""
    return _response({})


@dataclass(frozen=True, slots=True)
class Script:
    """The answers to one request, in the customer's language where it is one of ours."""

    context: Context
    asked: Envelope

    @property
    def settings(self) -> AlexaSettings:
        settings: AlexaSettings = self.context.account.settings
        return settings

    @property
    def texts(self) -> Texts:
        return TEXTS[self.asked.language or self.settings.default_language]

    def welcome(self) -> Response:
        texts = self.texts
        return self._listen(texts.welcome.format(company=self.settings.company), self._status(), texts.menu)

    def help(self) -> Response:
        return self._listen(self.texts.menu)

    def not_understood(self) -> Response:
        return self._listen(self.texts.not_understood, self.texts.menu)

    def goodbye(self) -> Response:
        return _response({**_speech(self.texts.goodbye), "shouldEndSession": True})

    def link(self) -> Response:
        """Nothing goes on before the account is linked; the card in the Alexa app leads there."""
        return _response({**_speech(self.texts.link), "card": {"type": "LinkAccount"}, "shouldEndSession": True})

    def ask(self, slot: str) -> Response:
        """The question for the message or the number: what is said next fills the slot, without words around it."""
        question = self.texts.ask_message if slot == self.settings.message_slot else self.texts.ask_number
        directive = {"type": "Dialog.ElicitSlot", "slotToElicit": slot}
        reprompt = {"reprompt": _speech(question)}
        return _response({**_speech(question), **reprompt, "directives": [directive], "shouldEndSession": False})

    def message_taken(self) -> Response:
        return self._end(self.texts.thanks, self._status(), self.texts.notice, card=self._consent())

    def callback_noted(self) -> Response:
        return self._end(self.texts.callback, self._status())

    def _consent(self) -> Card | None:
        if self.asked.notices_allowed or not self.settings.ask_for_notifications:
            return None
        return {"type": "AskForPermissionsConsent", "permissions": [NOTICES]}

    def _listen(self, *sentences: str) -> Response:
        reprompt = {"reprompt": _speech(self.texts.menu)}
        return _response({**_speech(*sentences), **reprompt, "shouldEndSession": False})

    def _end(self, *sentences: str, card: Card | None = None) -> Response:
        shown = {"card": card} if card else {}
        return _response({**_speech(*sentences), **shown, "shouldEndSession": True})

    def _status(self) -> str:
        """When somebody will answer, as far as the view knows: no time is promised that it doesn't hold."""
        view, now, texts = self.context.dialogue, self.context.now, self.texts
        if view.agents_online:
            if view.expected_wait is None:
                return texts.online
            if view.expected_wait <= _SOON:
                return texts.online_soon
            return texts.online_minutes.format(minutes=-(-view.expected_wait // timedelta(minutes=1)))
        opening = view.next_opening
        if opening is None or not now < opening <= now + _WEEK:
            return texts.closed
        zone = ZoneInfo(self.settings.time_zone)
        local = opening.astimezone(zone)
        day = texts.today if local.date() == now.astimezone(zone).date() else texts.days[local.weekday()]
        return texts.opens.format(day=day, time=f"{local:%H:%M}")


def _speech(*sentences: str) -> dict[str, Any]:
    """Plain text, so that nothing in a name reads as SSML."""
    return {"outputSpeech": {"type": "PlainText", "text": " ".join(sentences)}}


def _response(said: dict[str, Any]) -> Response:
    return Response(body=msgspec.json.encode({"version": "1.0", "response": said}), media_type=MEDIA_TYPE)
