"""What commands print: lines for people, one frame of JSON for scripts.

The frame is `{"command", "ok", "items", "problems"}`: `items` are what was asked for, `problems` are `{"name", "detail",
"advice"}`, and `ok` is what the exit code says. Commands whose answer is a document of its own (a policy, a comparison)
print that document instead.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from backbone.errors import FrontdeskError

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `advice` says what to do; neither holds a secret."""

    name: str
    detail: str
    advice: str = ""

    def line(self) -> str:
        return f"BAD  {self.name}: {self.detail}" + (f"  → {self.advice}" if self.advice else "")


def problem_of(error: FrontdeskError, advice: str = "") -> Problem:
    return Problem(error.code, error.detail, advice)


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints the outcome of one command. It does not end the process."""

    command: str
    as_json: bool

    def tell(
        self,
        items: Sequence[dict[str, Any]],
        line: Callable[[dict[str, Any]], str],
        problems: Sequence[Problem] = (),
        *,
        ok: bool | None = None,
    ) -> bool:
        """Answers `ok`, which is whether there are no problems unless said otherwise."""
        well = not problems if ok is None else ok
        if self.as_json:
            frame = {
                "command": self.command,
                "ok": well,
                "items": list(items),
                "problems": [asdict(problem) for problem in problems],
            }
            typer.echo(json.dumps(frame, indent=2, default=str))
            return well
        for item in items:
            typer.echo(line(item))
        for problem in problems:
            typer.echo(problem.line(), err=True)
        return well

    def refuse(self, error: FrontdeskError, advice: str = "") -> None:
        """The command could not do what it was asked."""
        if self.as_json:
            self.tell([], lambda _item: "", [problem_of(error, advice)])
        else:
            typer.echo(error.detail + (f"  → {advice}" if advice else ""), err=True)
