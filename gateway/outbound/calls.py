"""Makes the calls that codecs render, each with a deadline, and says whether the provider may have acted on it."""

from datetime import timedelta
from typing import Protocol

from backbone.channel.port import Account, HttpCall, ProviderReply, SmtpCall
from backbone.errors import AnswerUnreadable
from backbone.web.dialer import Dialer
from backbone.web.fetcher import Fetcher
from gateway.outbound import smtp

DEADLINE = timedelta(seconds=20)


class Caller(Protocol):
    """Carries a call to its provider. Knows nothing of retries or of what an answer means."""

    async def call(self, call: HttpCall | SmtpCall, account: Account) -> ProviderReply:
        """The provider's answer, whatever it says.

        Raises `UrlRefused`, `CallFailed` where nothing was asked, `OutcomeUnknown` where the answer is missing.
        """
        ...


class ProviderCaller:
    """The real one: HTTP by the guarded client, mail by SMTP."""

    def __init__(self, fetcher: Fetcher, mail: Dialer, *, deadline: timedelta = DEADLINE) -> None:
        """`mail` is a dialer whose guard opens the ports of mail."""
        self._fetcher = fetcher
        self._mail = mail
        self._deadline = deadline

    async def call(self, call: HttpCall | SmtpCall, account: Account) -> ProviderReply:
        if isinstance(call, HttpCall):
            return await self._http(call)
        return await smtp.send(call, account.settings, self._mail, self._deadline)

    async def _http(self, call: HttpCall) -> ProviderReply:
        try:
            answer = await self._fetcher.call(
                call.method, call.url, headers=call.headers, body=call.body, deadline=self._deadline
            )
        except AnswerUnreadable as error:
            # The status stands, and it is what says whether the message was taken.
            return ProviderReply(error.answered)
        return ProviderReply(answer.status, answer.headers, answer.body)
