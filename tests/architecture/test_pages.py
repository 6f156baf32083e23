"""The pages for newcomers name what is really there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
OURS = (
    "schemas/",
    "backbone/",
    "services/",
    "gateway/",
    "router/",
    "agent_api/",
    "deploy/",
    "docs/",
    "tests/",
    "bench/",
)
PAGES = sorted([*DOCS.glob("*.md"), *(DOCS / "decisions").glob("*.md"), *ROOT.glob("deploy/**/README.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_path_named_in_a_page_exists(page: Path) -> None:
    named = re.findall(r"`([a-z_]+/[\w./-]*)`", page.read_text(encoding="utf-8"))
    missing = [path for path in named if path.startswith(OURS) and not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_to_another_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_folder_of_the_tree_is_explained() -> None:
    page = (DOCS / "where-things-live.md").read_text(encoding="utf-8")
    assert [folder for folder in OURS if f"| `{folder}` |" not in page] == []


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    pages = sorted(path.name for path in (DOCS / "decisions").glob("[0-9]*.md"))
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    listed = (DOCS / "decisions/README.md").read_text(encoding="utf-8")
    assert [name for name in pages if f"({name})" not in listed] == []
