"""Turns a message into the one answer that a review can have (`POST …/reviews/{id}:reply`), and reads what Google says."""

from collections.abc import Sequence
from urllib.parse import quote, unquote, urlsplit

from backbone.channel import google_api
from backbone.channel.actions import check_action
from backbone.channel.port import Accepted, Account, HttpCall, Outcome, ProviderCall, ProviderReply
from backbone.channel.replies import child, json_object
from backbone.channel.text import length
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.outbound import OutboundMessage
from services.google_play.parse import answer_id
from services.google_play.poll import PACKAGE
from services.google_play.settings import GooglePlaySettings

TEXT_MAX = 350
REVIEW_ID_MAX = 400
SUFFIX = ":reply"


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The one call of an answer. `edit` is the same call: a new answer stands in the place of the old one.

    Raises `InputInvalid` for a template, text that is empty or over 350 characters (a second part would replace the first),
    and any other action.
    """
    settings: GooglePlaySettings = account.settings
    check_action(message, {"edit"}, "Google Play")
    if message.content.template:
        raise InputInvalid("reviews have no approved templates")
    text = in_words(message.content, spoken=message.content.media).strip()
    if not text or length(text, "characters") > TEXT_MAX:
        raise InputInvalid(f"the answer to a review has 1 to {TEXT_MAX} characters")
    review = message.thread_key
    if not PACKAGE.fullmatch(account.external_id) or not review or len(review) > REVIEW_ID_MAX:
        raise InputInvalid("this is no review of an app")
    path = f"applications/{account.external_id}/reviews/{quote(review, safe='')}{SUFFIX}"
    url = f"{settings.api_base}/androidpublisher/v3/{path}"
    return (google_api.call(account, settings, "POST", url, body={"replyText": text}),)


def outcome_of(call: ProviderCall, reply: ProviderReply) -> Outcome:
    """As Google's APIs answer; an answer that was taken is named by its review and its time, as the polls bring it."""
    edited = child(child(json_object(reply), "result"), "lastEdited").get("seconds")
    known = (
        isinstance(call, HttpCall)
        and isinstance(edited, (str, int))
        and str(edited).isascii()
        and str(edited).isdigit()
    )
    made = answer_id(_review_of(call), str(edited)[:20]) if isinstance(call, HttpCall) and known else None
    outcome = google_api.outcome_of(reply)
    return Accepted(made) if isinstance(outcome, Accepted) else outcome


def _review_of(call: HttpCall) -> str:
    return unquote(urlsplit(call.url).path.rpartition("/")[2].removesuffix(SUFFIX))
