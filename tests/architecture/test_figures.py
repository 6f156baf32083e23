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


def test_every_row_has_all_its_cells() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|")]
    assert [row for row in rows if row.count("|") != 6 or "|  |" in row] == []


def test_every_figure_that_a_test_or_bench_names_by_its_letter_stands_on_it() -> None:
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    told = re.compile(r"\b(?:G|T|L|S|W)\d{1,2}\b(?= in small|:| and |, )")
    named = {
        name for path in files if path != Path(__file__) for name in told.findall(path.read_text(encoding="utf-8"))
    }
    assert {"G8", "L1", "T9"} <= named
    assert sorted(name for name in named if not re.search(rf"\b{name}\b", PAGE)) == []


def test_every_test_that_kills_stands_on_it() -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    chaos = {path.relative_to(ROOT).as_posix() for path in files if "mark.chaos" in path.read_text(encoding="utf-8")}
    chaos.discard(Path(__file__).relative_to(ROOT).as_posix())
    assert sorted(path for path in chaos if path not in PAGE) == []


def test_every_end_to_end_test_of_a_fault_stands_on_it() -> None:
    files = sorted(path.name for path in (ROOT / "tests" / "e2e").glob("test_*.py"))
    assert [name for name in files if name not in PAGE] == []


def test_every_bench_with_a_goal_is_run_by_make_bench() -> None:
    runner = (ROOT / "bench" / "run.py").read_text(encoding="utf-8")
    named = set(re.findall(r"`make bench` \| `bench/(\w+)\.py`", PAGE))
    assert named
    assert sorted(name for name in named if f'"{name}"' not in runner) == []
