"""Settings of one mailbox: who may post to its hook, the keys of our reply tokens, and its SMTP and IMAP servers."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from backbone.channel.mail.settings import HookSecrets, Line, MailSettings, Password, Port, is_loopback


class OAuth(BaseModel):
    """Where access tokens come from (RFC 6749 §6 and §4.4): by `refresh_token` where there is one, else for the client itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token_url: Annotated[str, Field(pattern=r"^https?://[^?#@\s]{3,300}$")]
    client_id: Line
    client_secret: SecretStr
    refresh_token: SecretStr | None = None
    scope: Annotated[str, Field(max_length=500)] = ""


class EmailSettings(MailSettings):
    """One mailbox behind servers of its own.

    `hook_username` and `hook_secrets` (newest first) are the Basic credentials of the inbound hook. CAs are PEM texts of
    private authorities, beside the system's. `oauth` says where the access tokens come from that `imap_auth` `xoauth2` logs
    in with.
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
    imap_security: Literal["tls", "starttls", "plain"] = "tls"
    imap_auth: Literal["password", "xoauth2"] = "password"
    imap_username: Line | None = None
    imap_password: Password | None = None
    imap_mailbox: Line = "INBOX"
    imap_ca: str | None = None

    oauth: OAuth | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for security, host in ((self.smtp_security, self.smtp_host), (self.imap_security, self.imap_host)):
            if security == "plain" and host is not None and not is_loopback(host):
                raise ValueError("without TLS only a server on this machine may be used")
        if self.imap_auth == "xoauth2" and self.oauth is None:
            raise ValueError("imap_auth xoauth2 needs oauth")
        return self
