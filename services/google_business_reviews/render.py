"""Turns a message into the one answer that a review can have (`PUT v4/{review}/reply`), and reads what Google says."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from backbone.channel import google_api, json
from backbone.channel.actions import check_action
from backbone.channel.port import Accepted, Account, HttpCall, Outcome, ProviderCall, ProviderReply
from backbone.channel.replies import json_object
from backbone.channel.text import length
from backbone.channel.words import in_words
from backbone.errors import InputInvalid
from schemas.outbound import OutboundMessage
from services.google_business_reviews.parse import REVIEW, answer_id
from services.google_business_reviews.settings import GoogleBusinessReviewsSettings

TEXT_BYTES_MAX = 4096


def calls_for(message: OutboundMessage, account: Account) -> Sequence[ProviderCall]:
    """The one call of an answer; `edit` is the same call, `delete` takes the answer away.

    Raises `InputInvalid` for a template, text that is empty or over 4,096 bytes (a second part would replace the first),
    any other action, and a thread that is no review.
    """
    settings: GoogleBusinessReviewsSettings = account.settings
    check_action(message, {"edit", "delete"}, "Google reviews")
    if not REVIEW.fullmatch(message.thread_key):
        raise InputInvalid("this is no review of a place")
    url = f"{settings.api_base}/v4/{message.thread_key}/reply"
    if message.action == "delete":
        return (google_api.call(account, settings, "DELETE", url),)
    if message.content.template:
        raise InputInvalid("reviews have no approved templates")
    text = in_words(message.content, spoken=message.content.media).strip()
    if not text or length(text, "bytes") > TEXT_BYTES_MAX:
        raise InputInvalid(f"the answer to a review has 1 to {TEXT_BYTES_MAX} bytes")
    return (google_api.call(account, settings, "PUT", url, body={"comment": text}),)


def outcome_of(call: ProviderCall, reply: ProviderReply) -> Outcome:
    """As Google's APIs answer; an answer that was taken is named by its review and its time, as the polls bring it."""
    outcome = google_api.outcome_of(reply)
    at = json.optional_iso_instant(json_object(reply).get("updateTime"))
    if not isinstance(outcome, Accepted) or at is None or not isinstance(call, HttpCall):
        return outcome
    review = urlsplit(call.url).path.removesuffix("/reply").partition("/v4/")[2]
    return Accepted(answer_id(review, at.isoformat()))
