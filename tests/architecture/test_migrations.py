"""Migrations are one chain: two that follow the same one leave no database that could be made."""

import re
from collections import Counter
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "backbone" / "storage" / "migrations" / "versions"


def test_each_migration_follows_another_one() -> None:
    scripts = [path.read_text(encoding="utf-8") for path in sorted(VERSIONS.glob("r*.py"))]
    before = [match[1] for script in scripts if (match := re.search(r'^down_revision = "(\w+)"', script, re.MULTILINE))]
    names = {match[1] for script in scripts if (match := re.search(r'^revision = "(\w+)"', script, re.MULTILINE))}
    assert {name: count for name, count in Counter(before).items() if count > 1} == {}
    assert len(names) == len(scripts) == len(before) + 1
    assert set(before) < names
