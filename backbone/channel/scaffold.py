"""Makes the folder of a new channel from a working template: a generic JSON webhook with an HMAC signature."""

import keyword
import re
import sys
from pathlib import Path

from backbone.channel.registry import services_folder
from backbone.errors import ConfigurationInvalid, Conflict

TEMPLATE = Path(__file__).with_name("template")
_NAME = re.compile(r"^[a-z][a-z0-9_]{1,39}$")


def scaffold(name: str, target: Path | None = None) -> Path:
    """Copies the template to `<target>/<name>` and fills the name in; the new folder passes the contract suite as it is.

    `target` is the folder of all channels (by default the installed `services`). Overwrites nothing: raises `Conflict`
    where the folder exists, `ConfigurationInvalid` where the name can't be a package, a topic and a metric label.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or name.endswith("_"):
        raise ConfigurationInvalid(
            f"{name!r} is no channel name: small letters, digits and _, at most 40, a letter first"
        )
    folder = (target or services_folder()) / name
    if folder.exists():
        raise Conflict(f"{folder.name} is there already")
    for source in sorted(TEMPLATE.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            written = folder / source.relative_to(TEMPLATE)
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(_filled(source.read_text(encoding="utf-8"), name), encoding="utf-8")
    return folder


def _filled(text: str, name: str) -> str:
    words = [word for word in name.split("_") if word]
    camel = "".join(word.capitalize() for word in words)
    title = " ".join(words).capitalize()
    return text.replace("NewChannel", camel).replace("newchannel", name).replace("New channel", title)


def main(arguments: list[str]) -> int:
    """`python -m backbone.channel.scaffold NAME`: prints the folder it made; 1 and the reason where it could not."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m backbone.channel.scaffold NAME\n")
        return 2
    try:
        folder = scaffold(arguments[0])
    except (ConfigurationInvalid, Conflict) as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1
    sys.stdout.write(f"services/{folder.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
