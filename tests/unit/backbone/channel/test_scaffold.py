"""The scaffolder: fills in the name everywhere and overwrites nothing."""

from pathlib import Path

import pytest

from backbone.channel.manifest import load_manifest
from backbone.channel.scaffold import main, scaffold
from backbone.errors import ConfigurationInvalid, Conflict


def test_the_name_is_filled_in_everywhere(tmp_path: Path) -> None:
    folder = scaffold("my_line", tmp_path)
    text = "\n".join(path.read_text("utf-8") for path in folder.rglob("*") if path.is_file())
    assert folder == tmp_path / "my_line"
    assert load_manifest(folder).title == "My line"
    assert "class MyLineCodec" in text
    assert "newchannel" not in text.lower().replace(" ", "")


@pytest.mark.parametrize("name", ["", "A", "1a", "my-line", "line_", "class", "a" * 41, "../up", "ünï", "a b"])
def test_a_name_that_is_no_package_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        scaffold(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "line"
    folder.mkdir()
    with pytest.raises(Conflict):
        scaffold("line", tmp_path)
    assert not list(folder.iterdir())


def test_the_command_says_why_it_made_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main(["No-Name"]) == 1
    assert "no channel name" in capsys.readouterr().err
