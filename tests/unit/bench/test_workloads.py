"""The page of the workloads says what they are."""

from pathlib import Path

from bench.workloads import WORKLOADS, Workload

PAGE = Path(__file__).resolve().parents[3] / "bench" / "workloads.md"


def as_row(workload: Workload) -> list[str]:
    numbers = (workload.tenants, workload.agents, workload.customers)
    return [workload.name, *(f"{number:,}" for number in numbers), f"{workload.rate:,.0f}/s"]


def test_the_page_holds_every_workload_as_it_is() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    told = {row[0]: row[:5] for row in rows if row[0] in WORKLOADS}
    assert told == {name: as_row(workload) for name, workload in WORKLOADS.items()}


def test_what_the_page_says_of_all_workloads_holds_for_each() -> None:
    said = {(workload.body_bytes, workload.new, workload.doubled) for workload in WORKLOADS.values()}
    assert said == {(1024, 0.02, 0.01)}
    assert {name for name, workload in WORKLOADS.items() if workload.hot == 20} == {"hot tenant"}


def test_agents_have_room_for_twice_what_is_open() -> None:
    for workload in WORKLOADS.values():
        room = workload.agents * workload.capacity
        assert room == 0 if workload.full else room >= 2 * workload.customers
