"""Telegram's Bot API: updates by webhook, methods by HTTPS."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from backbone.channel import json, replies
from backbone.channel.port import (
    Accepted,
    Account,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Rejected,
    Request,
    Response,
    Throttled,
)
from backbone.channel.signature import same
from backbone.channel.sources import PollPage
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing
from schemas.outbound import OutboundMessage
from services.telegram import health, inbound, outbound
from services.telegram.place import place_of
from services.telegram.settings import TelegramSettings

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
_FILE_PATH = re.compile(r"[\w][\w./-]{0,500}", re.ASCII)


class TelegramCodec:
    """Updates to events, messages to Bot API calls.

    Call URLs hold the bot's token, as the Bot API demands: they must not be logged. Media takes two calls: `media_call`
    gives getFile, and `media_found` makes of its answer the call that downloads.
    """

    settings_type = TelegramSettings

    def verify(self, request: Request, context: Context) -> None:
        """The header equals one of the secrets. Nothing ties it to the body: TLS must. What a poll brought needs none."""
        if request.method == health.METHOD:
            return
        settings: TelegramSettings = context.account.settings
        given = request.header(SECRET_HEADER)
        if given is None:
            raise SignatureMissing
        secrets = [secret.get_secret_value() for secret in settings.webhook_secrets]
        matches = [same(secret, given) for secret in secrets if secret]
        if not any(matches):
            raise SignatureInvalid

    def parse(self, request: Request, context: Context) -> Parsed:
        """One update, or what a poll brought.

        A broken update that has a number is rejected, not refused: Telegram would send it again and again.
        """
        if request.method == health.METHOD:
            return health.parse(request.body)
        update = json.obj(json.loads(request.body), "update")
        dedup_key = inbound.update_id(update)
        try:
            events = inbound.events_of(update, dedup_key)
        except PayloadInvalid as error:
            return Parsed(rejected=(Rejected(error.detail, request.body),))
        return Parsed(events, response=_response(update, context.account.settings))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[HttpCall]:
        return outbound.calls(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """`ok` decides; a 429 says in `parameters.retry_after` how long to wait, and in groups it means that chat only."""
        answer = replies.json_object(reply)
        description = (json.optional_text(answer.get("description")) or "")[:200]
        parameters = replies.child(answer, "parameters")
        if reply.status == 429:
            wait = _seconds(parameters.get("retry_after")) or replies.retry_after(reply)
            return Throttled("429", wait, "conversation" if _to_group(call) else "account")
        if 200 <= reply.status < 300 and answer.get("ok") is False:
            return Final("not_ok", description)
        if 200 <= reply.status < 300:
            return Accepted(_message_id(replies.child(answer, "result")))
        if "migrate_to_chat_id" in parameters:
            return Final("migrated", description)
        return replies.by_status(reply, str(reply.status), description)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """Asks getFile for a file id. Its answer holds a path, not the file: see `media_found`."""
        settings: TelegramSettings = account.settings
        return HttpCall("GET", settings.method_url(f"getFile?file_id={quote(ref, safe='')}"))

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        """The download that getFile's answer names; None where it names none (too big, expired, or a path on disk)."""
        settings: TelegramSettings = account.settings
        path = json.optional_text(replies.child(replies.json_object(reply), "result").get("file_path")) or ""
        if reply.status != 200 or not _FILE_PATH.fullmatch(path) or ".." in path:
            return None
        return HttpCall("GET", settings.file_url(path))

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        """Asks how Telegram's deliveries fare; None where the settings don't want it."""
        settings: TelegramSettings = account.settings
        return health.call(settings) if settings.watch_deliveries else None

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        return health.found(reply, self.interpret(call, reply), cursor)


def _response(update: Mapping[str, Any], settings: TelegramSettings) -> Response:
    """Empty, or the answer to a pressed button: a method may be called in the response."""
    query = update.get("callback_query")
    identity = json.optional_text(query.get("id")) if isinstance(query, dict) else None
    if not settings.answer_callbacks or identity is None or not re.fullmatch(r"[\w-]{1,64}", identity, re.ASCII):
        return Response()
    body = f'{{"method":"answerCallbackQuery","callback_query_id":"{identity}"}}'
    return Response(body=body.encode("ascii"), media_type="application/json")


def _message_id(result: Mapping[str, Any]) -> str | None:
    try:
        return place_of(result).message_id(result.get("message_id"))
    except PayloadInvalid:
        return None


def _to_group(call: ProviderCall) -> bool:
    """Groups have negative ids."""
    return isinstance(call, HttpCall) and b'"chat_id":-' in call.body[:40]


def _seconds(value: Any) -> timedelta | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return timedelta(seconds=min(value, int(replies.RETRY_AFTER_MAX.total_seconds())))


codec = TelegramCodec()
