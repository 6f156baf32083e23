"""The console's modules pass the TypeScript compiler as they are, by the types in their comments."""

import asyncio
import fcntl
import os
import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "console"
NPM = shutil.which("npm")


async def run(*words: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *words, cwd=FOLDER, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=dict(os.environ)
    )
    said, _ = await asyncio.wait_for(process.communicate(), 100)
    return process.returncode, said.decode()


async def installed() -> Path:
    """The compiler of the lock file. Skips where npm is not there or can't reach its registry."""
    if NPM is None:
        pytest.skip("there is no npm on this machine: the console's types are not checked")
    modules, lock = FOLDER / "node_modules", FOLDER / "package-lock.json"
    with (FOLDER / ".lock").open("w") as held:
        await asyncio.to_thread(fcntl.flock, held, fcntl.LOCK_EX)
        stamp = modules / ".package-lock.json"
        if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
            code, said = await run(NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
            if code != 0:
                pytest.skip(f"npm can't install the compiler: the console's types are not checked\n{said[-500:]}")
    return modules / "typescript" / "bin" / "tsc"


async def test_the_console_passes_the_compiler() -> None:
    compiler = await installed()
    code, said = await run("node", str(compiler), "--project", str(FOLDER / "tsconfig.json"))
    assert code == 0, said


async def test_what_is_vendored_is_what_the_types_are_of() -> None:
    await installed()
    vendored = FOLDER.parents[1] / "agent_api" / "static" / "vendor"
    for own, published in {
        "preact/preact.js": "preact/dist/preact.module.js",
        "preact/hooks.js": "preact/hooks/dist/hooks.module.js",
        "htm/htm.js": "htm/dist/htm.module.js",
        "signals/signals.js": "@preact/signals/dist/signals.module.js",
        "signals/signals-core.js": "@preact/signals-core/dist/signals-core.module.js",
        "uplot/uplot.js": "uplot/dist/uPlot.esm.js",
    }.items():
        assert (vendored / own).read_bytes() == (FOLDER / "node_modules" / published).read_bytes(), own
