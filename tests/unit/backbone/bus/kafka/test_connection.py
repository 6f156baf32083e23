"""How the cluster is reached is settings; what the client library writes is kept within bounds."""

import logging
from pathlib import Path

import pytest

from backbone.bus.kafka.connection import KafkaConnection, calm_logs
from backbone.errors import ConfigurationInvalid


def test_plain_servers_are_a_comma_list() -> None:
    options = KafkaConnection("a:1, b:2,").options("me")
    assert options["bootstrap_servers"] == ["a:1", "b:2"]
    assert options["security_protocol"] == "PLAINTEXT"
    assert options["client_id"] == "me"


def test_tls_verifies_and_a_user_name_turns_sasl_on() -> None:
    options = KafkaConnection("a:1", tls=True, username="frontdesk", password="secret").options("me")
    assert options["security_protocol"] == "SASL_SSL"
    assert options["ssl_context"].check_hostname
    assert (options["sasl_mechanism"], options["sasl_plain_password"]) == ("SCRAM-SHA-512", "secret")


def test_no_servers_and_unreadable_files_are_the_operators_to_fix(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="bootstrap servers"):
        KafkaConnection(" ").options("me")
    with pytest.raises(ConfigurationInvalid, match="TLS file"):
        KafkaConnection("a:1", ca_file=tmp_path / "missing.pem").options("me")


def test_the_password_is_in_no_repr() -> None:
    assert "secret" not in repr(KafkaConnection("a:1", username="frontdesk", password="secret"))


def test_a_flood_of_one_kind_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("aiokafka.of-this-test")
    calm_logs()
    calm_logs()
    for node in range(100):
        logger.warning("Unable to connect to node %s", node)
    logger.warning("another kind")
    assert [record.message for record in caplog.records] == ["Unable to connect to node 0", "another kind"]
