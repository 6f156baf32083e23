"""One attempt to send one part: render, ask the provider first where the outcome is unknown, call, judge."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from backbone.channel.port import (
    Accepted,
    Account,
    AttemptSigner,
    Final,
    HttpCall,
    Lookup,
    Outcome,
    ProviderCall,
    ProviderReply,
    SmtpCall,
    StreamCall,
)
from backbone.channel.replies import by_status
from backbone.clock import Clock
from backbone.errors import CallFailed, InputInvalid, OutcomeUnknown, UrlRefused
from backbone.telemetry.logs import get_logger
from gateway.accounts import Served
from gateway.outbound.backoff import retry_after
from gateway.outbound.calls import Caller
from gateway.outbound.store import UNKNOWN, Delivery
from gateway.outbound.uploads import Uploads
from gateway.outbound.verdicts import Again, Failed, Fault, Sent, Verdict, verdict

_log = get_logger("sender")

TOKEN_TRIES = 5
"""Attempts for which a refused or missing access token is waited for, before the provider's word stands."""

Renew = Callable[[Account], Awaitable[None]]
"""Asks for another access token in place of one that the provider refused; bounded, and raises nothing."""


class Attempt:
    """Pure of the database: the delivery is leased before, and settled after, by the sender."""

    def __init__(
        self, caller: Caller, clock: Clock, renew: Renew | None = None, uploads: Uploads | None = None
    ) -> None:
        self._caller = caller
        self._clock = clock
        self._renew = renew
        self._uploads = uploads

    async def __call__(self, held: Delivery, served: Served) -> Verdict:
        """Never raises but on cancellation: whatever goes wrong is a verdict."""
        if held.attempt <= TOKEN_TRIES and self._awaits_token(served):
            return Again("token_missing", "the account has no access token yet", fault=Fault.SILENT)
        try:
            calls = served.channel.codec.render(held.message, served.account)
        except InputInvalid as error:
            return Failed("cannot_render", error.detail)
        except Exception as error:  # noqa: BLE001  a codec's bug must not hold the conversation for a day
            _log.error("render failed", channel=served.account.channel, exc_info=error)
            return Failed("codec_error", "the channel could not render this message")
        if held.part >= len(calls):
            # Settings changed since the message was taken, and it needs fewer parts now.
            return Sent(None)
        if held.unknown and served.channel.manifest.idempotency == "lookup":
            known = await self._ask(held, served)
            if known is not None:
                return known
        return await self._send(calls, held, served)

    def _awaits_token(self, served: Served) -> bool:
        """Whether the channel gets its tokens by a call, and this account has had none so far."""
        codec: Any = served.channel.codec
        if served.account.token is not None or not hasattr(codec, "token_call"):
            return False
        try:
            return codec.token_call(served.account, self._clock.now()) is not None
        except Exception as error:  # noqa: BLE001  a codec's bug must not hold the conversation for a day
            _log.error("token call failed", channel=served.account.channel, exc_info=error)
            return False

    async def _ask(self, held: Delivery, served: Served) -> Verdict | None:
        """None where the provider knows nothing of it, so that it may be sent; an unanswered question is asked again."""
        codec = cast("Lookup", served.channel.codec)
        try:
            call = codec.lookup_call(held.message, held.part, served.account)
            reply = await self._caller.call(call, served.account)
        except (CallFailed, OutcomeUnknown) as error:
            return Again(UNKNOWN, f"asked whether it was sent: {error.code}", unknown=True)
        except UrlRefused as error:
            return Failed(error.code, error.detail)
        if not 200 <= reply.status < 300:
            asked = retry_after(reply, self._clock.now())
            throttled = reply.status == 429
            return Again(
                UNKNOWN,
                f"asked whether it was sent: status {reply.status}",
                asked=asked,
                pauses_account=throttled,
                unknown=True,
                fault=Fault.SILENT if throttled else Fault.PROVIDER,
            )
        found = codec.lookup_found(held.message, held.part, reply)
        return None if found is None else Sent(found.provider_message_id)

    async def _send(self, calls: Sequence[ProviderCall], held: Delivery, served: Served) -> Verdict:
        call: ProviderCall | Verdict = calls[held.part]
        if isinstance(call, StreamCall):
            return Sent(call.message_id)
        if isinstance(call, HttpCall) and call.files:
            call = await self._uploaded(call, held, served)
        if not isinstance(call, HttpCall | SmtpCall):
            return call
        codec = served.channel.codec
        if isinstance(call, HttpCall) and isinstance(codec, AttemptSigner):
            call = codec.sign_attempt(call, served.account, self._clock.now())
        try:
            reply = await self._caller.call(call, served.account)
        except CallFailed as error:
            return Again(error.code, error.detail)
        except OutcomeUnknown as error:
            return Again(UNKNOWN, error.detail, unknown=True)
        except UrlRefused as error:
            return Failed(error.code, error.detail)
        if self._is_refused_token(reply, held, served):
            return await self._renewed(served)
        return verdict(_interpret(served, call, reply), retry_after(reply, self._clock.now()))

    async def _uploaded(self, call: HttpCall, held: Delivery, served: Served) -> HttpCall | Verdict:
        """The call that sends the message once its files are at the provider, or why there is none.

        Nobody has seen anything by then, so every failure may be tried again.
        """
        if self._uploads is None:
            return Failed("codec_error", "files can't be sent from here")
        try:
            found = await self._uploads.carry(call, served)
        except (CallFailed, OutcomeUnknown) as error:
            return Again("upload_failed", error.detail)
        except UrlRefused as error:
            return Failed(error.code, error.detail)
        if isinstance(found, ProviderReply):
            if self._is_refused_token(found, held, served):
                return await self._renewed(served)
            return Again("token_refused", "the provider refused the access token")
        return found if isinstance(found, HttpCall) else verdict(found, None)

    @staticmethod
    def _is_refused_token(reply: ProviderReply, held: Delivery, served: Served) -> bool:
        return reply.status == 401 and served.account.token is not None and held.attempt <= TOKEN_TRIES

    async def _renewed(self, served: Served) -> Verdict:
        if self._renew is not None:
            await self._renew(served.account)
        return Again("token_refused", "the provider refused the access token", fault=Fault.SILENT)


def _interpret(served: Served, call: ProviderCall, reply: ProviderReply) -> Outcome:
    try:
        return served.channel.codec.interpret(call, reply)
    except Exception as error:  # noqa: BLE001  a codec's bug here must not send the message again and again
        _log.error("interpret failed", channel=served.account.channel, status=reply.status, exc_info=error)
        plain = by_status(reply)
        return plain if isinstance(plain, Accepted | Final) else Final("codec_error", "the answer could not be read")
