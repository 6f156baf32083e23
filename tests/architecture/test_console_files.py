"""The console's files: libraries as they were published, words for every key in every language, files and functions of a size to read."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from agent_api.http.console import console_csp

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "agent_api" / "static"
CONSOLE = STATIC / "console"
SOURCES = sorted((CONSOLE / "src").rglob("*.js"))
CODE = [path for path in SOURCES if path.parent.name != "lang"]
LANGUAGES = re.findall(r"^  (\w\w): \{ name:", (CONSOLE / "src/lib/i18n.js").read_text(encoding="utf-8"), re.MULTILINE)
_MESSAGE = re.compile(r'^  "([\w.-]+)":\s+"((?:[^"\\]|\\.)*)",$', re.MULTILINE)
FUNCTION_MOST = 60


def messages(language: str) -> dict[str, str]:
    folder = CONSOLE / "src/lang"
    paths = [folder / f"{language}.js", *sorted(folder.glob(f"{language}-*.js"))]
    found = [pair for path in paths for pair in _MESSAGE.findall(path.read_text(encoding="utf-8"))]
    assert len(dict(found)) == len(found), "a key stands twice"
    return dict(found)


def arguments(message: str) -> set[str]:
    """Not the single words that stand for a number, as in `=0 {none}`."""
    return set(re.findall(r"(?<!=0 )(?<!zero )(?<!one )(?<!two )(?<!few )(?<!many )(?<!other )\{(\w+)[,}]", message))


def test_libraries_are_as_they_were_published() -> None:
    listed = json.loads((STATIC / "vendor/manifest.json").read_text(encoding="utf-8"))
    hashes = {one["file"]: hashlib.sha256((STATIC / "vendor" / one["file"]).read_bytes()).hexdigest() for one in listed}
    assert hashes == {one["file"]: one["sha256"] for one in listed}
    there = {
        path.relative_to(STATIC / "vendor").as_posix() for path in (STATIC / "vendor").rglob("*") if path.is_file()
    }
    assert there - {"manifest.json", "README.md"} == set(hashes)
    assert {f"{Path(one['file']).parent}/LICENSE" for one in listed} <= set(hashes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_with_the_same_values(language: str) -> None:
    english, own = messages("en"), messages(language)
    assert sorted(english.keys() - own.keys()) == []
    assert sorted(own.keys() - english.keys()) == []
    assert {key for key in english if arguments(english[key]) != arguments(own[key])} == set()
    assert {key for key, text in own.items() if text.count("{") != text.count("}")} == set()


def test_every_word_that_is_asked_for_is_there_and_every_word_there_is_asked_for() -> None:
    english, text = messages("en"), "\n".join(path.read_text(encoding="utf-8") for path in CODE)
    asked = set(re.findall(r'\bt\(\s*"([\w.-]+)"', text))
    assert sorted(asked - english.keys()) == []
    named = set(re.findall(r'"([\w.-]+\.[\w.-]+)"', text))
    made = [part.split("${")[0] for part in re.findall(r"`([\w.]+\.\$\{[^`]*)`", text)]
    made += [f"{prefix}." for prefix in re.findall(r'coded\("([\w.]+)"', text)]
    unused = [key for key in english if key not in named and not any(key.startswith(prefix) for prefix in made)]
    assert unused == []


@pytest.mark.parametrize("path", [*SOURCES, *(CONSOLE / "css").glob("*.css")], ids=lambda path: path.name)
def test_a_file_has_fewer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 400


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_a_function_fits_a_screen(path: Path) -> None:
    starts, long = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if re.match(r"(export )?(async )?function\*? ", line):
            starts.append(number)
        if line == "}" and starts and number - starts.pop() > FUNCTION_MOST:
            long.append(number)
    assert long == []


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_nothing_is_set_as_markup_or_run_from_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (
        re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function",
            text,
        )
        == []
    )


def test_the_page_lets_nothing_run_but_its_own_files() -> None:
    page = (CONSOLE / "index.html").read_text(encoding="utf-8")
    policy = console_csp(page)
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert re.findall(r'(?:src|href)="(?!/static/)', page) == []
    assert re.findall(r"\son\w+=|style=", page) == []
    named = re.findall(r'"(/static/[^"]+)"', page)
    missing = [path for path in named if not (STATIC / path.removeprefix("/static/")).exists()]
    assert missing == []
