"""Twilio's messaging webhooks and API: SMS, MMS and WhatsApp."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backbone.channel import form, json
from backbone.channel.form_signature import matches
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
    Request,
    Response,
    Throttled,
    Transient,
)
from backbone.channel.replies import json_object, retry_after
from backbone.channel.sources import PollPage
from backbone.errors import SignatureInvalid, SignatureMissing
from schemas.inbound import EventIgnored
from schemas.outbound import OutboundMessage
from services.twilio import errors, inbound, outbound, poll
from services.twilio.settings import TwilioSettings

SIGNATURE = "x-twilio-signature"
EMPTY_TWIML = Response(body=b'<?xml version="1.0" encoding="UTF-8"?><Response/>', media_type="text/xml; charset=utf-8")
"""Twilio reads the answer as instructions; this one says nothing to the customer."""
POLL = "POLL"
"""The method that a message of Twilio's list is parsed as; no webhook can have it."""
_POLLED_FILE = re.compile(r"([SM]M[0-9A-Za-z]{1,64})/([0-9])", re.ASCII)
_MEDIA_SID = re.compile(r"ME[0-9A-Za-z]{1,64}", re.ASCII)


class TwilioCodec:
    """Messages, and the states of ours. It answers no customer in the webhook: answers go by the API."""

    settings_type = TwilioSettings

    def verify(self, request: Request, context: Context) -> None:
        """HMAC-SHA1 over the public URL and the sorted form fields; a JSON body by `bodySHA256` in the URL.

        What our own poll fetched needs no signature.
        """
        if request.method == POLL:
            return
        settings: TwilioSettings = context.account.settings
        signature = request.header(SIGNATURE)
        if signature is None:
            raise SignatureMissing
        is_form = form.is_form(request.header("content-type"))
        override = settings.retry_override
        if not matches(settings.tokens(), signature, request.url, request.body, is_form=is_form, override=override):
            raise SignatureInvalid

    def parse(self, request: Request, context: Context) -> Parsed:
        """One event a request. JSON is only counted: no messaging webhook of Twilio's is JSON."""
        account = context.account
        if request.method == POLL:
            row = json.obj(json.loads(request.body), "the message")
            return Parsed((inbound.polled(row, account.external_id, account.settings),))
        if request.method != "GET" and not form.is_form(request.header("content-type")):
            json.loads(request.body)
            digest = hashlib.sha256(request.body).hexdigest()
            ignored = EventIgnored(thread_key="", dedup_key=digest, reason="JSON body")
            return Parsed(events=(ignored,), response=EMPTY_TWIML)
        # The query is taken from the URL, since that is what the signature covers.
        raw = form.query_of(request.url) if request.method == "GET" else request.body
        events = inbound.events(form.loads(raw), account.external_id, account.settings)
        return Parsed(events=events, response=EMPTY_TWIML)

    def render(self, message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
        return outbound.calls(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        answer = json_object(reply)
        number = answer.get("code")
        code = str(number) if isinstance(number, int) and not isinstance(number, bool) else str(reply.status)
        if 200 <= reply.status < 300:
            sid = answer.get("sid")
            return Accepted(json.clean(sid) if isinstance(sid, str) and sid else None)
        if reply.status == 429 or number in errors.THROTTLED:
            return Throttled(code, retry_after(reply))
        if reply.status < 400 or reply.status in {408, 425} or reply.status >= 500 or number in errors.TRANSIENT:
            return Transient(code, errors.meaning(code), retry_after(reply))
        return Final(code, errors.meaning(code))

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """Media on Twilio's hosts with Basic authentication; None for any other host, which gets no credentials."""
        settings: TwilioSettings = account.settings
        named = _POLLED_FILE.fullmatch(ref)
        if named is not None:
            url = f"{settings.api_base.rstrip('/')}{outbound.API}{settings.account_sid}/Messages/{named[1]}/Media.json"
            return HttpCall("GET", url, (outbound.authorization(settings), ("accept", "application/json")))
        host = inbound.host_of(ref)
        if host is None or host not in {*settings.media_hosts, inbound.host_of(settings.api_base)}:
            return None
        return HttpCall("GET", ref, (outbound.authorization(settings),))

    def media_found(self, ref: str, reply: ProviderReply, account: Account) -> HttpCall | None:
        """The file that a message's list of media names at this place: a path of this account's, never a host."""
        settings: TwilioSettings = account.settings
        named = _POLLED_FILE.fullmatch(ref)
        listed = json_object(reply).get("media_list")
        if named is None or not isinstance(listed, list) or int(named[2]) >= len(listed):
            return None
        row = listed[int(named[2])]
        sid = row.get("sid") if isinstance(row, dict) else None
        if not isinstance(sid, str) or not _MEDIA_SID.fullmatch(sid):
            return None
        path = f"{outbound.API}{settings.account_sid}/Messages/{named[1]}/Media/{sid}"
        return HttpCall("GET", settings.api_base.rstrip("/") + path, (outbound.authorization(settings),))

    def poll_call(self, account: Account, cursor: Mapping[str, Any] | None, now: datetime) -> HttpCall | None:
        return poll.first_call(account, cursor, now)

    def poll_found(
        self, account: Account, call: HttpCall, reply: ProviderReply, cursor: Mapping[str, Any] | None
    ) -> PollPage:
        return poll.found(account, reply, cursor)

    def lookup_call(self, message: OutboundMessage, part: int, account: Account) -> HttpCall:
        return outbound.lookup_call(message, account)

    def lookup_found(self, message: OutboundMessage, part: int, reply: ProviderReply) -> Accepted | None:
        return outbound.lookup_found(message, part, reply)


codec = TwilioCodec()
