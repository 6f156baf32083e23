"""Settings that the accounts of every mail channel have, and the types of their fields."""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from backbone.channel.port import AccountSettings

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*/=?^_`{|}~.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("not a plain ASCII mail address")
    return value


def _domain(value: str) -> str:
    if len(value) > 253 or not _DOMAIN.fullmatch(value):
        raise ValueError("not a domain name")
    return value.lower()


def _one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("holds a control character")
    return value


def _one_line_secret(value: SecretStr) -> SecretStr:
    _one_line(value.get_secret_value())
    return value


Address = Annotated[str, AfterValidator(_address)]
Domain = Annotated[str, AfterValidator(_domain)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
Password = Annotated[SecretStr, Field(min_length=1), AfterValidator(_one_line_secret)]
HookSecret = Annotated[SecretStr, Field(min_length=16), AfterValidator(_one_line_secret)]
HookSecrets = Annotated[tuple[HookSecret, ...], Field(min_length=1, max_length=2)]
Key = Annotated[SecretStr, Field(min_length=32)]
Port = Annotated[int, Field(ge=1, le=65535)]
BaseUrl = Annotated[str, Field(pattern=r"^https?://[^?#@]+[^/?#@]$", max_length=300)]


@lru_cache(maxsize=1024)
def _in_lower_case(*addresses: str | None) -> frozenset[str]:
    return frozenset(item.lower() for item in addresses if item)


class MailSettings(AccountSettings):
    """One mailbox. `address` is what customers write to and see as sender.

    `reply_keys` (newest first) sign the tokens by which a reply finds its conversation: taking a key away cuts the replies
    to mails it signed loose from theirs. `reply_address` switches plus-addressing on: its server must deliver
    `reply+anything@` to this mailbox. `form_senders` are addresses of own contact forms, whose Reply-To is then taken for
    the writer; for all other mails a Reply-To proves nothing.
    """

    address: Address
    from_name: Line | None = None
    default_subject: Line = "Your message"
    message_id_domain: Domain | None = None
    reply_keys: Annotated[tuple[Key, ...], Field(min_length=1, max_length=2)]
    reply_address: Address | None = None
    form_senders: tuple[Address, ...] = ()

    @property
    def own_domain(self) -> str:
        """The right side of our Message-IDs. By default one that no colleague's mail program uses."""
        return self.message_id_domain or f"frontdesk.{self.address.rpartition('@')[2].lower()}"

    @property
    def own_addresses(self) -> frozenset[str]:
        """In lower case; plus-addresses are told by their token instead."""
        return _in_lower_case(self.address, self.reply_address)


class HookSettings(MailSettings):
    """A mailbox whose provider posts to a hook with Basic credentials, usually written into the hook's URL.

    `hook_username` and `hook_secrets` (newest first) are the credentials. `opens_are_reads` says whether a picture that
    was loaded counts as read; mail programs load pictures without a reader too.
    """

    hook_username: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "frontdesk"
    hook_secrets: HookSecrets
    opens_are_reads: bool = True


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
