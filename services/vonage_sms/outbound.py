"""The SMS API calls that send a message, and what their answers mean."""

from backbone.channel import form, json, sms
from backbone.channel.port import Accepted, Account, Final, HttpCall, Outcome, ProviderReply, Throttled, Transient
from backbone.channel.replies import by_status, json_object
from schemas.outbound import OutboundMessage
from services.vonage_sms import errors
from services.vonage_sms.settings import VonageSmsSettings

TEXT_MAX = 1600


def calls(message: OutboundMessage, account: Account) -> tuple[HttpCall, ...]:
    """One call a part; the API cuts it into SMS by itself. Media go as links. Raises `InputInvalid`."""
    settings: VonageSmsSettings = account.settings
    url = f"{settings.api_base.rstrip('/')}/sms/json"
    found = []
    for part in sms.parts(message, text_max=TEXT_MAX):
        fields = [
            ("api_key", settings.api_key),
            ("api_secret", settings.api_secret.get_secret_value()),
            ("from", _bare(account.external_id)),
            ("to", _bare(message.recipient)),
            ("text", part.text),
            ("type", "text" if sms.is_gsm7(part.text) else "unicode"),
            ("client-ref", message.idempotency_key[:100]),
        ]
        fields += [("callback", _callback(account))] if settings.delivery_receipts else []
        headers = (("content-type", form.MEDIA_TYPE), ("accept", "application/json"))
        found.append(HttpCall("POST", url, headers, form.dumps(fields)))
    return tuple(found)


def _bare(number: str) -> str:
    """Vonage takes international numbers without the plus sign."""
    return sms.e164(number).removeprefix("+")


def _callback(account: Account) -> str:
    settings: VonageSmsSettings = account.settings
    if settings.signature_secrets:
        return account.webhook_url
    key = form.dumps([("key", settings.webhook_secrets[0].get_secret_value())]).decode("ascii")
    return f"{account.webhook_url}?{key}"


def outcome(reply: ProviderReply) -> Outcome:
    """By the status of the first part, since the API says 200 to everything it could read."""
    answers = json_object(reply).get("messages")
    first = answers[0] if isinstance(answers, list) and answers and isinstance(answers[0], dict) else {}
    code = str(first.get("status", ""))[:20] if isinstance(first.get("status"), (str, int)) else ""
    if not 200 <= reply.status < 300 or not code:
        return by_status(reply)
    if code == "0":
        return Accepted(json.optional_text(first.get("message-id")))
    if code in errors.SEND_THROTTLED:
        return Throttled(code)
    if code in errors.SEND_TRANSIENT:
        return Transient(code)
    return Final(code, errors.SEND_MEANINGS.get(code, ""))
