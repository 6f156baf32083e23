"""Settings of one mailbox: who may post to its hook, the keys of our reply tokens, and its SMTP and IMAP servers."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from backbone.channel.mail.settings import HookSecrets, Line, MailSettings, Password, Port, is_loopback


class EmailSettings(MailSettings):
    """One mailbox behind servers of its own.

    `hook_username` and `hook_secrets` (newest first) are the Basic credentials of the inbound hook. CAs are PEM texts of
    private authorities, beside the system's.
    """

    hook_username: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "frontdesk"
    hook_secrets: HookSecrets

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
            if security == "plain" and host is not None and not is_loopback(host):
                raise ValueError("without TLS only a server on this machine may be used")
        return self
