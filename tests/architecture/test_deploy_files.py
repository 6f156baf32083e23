"""What can be said about deploy/ without a cluster, Docker or helm."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from backbone.channel.registry import manifests
from backbone.settings import PREFIX, Settings
from backbone.telemetry.catalogue import Kind, Metric

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm/frontdesk"
VALUE_SETS = sorted((CHART / "ci").glob("*-values.yaml"))
KNOWN = {PREFIX + name.upper() for name in Settings.model_fields}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def schema() -> Any:
    return json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))


def merged(below: Any, above: Any) -> Any:
    """As Helm merges values: maps by key, everything else replaced, null takes away."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    both = {key: merged(below.get(key), value) for key, value in above.items() if value is not None}
    return {key: value for key, value in {**below, **both}.items() if above.get(key, value) is not None}


def test_the_values_schema_is_a_valid_schema() -> None:
    assert jsonschema_rs.meta.is_valid(schema())


def test_the_default_values_match_the_schema() -> None:
    jsonschema_rs.validator_for(schema()).validate(read(CHART / "values.yaml"))
    assert set(read(CHART / "values.yaml")) <= set(schema()["properties"])


@pytest.mark.parametrize("path", VALUE_SETS, ids=lambda path: path.stem)
def test_each_value_set_matches_the_schema_over_the_defaults(path: Path) -> None:
    values = merged(read(CHART / "values.yaml"), read(path))
    jsonschema_rs.validator_for(schema()).validate(values)
    assert set(values["gateway"]["channels"]) <= set(manifests())


def closed(part: Any, where: str = "") -> list[str]:
    """Objects of the schema that name properties and yet let others in."""
    if isinstance(part, list):
        return [found for number, item in enumerate(part) for found in closed(item, f"{where}/{number}")]
    if not isinstance(part, dict):
        return []
    own = [where] if isinstance(part.get("properties"), dict) and part.get("additionalProperties") is not False else []
    return own + [found for key, item in part.items() for found in closed(item, f"{where}/{key}")]


def test_the_schema_lets_no_unknown_value_in() -> None:
    assert closed(schema()) == []


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"image": {"tag": "latest"}}, "latest"),
        ({"routers": {}}, "routers"),
        ({"router": {"replicas": 0}}, "0"),
        ({"image": {"digest": "sha256:abc"}}, "digest"),
        ({"gateway": {"channels": {"webchat": {"size": 3}}}}, "size"),
        ({"agentApi": {"resources": {"limits": {"memory": None}}}}, "memory"),
    ],
)
def test_the_schema_refuses_what_is_wrong(change: dict[str, Any], wrong: str) -> None:
    values = merged(read(CHART / "values.yaml"), change)
    with pytest.raises(jsonschema_rs.ValidationError, match=wrong):
        jsonschema_rs.validator_for(schema()).validate(values)


def test_every_value_is_explained_in_the_readme() -> None:
    page = (CHART / "README.md").read_text(encoding="utf-8")
    assert [key for key in read(CHART / "values.yaml") if f"`{key}" not in page] == []


def test_chart_and_distribution_have_one_version() -> None:
    project = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert project is not None
    chart = read(CHART / "Chart.yaml")
    assert (chart["version"], chart["appVersion"]) == (project[1], project[1])
    assert f"ARG VERSION={project[1]}" in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert f"frontdesk:{project[1]}" in (DEPLOY / "compose.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["Dockerfile", "compose.yaml", "helm/frontdesk/templates/_pod.tpl"])
def test_every_setting_named_is_one_that_the_processes_know(path: str) -> None:
    # FRONTDESK_IMAGE is compose's own; nothing gets it as environment.
    named = set(re.findall(r"FRONTDESK_[A-Z_]*[A-Z]", (DEPLOY / path).read_text(encoding="utf-8"))) - {
        "FRONTDESK_IMAGE"
    }
    assert named
    assert named <= KNOWN


def compose() -> Any:
    return read(DEPLOY / "compose.yaml")


def test_compose_runs_every_process_with_kafka_and_postgres() -> None:
    assert set(compose()["services"]) == {"postgres", "kafka", "migrate", "gateway", "router", "agent-api"}
    commands = {name: compose()["services"][name]["command"] for name in ("migrate", "gateway", "router", "agent-api")}
    assert commands == {name: [name] for name in commands}


@pytest.mark.parametrize("name", ["gateway", "router", "agent-api"])
def test_compose_starts_a_process_when_its_servers_are_healthy_and_the_schema_is_there(name: str) -> None:
    service = compose()["services"][name]
    assert {other: need["condition"] for other, need in service["depends_on"].items()} == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "kafka": "service_healthy",
    }
    assert "/readyz" in " ".join(service["healthcheck"]["test"])
    required = {name for name, field in Settings.model_fields.items() if field.is_required()}
    assert {PREFIX + field.upper() for field in required} <= set(service["environment"])
    assert service["environment"]["FRONTDESK_BUS"] == "kafka"


