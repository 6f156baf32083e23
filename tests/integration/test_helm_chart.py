"""The chart as `helm` renders it: valid for three Kubernetes versions, and as safe as the design says."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from tests.support.chart import CHART, NO_HELM, VALUE_SETS, Manifest, helm, of_kind, pods, render, servers, template

pytestmark = pytest.mark.skipif(helm() is None, reason=NO_HELM)

VERSIONS = ("1.35.0", "1.36.0", "1.37.0")
CUSTOM = {
    ("monitoring.coreos.com/v1", "ServiceMonitor"),
    ("monitoring.coreos.com/v1", "PrometheusRule"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"),
}
each_set = pytest.mark.parametrize("values", VALUE_SETS, ids=lambda path: path.stem)


@cache
def objects_of(values: Path, version: str = "1.35.0") -> list[Manifest]:
    return render(values, version=version)


def named(stem: str) -> list[Manifest]:
    return objects_of(CHART / "ci" / f"{stem}-values.yaml")


def container(pod: Manifest) -> Manifest:
    (only,) = pod["containers"]
    assert isinstance(only, dict)
    return only


def environment(pod: Manifest) -> dict[str, Any]:
    return {item["name"]: item.get("value", item.get("valueFrom")) for item in container(pod)["env"]}


@pytest.mark.parametrize("version", VERSIONS)
@each_set
def test_every_object_is_valid_by_the_strict_schemas(values: Path, version: str) -> None:
    objects = objects_of(values, version)
    plain = [item for item in objects if (item["apiVersion"], item["kind"]) not in CUSTOM]
    assert len(plain) >= 10
    for item in plain:
        kubernetes_validate.validate(item, version, strict=True)


@each_set
def test_no_two_objects_share_a_kind_and_name(values: Path) -> None:
    names = [(item["kind"], item["metadata"]["name"]) for item in objects_of(values)]
    assert len(names) == len(set(names))
    assert max(len(name) for _, name in names) <= 63


@each_set
def test_labels_carry_instance_and_component(values: Path) -> None:
    for item in objects_of(values):
        labels = item["metadata"]["labels"]
        assert labels["app.kubernetes.io/instance"] == "desk", item["kind"]


@each_set
def test_servers_have_all_three_probes_and_liveness_asks_no_dependency(values: Path) -> None:
    for pod in servers(objects_of(values)).values():
        asked = {kind: container(pod)[kind]["httpGet"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")}
        assert {kind: get["path"] for kind, get in asked.items()} == {
            "startupProbe": "/startupz",
            "livenessProbe": "/livez",
            "readinessProbe": "/readyz",
        }
        # The checks behind /readyz have two seconds.
        assert container(pod)["readinessProbe"]["timeoutSeconds"] > 2


@each_set
def test_a_pod_is_not_killed_before_it_has_drained(values: Path) -> None:
    longer = {"monitored-values": (15, 120)}
    pre_stop, drain = longer.get(values.stem, (8, 45))
    for pod in servers(objects_of(values)).values():
        assert container(pod)["lifecycle"]["preStop"] == {"sleep": {"seconds": pre_stop}}
        assert pod["terminationGracePeriodSeconds"] > pre_stop + drain


@each_set
def test_every_container_asks_for_memory_and_processor_and_is_limited_in_memory(values: Path) -> None:
    for pod in pods(objects_of(values)).values():
        resources = container(pod)["resources"]
        assert {"cpu", "memory"} <= set(resources["requests"])
        assert "memory" in resources["limits"]


@each_set
def test_pods_run_restricted(values: Path) -> None:
    """The restricted Pod Security Standard, and a root that can't be written."""
    for pod in pods(objects_of(values)).values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container(pod)["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
        kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
        assert kinds <= {"emptyDir", "persistentVolumeClaim"}
        assert {"name": "tmp", "mountPath": "/tmp"} in container(pod)["volumeMounts"]


@each_set
def test_no_pod_gets_a_token_or_service_links(values: Path) -> None:
    accounts = of_kind(objects_of(values), "ServiceAccount")
    assert all(account["automountServiceAccountToken"] is False for account in accounts.values())
    for pod in pods(objects_of(values)).values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        assert pod["serviceAccountName"] in accounts


@each_set
def test_secrets_come_by_reference_only_and_no_secret_is_made(values: Path) -> None:
    objects = objects_of(values)
    assert of_kind(objects, "Secret") == {}
    assert all("-dashboard-" in name for name in of_kind(objects, "ConfigMap"))
    for pod in pods(objects).values():
        told = environment(pod)
        for name in ("FRONTDESK_DATABASE_URL", "FRONTDESK_MASTER_KEY"):
            assert set(told[name]) == {"secretKeyRef"}
            assert set(told[name]["secretKeyRef"]) == {"name", "key"}


@each_set
def test_images_are_pinned(values: Path) -> None:
    for pod in pods(objects_of(values)).values():
        image = container(pod)["image"]
        assert ":" in image.rpartition("/")[2]
        assert not image.endswith(":latest")


@each_set
def test_every_volume_that_is_mounted_exists(values: Path) -> None:
    for name, item in of_kind(objects_of(values), "Deployment", "StatefulSet", "Job").items():
        pod = item["spec"]["template"]["spec"]
        claims = {claim["metadata"]["name"] for claim in item["spec"].get("volumeClaimTemplates", [])}
        there = {volume["name"] for volume in pod["volumes"]} | claims
        assert {mount["name"] for mount in container(pod)["volumeMounts"]} == there, name


@each_set
def test_selectors_match_their_own_pods_and_no_others(values: Path) -> None:
    objects = objects_of(values)
    workloads = of_kind(objects, "Deployment", "StatefulSet")
    labels = {name: item["spec"]["template"]["metadata"]["labels"] for name, item in workloads.items()}

    def matched(selector: dict[str, str]) -> list[str]:
        return [name for name, found in labels.items() if selector.items() <= found.items()]

    for name, item in workloads.items():
        assert matched(item["spec"]["selector"]["matchLabels"]) == [name]
        for constraint in item["spec"]["template"]["spec"]["topologySpreadConstraints"]:
            assert matched(constraint["labelSelector"]["matchLabels"]) == [name]
    for name, budget in of_kind(objects, "PodDisruptionBudget").items():
        assert matched(budget["spec"]["selector"]["matchLabels"]) == [name]
        assert budget["spec"]["maxUnavailable"] == 1
    for name, service in of_kind(objects, "Service").items():
        assert matched(service["spec"]["selector"]) == [name.removesuffix("-pods")]


@pytest.mark.parametrize("stem", ["minimal", "full", "spool"])
def test_every_workload_has_a_disruption_budget_a_spread_and_a_service(stem: str) -> None:
    objects = named(stem)
    workloads = of_kind(objects, "Deployment", "StatefulSet")
    assert set(of_kind(objects, "PodDisruptionBudget")) == set(workloads)
    assert set(workloads) <= set(of_kind(objects, "Service"))
    for item in workloads.values():
        spread = item["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert {each["topologyKey"] for each in spread} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}


def test_one_workload_runs_for_each_enabled_channel() -> None:
    objects = named("full")
    gateways = {name: container(pod)["args"] for name, pod in servers(objects).items() if "-gateway-" in name}
    assert gateways == {
        "desk-gateway-telegram": ["gateway", "--channels", "telegram"],
        "desk-gateway-twilio": ["gateway", "--channels", "twilio"],
        "desk-gateway-whatsapp": ["gateway", "--channels", "whatsapp"],
    }
    assert container(servers(objects)["desk-router"])["args"] == ["router"]
    assert container(servers(objects)["desk-agent-api"])["args"] == ["agent-api"]


def test_a_channel_keeps_its_own_name_where_an_object_can_not() -> None:
    objects = render(CHART / "ci/routed-values.yaml", "--set", "gateway.channels.twilio_voice.replicas=1")
    pod = servers(objects)["desk-frontdesk-gateway-twilio-voice"]
    assert container(pod)["args"] == ["gateway", "--channels", "twilio_voice"]
    route = of_kind(objects, "HTTPRoute")["desk-frontdesk"]["spec"]
    told = {rule["matches"][0]["path"]["value"]: rule["backendRefs"][0]["name"] for rule in route["rules"]}
    assert told["/webhooks/twilio_voice"] == "desk-frontdesk-gateway-twilio-voice"


def test_a_channel_set_to_null_is_gone() -> None:
    gateways = [name for name in servers(named("routed")) if "-gateway-" in name]
    assert gateways == ["desk-frontdesk-gateway-webchat"]


def test_a_gateway_with_a_spool_is_stateful_and_keeps_its_volume() -> None:
    for stem, expected in (("full", {"desk-gateway-telegram"}), ("minimal", set())):
        stateful = {name for name in of_kind(named(stem), "StatefulSet") if "-gateway-" in name}
        assert stateful == expected
    telegram = of_kind(named("full"), "StatefulSet")["desk-gateway-telegram"]["spec"]
    assert telegram["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"] == "10Gi"
    assert telegram["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    told = environment(telegram["template"]["spec"])
    assert told["FRONTDESK_SPOOL_DIR"] == "/var/lib/frontdesk/spool"
    assert int(told["FRONTDESK_SPOOL_MAX_BYTES"]) == 4 * 1024**3


def test_what_is_set_for_a_channel_stays_with_that_channel() -> None:
    found = servers(named("full"))
    assert "FRONTDESK_OUTBOUND_ALLOW" in environment(found["desk-gateway-twilio"])
    assert "FRONTDESK_OUTBOUND_ALLOW" not in environment(found["desk-gateway-telegram"])
    assert container(found["desk-gateway-whatsapp"])["resources"]["requests"]["cpu"] == "1"
    assert container(found["desk-gateway-twilio"])["resources"]["requests"]["cpu"] == "200m"
    assert all("FRONTDESK_EVENT_RETENTION" in environment(pod) for pod in found.values())


def test_the_routers_pods_keep_their_names_as_members_of_the_group() -> None:
    assert "desk-router" in of_kind(named("full"), "StatefulSet")
    told = environment(servers(named("full"))["desk-router"])
    assert told["FRONTDESK_MEMBER"] == {"fieldRef": {"fieldPath": "metadata.name"}}


def test_each_process_may_have_a_login_of_its_own() -> None:
    secrets = {
        name: environment(pod)["FRONTDESK_DATABASE_URL"]["secretKeyRef"]["name"]
        for name, pod in pods(named("full")).items()
    }
    assert secrets == {
        "desk-gateway-telegram": "frontdesk-db-gateway",
        "desk-gateway-twilio": "frontdesk-db-gateway",
        "desk-gateway-whatsapp": "frontdesk-db-gateway",
        "desk-router": "frontdesk-db-router",
        "desk-agent-api": "frontdesk-db-api",
        "desk-migrate-1": "frontdesk-db-owner",
    }


def test_migrations_run_as_a_hook_before_anything_of_the_release() -> None:
    objects = named("minimal")
    hooked = [item for item in objects if "helm.sh/hook" in item["metadata"].get("annotations", {})]
    assert {item["kind"] for item in hooked} == {"ServiceAccount", "NetworkPolicy", "Job"}
    assert {item["metadata"]["annotations"]["helm.sh/hook"] for item in hooked} == {"pre-install,pre-upgrade"}
    weights = {item["kind"]: int(item["metadata"]["annotations"]["helm.sh/hook-weight"]) for item in hooked}
    assert weights["Job"] > max(weights["ServiceAccount"], weights["NetworkPolicy"])
    job = of_kind(objects, "Job")["desk-frontdesk-migrate-1"]
    assert container(job["spec"]["template"]["spec"])["args"] == ["migrate"]
    assert job["spec"]["template"]["spec"]["serviceAccountName"] == "desk-frontdesk-migrate"


def test_migrations_can_be_left_to_people() -> None:
    assert of_kind(named("routed"), "Job") == {}


@pytest.mark.parametrize("stem", ["minimal", "full"])
def test_everything_is_denied_but_what_is_listed(stem: str) -> None:
    policies = of_kind(named(stem), "NetworkPolicy")
    (deny,) = [name for name in policies if name.endswith("-deny")]
    assert policies[deny]["spec"].keys() == {"podSelector", "policyTypes"}
    assert policies[deny]["spec"]["policyTypes"] == ["Ingress", "Egress"]
    allowed = {name.rpartition("desk-")[2]: item["spec"] for name, item in policies.items() if name != deny}
    assert set(allowed) == {"gateway", "router", "agent-api", "migrate"}
    assert "ingress" not in allowed["migrate"]
    assert [rule["ports"][0]["port"] for rule in allowed["router"]["ingress"]] == [9090]


def test_only_gateways_reach_the_world_and_nothing_private_in_it() -> None:
    policies = of_kind(named("minimal"), "NetworkPolicy")

    def blocks(name: str) -> list[dict[str, Any]]:
        rules = policies[name]["spec"].get("egress", [])
        return [peer["ipBlock"] for rule in rules for peer in rule.get("to", []) if "ipBlock" in peer]

    everywhere = {block["cidr"]: set(block["except"]) for block in blocks("desk-frontdesk-gateway")}
    assert {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "127.0.0.0/8"} <= everywhere["0.0.0.0/0"]
    assert "fc00::/7" in everywhere["::/0"]
    for name in ("desk-frontdesk-router", "desk-frontdesk-agent-api", "desk-frontdesk-migrate", "desk-frontdesk-deny"):
        assert blocks(name) == []


def test_egress_names_the_servers_where_they_are_given() -> None:
    rules = of_kind(named("full"), "NetworkPolicy")["desk-router"]["spec"]["egress"]
    by_port = {rule["ports"][0]["port"]: rule for rule in rules}
    assert set(by_port) == {53, 5432, 9092, 4318, 9000}
    assert all(rule["to"] for rule in rules)


def test_one_public_url_leads_to_every_gateway_and_the_rest_to_the_api() -> None:
    route = of_kind(named("full"), "HTTPRoute")["desk"]["spec"]
    told = {rule["matches"][0]["path"]["value"]: rule["backendRefs"][0]["name"] for rule in route["rules"]}
    assert told == {
        "/webhooks/telegram": "desk-gateway-telegram",
        "/webhooks/twilio": "desk-gateway-twilio",
        "/webhooks/whatsapp": "desk-gateway-whatsapp",
        "/": "desk-agent-api",
    }
    assert set(told.values()) <= set(of_kind(named("full"), "Service"))


def test_monitoring_is_there_only_when_switched_on_and_scrapes_each_pod_once() -> None:
    assert of_kind(named("minimal"), "ServiceMonitor", "PrometheusRule", "HTTPRoute") == {}
    monitor = of_kind(named("full"), "ServiceMonitor")["desk"]
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    wanted = monitor["spec"]["selector"]["matchLabels"]
    scraped = [
        name
        for name, item in of_kind(named("full"), "Service").items()
        if wanted.items() <= item["metadata"]["labels"].items()
    ]
    assert sorted(scraped) == sorted(servers(named("full")))


def test_alerts_link_to_the_runbook_where_it_is_published() -> None:
    def rules(stem: str) -> list[dict[str, Any]]:
        (item,) = of_kind(named(stem), "PrometheusRule").values()
        return [rule for group in item["spec"]["groups"] for rule in group["rules"] if "alert" in rule]

    for rule in rules("full"):
        assert rule["annotations"]["runbook_url"] == f"https://desk.example.com/docs/runbooks#{rule['alert'].lower()}"
    assert all("runbook_url" not in rule["annotations"] for rule in rules("monitored"))
    assert any("{{ $labels.channel }}" in rule["annotations"]["summary"] for rule in rules("full"))


def test_dashboards_come_as_files_that_grafanas_sidecar_finds() -> None:
    assert of_kind(named("minimal"), "ConfigMap") == {}
    maps = of_kind(named("full"), "ConfigMap")
    files = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (CHART / "files/dashboards").glob("*")}
    assert len(files) >= 5
    found = {name: item for one in maps.values() for name, item in one["data"].items()}
    assert {name: json.loads(text) for name, text in found.items()} == {
        f"frontdesk-{name}": content for name, content in files.items()
    }
    for one in maps.values():
        assert one["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert one["metadata"]["annotations"] == {"grafana_folder": "Frontdesk"}


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("publicUrl=", "publicUrl: what providers and browsers call"),
        ("kafka.bootstrap=", "kafka.bootstrap: host:port"),
        ("masterKey.existingSecret=", "masterKey.existingSecret"),
        ("database.existingSecret=", "database.existingSecret"),
        ("image.tag=latest", "image"),
        ("publicURL=https://desk.example.com", "publicURL"),
        ("router.replica=3", "replica"),
        ("kafka.bootstrap=kafka", "bootstrap"),
        ("preStopSeconds=soon", "preStopSeconds"),
        ("gateway.channels.WhatsApp.replicas=1", "WhatsApp"),
    ],
)
def test_a_wrong_or_missing_value_is_refused_by_name(option: str, complaint: str) -> None:
    done = template(CHART / "ci/minimal-values.yaml", "--set", option)
    assert done.returncode != 0
    assert complaint in done.stderr


def test_a_cluster_too_old_is_refused() -> None:
    done = template(CHART / "ci/minimal-values.yaml", version="1.33.0")
    assert done.returncode != 0
    assert "incompatible with Kubernetes" in done.stderr
