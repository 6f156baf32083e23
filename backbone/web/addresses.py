"""Which addresses of the network outgoing calls may reach: the public ones, and what an operator allows by name."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from backbone.errors import ConfigurationInvalid, UrlRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = frozenset({80, 443, 8080, 8443})

_NUMBER = re.compile(r"^(?:[0-9]+|0[xX][0-9a-fA-F]*)$")
_NAME = re.compile(r"^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?\.?$")

# IANA special-purpose registries (RFC 6890), written out: what Python counts as private changes between its releases.
_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        # A public address that is a cloud's host agent, seen from inside its machines.
        "168.63.129.16/32",
    )
)
# Only global unicast is open; these parts of it are not. Mapped, NAT64, unique local and the rest lie outside.
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20")
)
# Interface identifiers that embed an IPv4 address (ISATAP, RFC 5214 §6.1).
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be asked there: not ours, not a neighbour's, not a disguise of one."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address not in _OPEN_V6 or any(address in network for network in _CLOSED_V6):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP


def literal(host: str) -> Address | None:
    """The address a host is written as, in any form that resolvers take (decimal, octal, hex, short); None for a name.

    Raises `UrlRefused` for what is neither. Source: WHATWG URL §3.5, inet_aton(3).
    """
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host)
        except ValueError as error:
            raise UrlRefused("the host is no address", reason="host") from error
    labels = host.removesuffix(".").split(".")
    if _NUMBER.match(labels[-1]):
        return ipaddress.IPv4Address(_from_parts(labels))
    if not _NAME.match(host):
        raise UrlRefused("the host is no name", reason="host")
    return None


def _from_parts(labels: Sequence[str]) -> int:
    if len(labels) > 4 or not all(_NUMBER.match(label) and len(label) <= 24 for label in labels):
        raise UrlRefused("the host is no address", reason="host")
    try:
        *heads, tail = (_number(label) for label in labels)
    except ValueError as error:
        raise UrlRefused("the host is no address", reason="host") from error
    if any(head > 255 for head in heads) or tail >= 256 ** (4 - len(heads)):
        raise UrlRefused("the host is no address", reason="host")
    return tail + sum(head << (24 - 8 * index) for index, head in enumerate(heads))


def _number(label: str) -> int:
    if label[:2] in {"0x", "0X"}:
        return int(label[2:] or "0", 16)
    return int(label, 8 if len(label) > 1 and label[0] == "0" else 10)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry of an operator's list: a host name or a network, on every port or on one."""

    host: str = ""
    network: Network | None = None
    port: int | None = None

    def covers(self, host: str, address: Address, port: int) -> bool:
        if self.port not in {None, port}:
            return False
        if self.network is not None:
            return address in self.network
        return host.removesuffix(".").lower() == self.host and not (
            address.is_link_local or address.is_multicast or address.is_unspecified
        )


class Guard:
    """Decides on addresses after they were resolved. Everything public is open on `ports`; all else only by the list.

    `allow` is a comma list of `host`, `address` or `network/bits`, each optionally with `:port` (`[v6]:port`); an entry
    without a port opens all of them. A listed name never opens link-local addresses, where clouds keep their secrets.
    """

    def __init__(self, allow: str = "", *, ports: frozenset[int] = PORTS) -> None:
        """Raises `ConfigurationInvalid` for an entry that can't be read."""
        self.allowed = tuple(_entry(part) for part in (item.strip() for item in allow.split(",")) if part)
        self._ports = ports

    def check_port(self, port: int) -> None:
        """Refuses a port that nothing could open, before a name is looked up. Raises `UrlRefused`."""
        if port not in self._ports and not any(entry.port in {None, port} for entry in self.allowed):
            raise UrlRefused("this port may not be called", reason="port")

    def check(self, host: str, addresses: Sequence[Address], port: int) -> None:
        """Raises `UrlRefused` unless every address may be called: one that may not is a sign of a trick."""
        if not addresses:
            raise UrlRefused("the host has no address", reason="host")
        for address in addresses:
            if any(entry.covers(host, address, port) for entry in self.allowed):
                continue
            if not is_public(address):
                raise UrlRefused("the host's address is not public", reason="address")
            if port not in self._ports:
                raise UrlRefused("this port may not be called", reason="port")


def _entry(text: str) -> Allowed:
    bracketed = re.match(r"^\[([^\]]+)\](?::(\d+))?$", text)
    plain = re.match(r"^([^:\[\]]+)(?::(\d+))?$", text)
    host, port = (text, None) if not (found := bracketed or plain) else found.groups()
    number = int(port) if port else None
    if number is not None and not 0 < number < 65536:
        raise ConfigurationInvalid(f"outbound allow list: {text!r} has no valid port")
    try:
        return Allowed(network=ipaddress.ip_network(host, strict=False), port=number)
    except ValueError:
        if not _NAME.match(host.lower()) or "/" in host:
            raise ConfigurationInvalid(f"outbound allow list: {text!r} is no host, address or network") from None
    return Allowed(host=host.lower().removesuffix("."), port=number)
