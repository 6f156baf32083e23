"""Every alert of the chart, by Prometheus' own evaluation: it fires by what it is for, not by what is near it, and says what it should."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.chart import CHART
from tests.support.promtool import promtool

RULES = CHART / "files/alerts.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "alert_cases.yaml").read_text(encoding="utf-8"))
rules = {
    rule["alert"]: rule
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
    if "alert" in rule
}


def expected(case: dict[str, Any]) -> dict[str, Any]:
    rule, labels = rules[case["alert"]], case.get("labels", {})
    text = re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda m: str(labels[m[1]]), rule["annotations"]["description"])
    return {
        "exp_labels": labels | rule["labels"],
        "exp_annotations": {"summary": case["summary"], "description": case.get("description", text)},
    }


def unit_test(case: dict[str, Any], *, fires: bool) -> dict[str, Any]:
    series = [{"series": name, "values": values} for name, values in case["fires" if fires else "quiet"].items()]
    wanted = [expected(case)] if fires else []
    asked = {"eval_time": case.get("at", "30m"), "alertname": case["alert"], "exp_alerts": wanted}
    return {"interval": "1m", "input_series": series, "alert_rule_test": [asked]}


def judged(tmp_path: Path, tests: list[dict[str, Any]]) -> str:
    """What promtool finds wrong; empty if nothing."""
    document = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}
    path = tmp_path / "tests.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    done = promtool("test", "rules", str(path))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_alert_has_a_case_and_every_case_an_alert() -> None:
    assert [case["alert"] for case in CASES] == list(rules)


def test_prometheus_accepts_the_rules() -> None:
    done = promtool("check", "rules", "--lint-fatal", str(RULES))
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_fires_and_says_for_whom(tmp_path: Path) -> None:
    assert judged(tmp_path, [unit_test(case, fires=True) for case in CASES]) == ""


def test_no_alert_fires_by_what_is_only_near_it(tmp_path: Path) -> None:
    assert judged(tmp_path, [unit_test(case, fires=False) for case in CASES]) == ""


@pytest.mark.parametrize("change", ["labels", "summary", "silence"])
def test_a_wrong_expectation_is_found(tmp_path: Path, change: str) -> None:
    case = next(case for case in CASES if case["alert"] == "FrontdeskOutboundOld")
    wrong = unit_test(case, fires=True)
    (alert,) = wrong["alert_rule_test"][0]["exp_alerts"]
    if change == "labels":
        alert["exp_labels"] = alert["exp_labels"] | {"channel": "viber"}
    elif change == "summary":
        alert["exp_annotations"] = alert["exp_annotations"] | {"summary": "Something else."}
    else:
        wrong["alert_rule_test"][0]["exp_alerts"] = []
    assert "FrontdeskOutboundOld" in judged(tmp_path, [wrong])
