"""Settings of one mailbox: who may post to its hook, the keys of our reply tokens, and its SMTP and IMAP servers."""

import re
from ipaddress import ip_address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

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
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
Password = Annotated[SecretStr, Field(min_length=1), AfterValidator(_one_line_secret)]
HookSecret = Annotated[SecretStr, Field(min_length=16), AfterValidator(_one_line_secret)]
Key = Annotated[SecretStr, Field(min_length=32)]
Port = Annotated[int, Field(ge=1, le=65535)]


class EmailSettings(AccountSettings):
    """One mailbox. `address` is what customers write to and see as sender.

    `hook_username` and `hook_secrets` (newest first) are the Basic credentials of the inbound hook. `reply_keys` sign the
    tokens by which a reply finds its conversation: taking a key away cuts the replies to mails it signed loose from
    theirs. `reply_address` switches plus-addressing on: its server must deliver `reply+anything@` to this mailbox.
    `form_senders` are addresses of own contact forms, whose Reply-To is then taken for the writer; for all other mails a
    Reply-To proves nothing. CAs are PEM texts of private authorities, beside the system's.
    """

    address: Address
    from_name: Line | None = None
    default_subject: Line = "Your message"
    message_id_domain: Annotated[str, AfterValidator(_domain)] | None = None
    hook_username: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "frontdesk"
    hook_secrets: Annotated[tuple[HookSecret, ...], Field(min_length=1, max_length=2)]
    reply_keys: Annotated[tuple[Key, ...], Field(min_length=1, max_length=2)]
    reply_address: Address | None = None
    form_senders: tuple[Address, ...] = ()

    smtp_host: Line
    smtp_port: Port = 587
    smtp_security: Literal["tls", "starttls", "plain"] = "starttls"
    smtp_username: Line | None = None
    smtp_password: Password | None = None
    smtp_ca: str | None = None

    imap_host: Line | None = None
    imap_port: Port = 993
    imap_security: Literal["tls", "plain"] = "tls"
    imap_username: Line | None = None
    imap_password: Password | None = None
    imap_mailbox: Line = "INBOX"
    imap_ca: str | None = None

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        for security, host in ((self.smtp_security, self.smtp_host), (self.imap_security, self.imap_host)):
            if security == "plain" and host is not None and not _loopback(host):
                raise ValueError("without TLS only a server on this machine may be used")
        return self

    @property
    def own_domain(self) -> str:
        """The right side of our Message-IDs. By default one that no colleague's mail program uses."""
        return self.message_id_domain or f"frontdesk.{self.address.rpartition('@')[2].lower()}"

    @property
    def own_addresses(self) -> frozenset[str]:
        """In lower case; plus-addresses are told by their token instead."""
        return frozenset(item.lower() for item in (self.address, self.reply_address) if item)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
