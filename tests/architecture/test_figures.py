"""The page of figures is complete and true: it names existing files and targets, and every bench and e2e test stands on it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tests.md").read_text(encoding="utf-8")
GOALS = ("G2", "G3", "G5", "G8", "G9", "G10", "G11")


def test_every_file_it_names_exists() -> None:
    named = set(re.findall(r"`((?:tests|bench)/[\w/]+\.py)`", PAGE))
    assert named
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([a-z-]+)`", PAGE))
    assert {"bench", "chaos", "fuzz", "quick", "test"} <= targets | {"run"}
    assert sorted(target for target in targets if f"\n{target}:" not in makefile) == []


def test_every_goal_stands_on_it() -> None:
    assert [goal for goal in GOALS if f"| {goal} " not in PAGE] == []


def test_every_end_to_end_test_of_a_fault_stands_on_it() -> None:
    files = sorted(path.name for path in (ROOT / "tests" / "e2e").glob("test_*.py"))
    assert [name for name in files if name not in PAGE] == []


def test_every_bench_with_a_goal_is_run_by_make_bench() -> None:
    runner = (ROOT / "bench" / "run.py").read_text(encoding="utf-8")
    named = set(re.findall(r"`make bench` \| `bench/(\w+)\.py`", PAGE))
    assert named
    assert sorted(name for name in named if f'"{name}"' not in runner) == []
