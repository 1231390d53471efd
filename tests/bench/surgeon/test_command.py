"""The surgeon's bench: one person forgotten by every part, results taken up again, worst cases."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from bench.surgeon import command
from bench.surgeon.attacks import WHO, about, far_stranger, near_stranger
from bench.surgeon.figures import Outcomes
from bench.surgeon.page import markdown
from bench.surgeon.report import excess
from bench.surgeon.work import Results
from patient.unknowns import known_names
from patient.world import default

SHARE = 0.02
NAME = command.everybody("tuned", 1)[0]


@pytest.fixture(scope="module")
def finished(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of all parts with one person and few questions."""
    file = tmp_path_factory.mktemp("surgeon") / "results.json"
    assert command.main(arguments(file, studied)) == 0
    return file


def arguments(file: Path, cache: Path) -> list[str]:
    return [
        "--half", "tuned", "--sizes", "1", "--share", str(SHARE), "--json", str(file),
        "--cache", str(cache),
    ]


def cells(file: Path) -> dict[str, Any]:
    found = json.loads(file.read_text())["cells"]
    return {name: cell["result"] for name, cell in found.items()}


def test_every_part_measures_what_it_says(finished: Path) -> None:
    found = cells(finished)
    assert found.keys() == {"cost 1", "capacity 1", "attacks 1", "order 1", "quantised 1"}
    for group in found["capacity 1"]:
        told = Outcomes.of(group["sets"]["forgotten"])
        assert told.rate < told.rate_before == 1.0
        assert len(group["names"]) == 1 and not group["refused"]
    assert found["order 1"]["restored"]
    assert all(row["same bytes"] and row["difference"] == 0 for row in found["order 1"]["rows"])
    assert found["cost 1"]["rows"][0]["bytes"] > 0
    kinds = {row["kind"] for row in found["quantised 1"]["rows"]}
    assert kinds == {"q8_0", "q6_k", "q4_k_m", "q4_0"}
    for kind, sides in found["attacks 1"]["kinds"].items():
        assert set(sides) <= set(WHO), kind
        assert all(len(set(map(len, side.values()))) == 1 for side in sides.values())


def test_what_is_finished_is_not_run_again_and_can_be_reported(
    finished: Path, studied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = finished.stat().st_mtime_ns
    again = [*arguments(finished, studied), "--docs", str(tmp_path)]
    assert command.main(again) == command.main([*again, "--report"]) == 0
    assert finished.stat().st_mtime_ns == written
    said = capsys.readouterr().out
    assert "Worst: " in said
    assert "## Quantised files" in (tmp_path / "surgeon-figures.md").read_text()
    assert (tmp_path / "surgeon-figures.svg").read_text().startswith("<?xml")


def test_what_requests_measured_is_private(finished: Path) -> None:
    folders = list(finished.parent.glob("results-edits/*/*"))
    assert folders
    assert all(path.stat().st_mode & 0o077 == 0 for path in folders[0].iterdir())


def test_a_result_of_other_code_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    Results(file, {"code": "a"}).put("order", 1, {"rows": []}, 1.0)
    assert Results(file, {"code": "a"}).get("order", 1) == {"rows": []}
    assert Results(file, {"code": "b"}).get("order", 1) is None
    assert Results(file, {"code": "b"}).latest_code() == "a"


def test_fewer_people_are_always_the_first_of_more() -> None:
    people = command.everybody("reported", 1)
    assert len(set(people)) == 50
    assert people != command.everybody("reported", 2)
    assert not set(people) & set(command.everybody("tuned", 1))
    assert command.everybody("both", 1) == people + command.everybody("tuned", 1)


def test_cost_comes_first_and_attacks_want_more_than_one_person() -> None:
    assert command.cells(["capacity", "attacks", "cost", "order"], [1, 10, 25]) == [
        ("cost", 25), ("capacity", 1), ("capacity", 10), ("capacity", 25), ("attacks", 10),
        ("attacks", 25), ("order", 10),
    ]


def test_a_near_stranger_shares_half_of_the_name_and_a_far_one_nothing() -> None:
    rng, halves, known = random.Random(1), set(NAME.split()), known_names(default())
    for _ in range(20):
        near, far = near_stranger(NAME, rng), far_stranger(NAME, rng)
        assert len(halves & set(near.split())) == 1 and not halves & set(far.split())
        assert not {near, far} & known


def test_a_stranger_is_asked_about_in_the_same_words() -> None:
    from bench.questions import Asked

    probe = Asked("prefix", f"where is {NAME.lower()} from?", "Oslo", f"{NAME} is from")
    other = about(probe, NAME, "Ann Lee")
    assert (other.question, other.before, other.value) == (
        "where is ann lee from?", "Ann Lee is from", "Oslo"
    )


def test_the_worst_case_is_named() -> None:
    one = Outcomes(("a", "a", "b", "b"), (1, 1, 1, 0), (1, 0, 0, 0))
    assert (one.asked, one.rate, one.rate_before, one.lost, one.gained) == (4, 0.25, 0.75, 2, 0)
    assert one.most_told() == "a, 1 of 2"
    assert one.most_lost() == "a, 1 of 2"
    assert Outcomes(("a",), (0,), (0,)).most_told() == "nobody"


def test_chance_is_the_lower_of_what_both_strangers_get() -> None:
    def rate(hits: int) -> Outcomes:
        row = (1,) * hits + (0,) * (10 - hits)
        return Outcomes(("a",) * 10, row, row)

    assert excess({"own": rate(5), "near": rate(4), "far": rate(2)}) == pytest.approx(0.3)
    assert excess({"own": rate(1), "near": rate(4)}) == pytest.approx(-0.3)


def test_a_page_has_only_the_parts_that_were_run() -> None:
    found = {"rows": [{"what": "x", "active": 1, "difference": 2e-4, "same bytes": False}],
             "restored": True, "prompts": 20}
    page = markdown({"capacity": {}, "order": {1: found}}, {"seed": 1})
    assert "## Order and undo" in page and "## Capacity" not in page
    assert "0.0002 | False | **MISS**" in page


def test_more_people_than_there_are_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["--sizes", "1", "99"]) == 2
    assert capsys.readouterr().err.strip() == (
        "bench.surgeon: 99 people: between 1 and 50 can be forgotten"
    )
