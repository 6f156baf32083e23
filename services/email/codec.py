"""The mail codec: raw MIME becomes a message, and a receipt where it reports on one of ours."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from backbone.channel.mail import outbound
from backbone.channel.mail.hook import check_basic
from backbone.channel.mail.mime import parse_mail
from backbone.channel.mail.received import events_of_body
from backbone.channel.port import (
    Account,
    AccountSettings,
    Context,
    Final,
    HttpCall,
    Outcome,
    Parsed,
    ProviderCall,
    ProviderReply,
    Request,
    Transient,
)
from backbone.channel.sources import Token
from schemas.outbound import OutboundMessage
from services.email import oauth
from services.email.settings import EmailSettings


class EmailCodec:
    """The request's body is a message (RFC 5322) as it came over SMTP or from a mailbox."""

    settings_type: type[AccountSettings] = EmailSettings

    def verify(self, request: Request, context: Context) -> None:
        """The Basic credentials of the hook."""
        settings: EmailSettings = context.account.settings
        check_basic(request, settings.hook_username, settings.hook_secrets)

    def parse(self, request: Request, context: Context) -> Parsed:
        return Parsed(tuple(events_of_body(request.body, context.account)))

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return outbound.render(message, account)

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return outbound.interpret(call, reply)

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        return oauth.token_call(account)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        return oauth.token_found(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: attachments are in the mail itself, from where `extract_media` takes them."""
        return None

    def extract_media(self, body: bytes, refs: Sequence[str]) -> Mapping[str, tuple[str, str | None, bytes]]:
        """What each `part:<index>` names in a mail: its type as claimed, its cleaned name and its bytes.

        What names no part is left out. Raises `PayloadInvalid` where the mail can't be read.
        """
        parts = {f"part:{part.index}": part for part in parse_mail(body).parts}
        found = {ref: parts[ref] for ref in refs if ref in parts}
        return {ref: (part.mime, part.filename, part.data) for ref, part in found.items()}


codec = EmailCodec()
