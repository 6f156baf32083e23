"""How to reach the cluster, and the client library's logs kept within bounds."""

import logging
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from backbone.errors import ConfigurationInvalid
from backbone.telemetry.logs import RateLimit, RateLimitFilter

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """`bootstrap` is a comma list of `host:port`. With `ca_file` or `tls` the connection is encrypted and verified.

    `certificate_file` and `key_file` are the client's own, for mutual TLS; `username` and `password` are for SASL.
    """

    bootstrap: str
    tls: bool = False
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str = ""
    password: str = field(default="", repr=False)

    def options(self, client_id: str) -> dict[str, Any]:
        """Keyword arguments that every client of the library takes. Raises `ConfigurationInvalid` for unreadable files."""
        if not self.bootstrap.strip():
            raise ConfigurationInvalid("Kafka needs its bootstrap servers: set them, or use the PostgreSQL bus.")
        encrypted = self.tls or self.ca_file is not None
        protocol = ("SASL_" if self.username else "") + ("SSL" if encrypted else "PLAINTEXT")
        options: dict[str, Any] = {
            "bootstrap_servers": [part.strip() for part in self.bootstrap.split(",") if part.strip()],
            "client_id": client_id,
            "security_protocol": protocol,
            # A new leader is found by the error of the old one; this only bounds how long a silent change stays unseen.
            "metadata_max_age_ms": 30_000,
            "request_timeout_ms": 10_000,
            "retry_backoff_ms": 100,
        }
        if encrypted:
            options["ssl_context"] = self._context()
        if self.username:
            options |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file is not None:
                context.load_cert_chain(self.certificate_file, self.key_file)
        except OSError as error:
            raise ConfigurationInvalid(f"A TLS file for Kafka can't be used: {error}") from error
        return context


def calm_logs() -> None:
    """At most one line of a kind in 10 s: for a dead broker the library writes about 100 lines every few seconds."""
    calm = RateLimitFilter(RateLimit(burst=1, window=10.0))
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("aiokafka"):
            logger = logging.getLogger(name)
            if not any(isinstance(known, RateLimitFilter) for known in logger.filters):
                logger.addFilter(calm)