def test_compose_gives_every_server_a_health_check_and_every_image_a_version() -> None:
    for name, service in compose()["services"].items():
        assert "healthcheck" in service or name == "migrate"
        default = re.fullmatch(r"\$\{[A-Z_]+:-(.+)\}", service["image"])
        assert default is not None, "an image can be replaced by a digest"
        assert re.search(r":\d+\.\d+", default[1])


def test_compose_publishes_on_loopback_only_and_runs_ours_restricted() -> None:
    services = compose()["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    for name in ("migrate", "gateway", "router", "agent-api"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]


def dockerfile() -> list[str]:
    """Instructions, with continued lines joined and comments left out."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [line for line in joined.splitlines() if line.strip()]


def test_the_image_is_built_in_stages_from_one_base_that_can_be_a_digest() -> None:
    stages = [line for line in dockerfile() if line.startswith("FROM ")]
    assert stages == ["FROM ${PYTHON_IMAGE} AS build", "FROM ${PYTHON_IMAGE}"]
    assert dockerfile()[0] == "ARG PYTHON_IMAGE=python:3.11-slim-bookworm"


def test_the_image_installs_only_what_the_lock_holds() -> None:
    runs = " ".join(line for line in dockerfile() if line.startswith("RUN "))
    assert "pip wheel --quiet --require-hashes" in runs
    assert "--no-index --no-deps" in runs
    assert not re.search(r"\b(curl|wget|apt-get)\b", runs)


def test_the_image_runs_as_a_user_without_name_or_shell() -> None:
    final = dockerfile()[[n for n, line in enumerate(dockerfile()) if line.startswith("FROM ")][-1] :]
    assert "USER 10001:10001" in final
    assert 'ENTRYPOINT ["frontdesk"]' in final
    assert final.index("USER 10001:10001") < final.index('ENTRYPOINT ["frontdesk"]')
    assert not any(re.match(r"(CMD|ENTRYPOINT) [^\[]", line) for line in final)


def test_the_image_holds_every_package_of_the_distribution() -> None:
    packages = re.search(r"^packages = \[(.+)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert packages is not None
    named = re.findall(r'"(\w+)"', packages[1])
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for package in named:
        assert f"COPY {package} {package}" in dockerfile()
        assert f"!{package}" in ignored
    assert ignored[1] == "*"


def rules() -> list[dict[str, Any]]:
    return [rule for group in read(CHART / "files/alerts.yaml")["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


FOREIGN = {
    "certmanager_certificate_expiration_timestamp_seconds": ("name",),
    "kube_persistentvolumeclaim_info": ("persistentvolumeclaim",),
    "kube_pod_spec_volumes_persistentvolumeclaims_info": ("persistentvolumeclaim",),
    "kube_pod_container_status_restarts_total": ("container",),
}
"""Of kube-state-metrics and cert-manager."""


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_for_metrics_and_labels_that_exist(rule: dict[str, Any]) -> None:
    suffixes = {Kind.COUNTER: "_total", Kind.GAUGE: "", Kind.HISTOGRAM: "_bucket"}
    known = {metric.full_name + suffixes[metric.kind]: metric.labels for metric in Metric} | FOREIGN
    known |= {rule["record"]: () for rule in rules() if "record" in rule}
    asked = set(re.findall(r"(?:frontdesk|kube|certmanager)[_:][a-z0-9_:]+", rule["expr"]))
    assert asked
    assert asked <= set(known)
    labels = {label for name in asked for label in known[name]} | {"pod", "le", "namespace"}
    grouped = re.findall(r"by \(([^)]*)\)", rule["expr"]) + re.findall(r"(\w+)=~?\"", rule["expr"])
    used = {label.strip() for group in grouped for label in group.split(",")}
    used |= set(re.findall(r"\$labels\.(\w+)", json.dumps(rule.get("annotations", {}))))
    assert used <= labels


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert {"summary", "description"} <= set(rule["annotations"])
    page = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")
    assert f"\n## {rule['alert']}\n" in page


def test_the_runbook_has_no_section_without_an_alert() -> None:
    page = (ROOT / "docs/runbooks.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == [rule["alert"] for rule in alerts()]
