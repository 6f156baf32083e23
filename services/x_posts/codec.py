"""The codec of X's posts: what X's channels share is in `backbone.channel.x_api`, the rest in `parse` and `render`."""

from collections.abc import Sequence
from datetime import datetime

from backbone.channel import x_api, x_upload
from backbone.channel.port import (
    Account,
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
from backbone.channel.uploads import LoadedFile, Refused, UploadStep
from schemas.outbound import OutboundMessage
from services.x_posts.parse import READERS
from services.x_posts.render import calls_for
from services.x_posts.settings import XPostsSettings


class XPostsCodec:
    """What is said in public to one user. Direct messages in the same webhooks are ignored here."""

    settings_type = XPostsSettings

    def verify(self, request: Request, context: Context) -> None:
        """X's challenge on GET; else the signature over the raw body. It carries no time: ids stop a repeated webhook."""
        x_api.check(request, context.account.settings)

    def parse(self, request: Request, context: Context) -> Parsed:
        """The answer to the challenge on GET; else the events of each element."""
        if request.method == "GET":
            return x_api.challenge(request, context.account.settings)
        return x_api.read_activity(request.body, context.account.external_id, READERS)

    def render(self, message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
        return calls_for(message, account)

    def upload_step(
        self, call: HttpCall, files: Sequence[LoadedFile | None], replies: Sequence[ProviderReply], account: Account
    ) -> UploadStep | Refused:
        return x_upload.upload_step(call, files, replies, account, account.settings, "tweet")

    def interpret(self, call: ProviderCall, reply: ProviderReply) -> Outcome:
        return x_api.outcome_of(reply)

    def media_call(self, ref: str, account: Account) -> HttpCall | None:
        """None: the files of posts have plain links."""
        return None

    def token_call(self, account: Account, now: datetime) -> HttpCall | None:
        return x_api.token_call(account, account.settings)

    def token_found(self, reply: ProviderReply, account: Account) -> Token | Transient | Final:
        return x_api.token_found(reply)


codec = XPostsCodec()
