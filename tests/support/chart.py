"""Renders the Helm chart with a real `helm` and reads what comes out."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/helm/frontdesk"
VALUE_SETS = sorted((CHART / "ci").glob("*-values.yaml"))
NO_HELM = "there is no helm: `make helm` builds one (its values and files are checked all the same)"
BUILT = ROOT / ".cache/bin/helm"

Manifest = dict[str, Any]


def helm() -> str | None:
    """The path of one: the machine's, or what `make helm` built."""
    return shutil.which("helm") or (str(BUILT) if BUILT.exists() else None)


def template(values: Path | None, *options: str, version: str = "1.35.0") -> subprocess.CompletedProcess[str]:
    """`helm template`, offline, for a cluster of that version."""
    command = [
        helm() or "helm",
        "template",
        "desk",
        str(CHART),
        "--namespace",
        "desk",
        "--kube-version",
        version,
        *options,
    ]
    if values is not None:
        command += ["--values", str(values)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def render(values: Path, *options: str, version: str = "1.35.0") -> list[Manifest]:
    """All objects, hooks included."""
    done = template(values, *options, version=version)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return [item for item in yaml.safe_load_all(done.stdout) if item]


def of_kind(objects: list[Manifest], *kinds: str) -> dict[str, Manifest]:
    return {item["metadata"]["name"]: item for item in objects if item["kind"] in kinds}


def pods(objects: list[Manifest]) -> dict[str, Manifest]:
    """The pod specification of each workload, by the workload's name."""
    workloads = of_kind(objects, "Deployment", "StatefulSet", "Job")
    return {name: item["spec"]["template"]["spec"] for name, item in workloads.items()}


def servers(objects: list[Manifest]) -> dict[str, Manifest]:
    """The pods that serve, without the migration job's."""
    workloads = of_kind(objects, "Deployment", "StatefulSet")
    return {name: item["spec"]["template"]["spec"] for name, item in workloads.items()}
