import ipaddress

import pytest

from backbone.errors import ConfigurationInvalid, UrlRefused
from backbone.web.addresses import Guard, is_public, literal


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.1", "100.63.0.1", "100.128.0.1", "2606:4700::1111"],
)
def test_addresses_of_the_internet_are_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "fd00:ec2::254",
        "fe80::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "255.255.255.255",
    ],
)
def test_all_other_addresses_are_not(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "127.0x1"],
)
def test_every_way_to_write_an_address_is_read_as_the_resolver_would(host: str) -> None:
    assert literal(host) == ipaddress.ip_address("127.0.0.1")


@pytest.mark.parametrize(
    "host", ["256.1.1.1", "1.2.3.4.5", "09.0.0.1", "1.2.3.0x1ffff", "99999999999", "a b", "", "ex%41"]
)
def test_what_is_neither_name_nor_address_is_refused(host: str) -> None:
    with pytest.raises(UrlRefused):
        literal(host)


@pytest.mark.parametrize(
    "host", ["example.test", "example.test.", "xn--bcher-kva.example", "a_b.example", "0x7f.example"]
)
def test_a_name_is_no_address(host: str) -> None:
    assert literal(host) is None


def _check(guard: Guard, host: str, port: int, *addresses: str) -> str:
    try:
        guard.check(host, [ipaddress.ip_address(text) for text in addresses], port)
    except UrlRefused as error:
        return error.reason
    return "open"


def test_the_list_opens_exactly_what_it_names() -> None:
    guard = Guard("127.0.0.1, 10.1.0.0/16:9000, minio.internal, [fd00::5]:8443")
    assert _check(guard, "127.0.0.1", 5555, "127.0.0.1") == "open"
    assert _check(guard, "127.0.0.2", 80, "127.0.0.2") == "address"
    assert _check(guard, "x.test", 9000, "10.1.2.3") == "open"
    assert _check(guard, "x.test", 80, "10.1.2.3") == "address"
    assert _check(guard, "minio.internal", 9000, "192.168.3.4") == "open"
    assert _check(guard, "MINIO.internal.", 9000, "192.168.3.4") == "open"
    assert _check(guard, "other.internal", 9000, "192.168.3.4") == "address"
    assert _check(guard, "x.test", 8443, "fd00::5") == "open"


def test_a_listed_name_never_opens_where_clouds_keep_their_secrets() -> None:
    assert _check(Guard("minio.internal"), "minio.internal", 80, "169.254.169.254") == "address"
    assert _check(Guard("169.254.169.254"), "x.test", 80, "169.254.169.254") == "open"


def test_one_closed_address_among_open_ones_refuses_the_name() -> None:
    assert _check(Guard(), "mixed.test", 443, "93.184.216.34", "10.0.0.1") == "address"
    assert _check(Guard(), "open.test", 443, "93.184.216.34", "93.184.216.35") == "open"


def test_only_web_ports_are_open_and_more_can_be_configured() -> None:
    assert _check(Guard(), "open.test", 22, "93.184.216.34") == "port"
    assert _check(Guard(ports=frozenset({443, 9443})), "open.test", 9443, "93.184.216.34") == "open"


@pytest.mark.parametrize("entry", ["10.0.0.0/33", "a b", "host:99999", "http://x.test", "[::1", "-"])
def test_an_entry_that_cannot_be_read_stops_the_start(entry: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="outbound allow list"):
        Guard(entry)
