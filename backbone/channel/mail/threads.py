"""Which conversation a mail belongs to: our signed token in its references, else the first message of its thread."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from backbone.channel.mail.headers import Headers
from backbone.channel.port import Account
from backbone.errors import InputInvalid

LOCAL_PART_MAX = 64
_ID_MAC = 26
_ADDRESS_MAC = 16
_ROOT_KEY = re.compile(r"[0-9a-f]{32}")
_MESSAGE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OUR_ID = re.compile(
    r"fd\.(?P<thread>[hx][0-9a-z]{1,400})\.(?P<message>[a-z0-9_-]{1,64})\.(?P<mac>[a-z2-7]{26})@(?P<domain>\S{1,253})"
)
_OUR_TAG = re.compile(r"(?P<thread>[hx][0-9a-z]{1,60})\.(?P<mac>[a-z2-7]{16})")


@dataclass(frozen=True, slots=True)
class OurId:
    """A Message-ID that we made: the conversation's thread key, and the id as it stands in the mail."""

    thread_key: str
    message_id: str


def root_key(message_id: str) -> str:
    """The thread key of a conversation that a customer began: a hash of the first mail's Message-ID."""
    return hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:32]


def our_message_id(thread_key: str, message_id: str, account: Account) -> str:
    """`fd.<conversation token>.<message id>.<mac>@<domain>`, without angle brackets.

    The token carries the thread key, so a reply is placed by its own content; the mac (130 bits of HMAC-SHA256 over
    account, token and message id) keeps others from writing into conversations they have no mail of. Raises
    `InputInvalid` for a thread key of over 200 bytes.
    """
    if not _MESSAGE.fullmatch(message_id):
        raise InputInvalid("the message id can't stand in a Message-ID")
    claim = f"{_token(thread_key)}.{message_id}"
    mac = _mac(account.settings.reply_keys[0], account, "id", claim, _ID_MAC)
    return f"fd.{claim}.{mac}@{account.settings.own_domain}"


def reply_address(thread_key: str, account: Account) -> str | None:
    """`reply+<token>.<mac>@…` (80 bits of mac), or None where plus-addressing is off or the result would be too long."""
    base = account.settings.reply_address
    if base is None:
        return None
    local, _, domain = base.rpartition("@")
    token = _token(thread_key)
    tagged = f"{local}+{token}.{_mac(account.settings.reply_keys[0], account, 'to', token, _ADDRESS_MAC)}"
    return f"{tagged}@{domain}" if len(tagged) <= LOCAL_PART_MAX else None


def read_our_id(message_id: str, account: Account) -> OurId | None:
    """What a Message-ID of ours says; None where it is not ours, or signed with a key that is gone."""
    found = _OUR_ID.fullmatch(message_id.lower())
    if found is None or not _proven(account, "id", f"{found['thread']}.{found['message']}", found["mac"]):
        return None
    thread_key = _thread_of(found["thread"])
    return None if thread_key is None else OurId(thread_key, f"<{message_id}>")


def thread_of(headers: Headers, account: Account, fallback_id: str) -> str:
    """The thread key of a mail, from its header alone and never from its subject.

    Our token in In-Reply-To, then in References from the end, then in a plus-address it was sent to. Without a token
    the hash of the first id in References, else in In-Reply-To, else of the mail's own id (`fallback_id`), so that
    replies that refer to it find it.
    """
    replied, referred = headers.ids("in-reply-to"), headers.ids("references")
    for message_id in (*replied, *reversed(referred)):
        ours = read_our_id(message_id, account)
        if ours is not None:
            return ours.thread_key
    tagged = next(_tagged(headers, account), None)
    if tagged is not None:
        return tagged
    return root_key(next(iter((*referred, *replied)), fallback_id))


def is_reply_address(address: str, account: Account) -> bool:
    """Whether an address (in lower case) is one of our plus-addresses, by its form alone."""
    base = account.settings.reply_address
    if base is None:
        return False
    local, _, domain = base.lower().rpartition("@")
    return address.startswith(f"{local}+") and address.endswith(f"@{domain}")


def _tagged(headers: Headers, account: Account) -> Iterator[str]:
    for item in headers.addresses("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to"):
        if not is_reply_address(item.address, account):
            continue
        found = _OUR_TAG.fullmatch(item.address.rpartition("@")[0].partition("+")[2])
        if found and _proven(account, "to", found["thread"], found["mac"]):
            thread_key = _thread_of(found["thread"])
            if thread_key is not None:
                yield thread_key


def _token(thread_key: str) -> str:
    """Letters and digits in lower case only: mail systems change the case of addresses."""
    if _ROOT_KEY.fullmatch(thread_key):
        return f"h{thread_key}"
    raw = thread_key.encode("utf-8", "replace")
    if not 0 < len(raw) <= 200:
        raise InputInvalid("the thread key is empty or too long for a mail's token")
    return "x" + base64.b32encode(raw).decode().rstrip("=").lower()


def _thread_of(token: str) -> str | None:
    if token.startswith("h"):
        return token[1:] if _ROOT_KEY.fullmatch(token[1:]) else None
    padded = token[1:].upper() + "=" * (-(len(token) - 1) % 8)
    try:
        return base64.b32decode(padded).decode() or None
    except ValueError:
        return None


def _proven(account: Account, purpose: str, claim: str, mac: str) -> bool:
    keys: Sequence[SecretStr] = [key for key in account.settings.reply_keys if key.get_secret_value()]
    matches = [hmac.compare_digest(_mac(key, account, purpose, claim, len(mac)), mac) for key in keys]
    return any(matches)


def _mac(key: SecretStr, account: Account, purpose: str, claim: str, length: int) -> str:
    text = f"frontdesk mail v1\n{purpose}\n{account.id}\n{claim.lower()}"
    digest = hmac.new(key.get_secret_value().encode(), text.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:length]
