"""Links to files that work without a key, for as long as they say: providers and customers fetch with them."""

import base64
import binascii
import json
import os
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag

from backbone.errors import NotFound
from backbone.storage.crypto import MasterKey

LIFETIME = timedelta(hours=24)
"""As long as senders go on trying to hand a message to its provider."""
TOKEN_MOST = 512
_PURPOSE = "attachment links"
_NONCE = 12


def make_link(master: MasterKey, public_url: str, tenant_id: str, attachment_id: str, now: datetime) -> str:
    """A URL whose last part is sealed: it tells nothing, and can't be changed to name another file or a later end."""
    content = json.dumps([tenant_id, attachment_id, int((now + LIFETIME).timestamp())]).encode()
    nonce = os.urandom(_NONCE)
    sealed = nonce + master.derive(_PURPOSE).encrypt(nonce, content, None)
    return f"{public_url}/v1/files/{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"


def open_link(master: MasterKey, token: str, now: datetime) -> tuple[str, str]:
    """The tenant and the file that a link names; raises `NotFound` for one that is not ours or over."""
    tenant_id, attachment_id, ends = _opened(master, token)
    if ends <= now.timestamp():
        raise NotFound("There is no such file, or its link is over.")
    return tenant_id, attachment_id


def renew_link(master: MasterKey, public_url: str, url: str, now: datetime) -> str:
    """The same file under a link that begins now, for who may read the message that holds `url`; other URLs as they are."""
    base = f"{public_url}/v1/files/"
    if not url.startswith(base):
        return url
    try:
        tenant_id, attachment_id, _ = _opened(master, url.removeprefix(base))
    except NotFound:
        return url
    return make_link(master, public_url, tenant_id, attachment_id, now)


def _opened(master: MasterKey, token: str) -> tuple[str, str, int]:
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        content = master.derive(_PURPOSE).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (binascii.Error, ValueError, InvalidTag):
        raise NotFound("There is no such file, or its link is over.") from None
    tenant_id, attachment_id, ends = json.loads(content)
    return tenant_id, attachment_id, ends
