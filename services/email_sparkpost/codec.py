"""The SparkPost codec: who calls, and what is sent; what came stands in `inbound`."""

from collections.abc import Mapping, Sequence
from typing import Any

from backbone.channel.mail.hook import check_basic
from backbone.channel.mail.outbound import Letter, mime_of
from backbone.channel.mail.provider import Found, ProviderCodec, json_call, outcome
from backbone.channel.mail.reports import OUR_ID
from backbone.channel.port import (
    Account,
    AccountSettings,
    Context,
    HttpCall,
    Outcome,
    ProviderCall,
    ProviderReply,
    Request,
    Throttled,
)
from backbone.channel.replies import child, json_object, retry_after
from schemas.outbound import OutboundMessage
from services.email_sparkpost import inbound
from services.email_sparkpost.settings import SparkpostSettings

SENDING_LIMIT = 420
"""The status of SparkPost's own for an account that has sent all it may for now."""


class SparkpostCodec(ProviderCodec):
    """Mails and events come as arrays of JSON; our mails go out as the MIME that we write."""

    settings_type: type[AccountSettings] = SparkpostSettings

    def verify(self, request: Request, context: Context) -> None:
        """The Basic credentials that the webhook is set to show; SparkPost signs nothing."""
        settings: SparkpostSettings = context.account.settings
        check_basic(request, settings.hook_username, settings.hook_secrets)

    def _elements(self, body: bytes) -> Sequence[Any]:
        return inbound.elements(body)

    def _read(self, element: Any) -> Found:
        return inbound.read(element)

    def _call(self, letter: Letter, message: OutboundMessage, account: Account) -> HttpCall:
        settings: SparkpostSettings = account.settings
        body = {
            "options": {"open_tracking": False, "click_tracking": False, "transactional": True},
            "recipients": [{"address": {"email": letter.recipient.addr_spec}, "metadata": {OUR_ID: letter.message_id}}],
            "content": {"email_rfc822": mime_of(letter).decode("ascii")},
        }
        key = ("authorization", settings.api_key.get_secret_value())
        return json_call(f"{settings.api_base}/api/v1/transmissions", body, key)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        """200 is taken; 420 is the account's limit; errors come as a list with codes."""
        error = _first(json_object(reply).get("errors"))
        if reply.status == SENDING_LIMIT:
            return Throttled(str(error.get("code") or SENDING_LIMIT)[:60], retry_after(reply))
        sent = json_object(ProviderReply(200, (), call.body)) if isinstance(call, HttpCall) else {}
        ours = child(_first(sent.get("recipients")), "metadata").get(OUR_ID)
        return outcome(
            reply,
            sent_id=lambda _: ours if isinstance(ours, str) else None,
            code=lambda _: error.get("code"),
            detail=lambda _: error.get("message"),
        )


def _first(value: Any) -> Mapping[str, Any]:
    return child({"first": value[0]}, "first") if isinstance(value, list) and value else {}


codec = SparkpostCodec()
