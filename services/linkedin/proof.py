"""How LinkedIn and we prove ourselves: its challenge, and its signature over what it sends.

Source: learn.microsoft.com/linkedin, "Webhook validation".
"""

import json as stdlib_json
import re

from backbone.channel import form
from backbone.channel.port import Parsed, Request, Response
from backbone.channel.signature import check_hmac_header, hmac_hex
from backbone.errors import PayloadInvalid, SignatureInvalid, SignatureMissing
from services.linkedin.settings import LinkedinSettings

SIGNATURE_HEADER = "x-li-signature"
SIGNED_PREFIX = b"hmacsha256="
_CODE = re.compile(r"[0-9A-Za-z-]{1,128}")


def check(request: Request, settings: LinkedinSettings) -> None:
    """The signature over `hmacsha256=` and the raw body; a GET is LinkedIn's own question, which only has to be one.

    The answer to a challenge is its HMAC under the secret that signs webhooks. So only what can't begin with a signature's
    prefix (letters, digits, hyphens) is answered, or somebody could have webhooks signed. Raises `SignatureMissing` or
    `SignatureInvalid`.
    """
    if request.method == "GET":
        code = _code(request)
        if code is None:
            raise SignatureMissing
        if not _CODE.fullmatch(code):
            raise SignatureInvalid
        return
    check_hmac_header(request, SIGNATURE_HEADER, settings.client_secrets, SIGNED_PREFIX + request.body)


def challenge(request: Request, settings: LinkedinSettings) -> Parsed:
    """The code and its HMAC under the newest secret; raises `PayloadInvalid` where there is none to answer."""
    code = _code(request)
    if code is None or not _CODE.fullmatch(code) or not settings.client_secrets[0].get_secret_value():
        raise PayloadInvalid("this is no challenge")
    answer = {"challengeCode": code, "challengeResponse": hmac_hex(settings.client_secrets[0], code.encode())}
    return Parsed(response=Response(body=stdlib_json.dumps(answer).encode(), media_type="application/json"))


def _code(request: Request) -> str | None:
    try:
        return form.loads(request.query.encode("utf-8", "surrogatepass")).get("challengeCode")
    except PayloadInvalid:
        return None
