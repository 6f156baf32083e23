"""`make bench`: every benchmark after the other, each a process of its own, then one table of all goals.

Takes about 50 minutes in full. `--rounds` and `--seconds` shorten all of them, names choose some. The exit code is 1 where a
benchmark could not run; with `--strict` also where a goal was missed. Nothing here is a test: figures depend on the machine.
"""

import argparse
import subprocess
import sys
import time

from bench.calibration import calibrate
from bench.support import RESULTS, Finding, load, print_table

BENCHES = {
    "codec": "the codec of each channel: a plain text message",
    "ingest": "G2, G3: webhooks at the door",
    "overload": "T8: ten times the callers, and a tenant at twenty times its share",
    "append": "G5: appending to the bus",
    "storage": "G8, G9: writing in sets, assignments",
    "consumption": "G11: what the router consumes",
    "end_to_end": "G10: from the webhook to the agent",
    "throughput": "5,000 messages a second taken, stored and routed",
    "scaling": "ten times of everything, and a hot tenant",
    "routing": "R1-R3: who is answered in time, and how fast it is decided",
    "offers": "O1: whether channel offers learn",
    "api": "A1: lists, search and replies over a million conversations",
    "memory": "at rest, and with 10,000 conversations",
}


def run(name: str, options: argparse.Namespace) -> int:
    command = [sys.executable, "-m", f"bench.{name}"]
    for option in ("rounds", "seconds"):
        if (value := getattr(options, option)) is not None and name != "memory":
            command += [f"--{option}", str(value)]
    (RESULTS / f"{name}.json").unlink(missing_ok=True)
    print(f"\n── {name}: {BENCHES[name]} " + "─" * 40, flush=True)
    return subprocess.run(command, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=f"Some of {', '.join(BENCHES)}; all without one.")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--strict", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    began, before = time.monotonic(), calibrate()
    found: dict[str, list[Finding]] = {}
    for name in options.names or BENCHES:
        run(name, options)
        found[name] = load(name)
    print(f"\n── all, after {(time.monotonic() - began) / 60:.0f} min " + "─" * 60)
    rows = [finding.row() for findings in found.values() for finding in findings if finding.limit is not None]
    print_table(["goal", "what", "measured", "limit", ""], rows)
    print(f"before: {before.describe()}\nafter:  {calibrate().describe()}")
    broken = [name for name, findings in found.items() if not findings]
    if broken:
        print(f"could not run: {', '.join(broken)}")
    missed = [finding for findings in found.values() for finding in findings if not finding.met]
    print(f"{len(rows) - len(missed)} of {len(rows)} goals met or not counted, {len(missed)} missed")
    return 1 if broken or (options.strict and missed) else 0


if __name__ == "__main__":
    sys.exit(main())
