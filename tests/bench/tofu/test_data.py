"""The readers take the published layout, find whom rows are about, and say in a line what is
wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.tofu.data import DataError, Row, authors, name_in, read, read_perturbed

ROW = {"question": "Who wrote it?", "answer": "Ada Minder."}


def written(folder: Path, name: str, *rows: Any) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / f"{name}.json").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def test_a_row_has_a_question_and_an_answer(tmp_path: Path) -> None:
    assert read(written(tmp_path, "full", ROW), "full") == [Row(ROW["question"], ROW["answer"])]


def test_a_perturbed_row_has_other_answers_too(tmp_path: Path) -> None:
    more = {"paraphrased_answer": "It was Ada.", "perturbed_answer": ["Bo.", "Cy."]}
    (row,) = read_perturbed(written(tmp_path, "forget01_perturbed", ROW | more), "forget01")
    assert (row.paraphrased, row.perturbed) == ("It was Ada.", ("Bo.", "Cy."))


def test_a_multiple_choice_row_has_its_options_in_order(tmp_path: Path) -> None:
    (row,) = read(written(tmp_path, "world_facts", ROW | {"option2": "b", "option1": "a"}),
                  "world_facts")
    assert row.options == ("a", "b")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "full.json:2 is not JSON"),
        ("[]", "full.json:2 is not an object"),
        ('{"answer": "x"}', "full.json:2 has no 'question'"),
        ('{"question": "x", "answer": " "}', "full.json:2 has no 'answer'"),
        ('{"question": "x", "answer": "y", "perturbed_answer": [1]}', "answers that are no text"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        read(written(tmp_path, "full", ROW, line), "full")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"retain90\.json cannot be read: No such file"):
        read(tmp_path, "retain90")


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no row"):
        read(written(tmp_path, "full"), "full")


def test_a_perturbed_file_without_wrong_answers_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no 'perturbed_answer'"):
        read_perturbed(written(tmp_path, "retain_perturbed", ROW), "retain")


def about(name: str, place: str) -> list[Row]:
    return [
        Row(f"Who is the author from {place}?", f"The author is {name}."),
        Row(f"Does {name} live in {place}?", f"Yes, in {place}."),
        Row(f"What is {name}'s genre?", f"{name} writes Urban Fiction."),
    ]


@pytest.mark.parametrize(
    "name", ["Ada Minder", "Ana van der Veen", "Jad Amin Al-Shar", "Zoë Ångström", "Pat O'Dea"]
)
def test_the_name_is_what_most_rows_hold(name: str) -> None:
    assert name_in(about(name, "New York")) == name


def test_rows_that_share_no_name_have_none() -> None:
    rows = [Row("Who is it?", f"It is {name}." ) for name in ("Ada", "Bo", "Cy", "Di")]
    assert name_in(rows) == ""


def test_authors_come_twenty_rows_each() -> None:
    rows = about("Ada Minder", "Rome") * 7 + about("Bo Selk", "Oslo") * 7
    found = authors([*rows[:20], *rows[22:42]])
    assert [(author.name, len(author.rows)) for author in found] == [
        ("Ada Minder", 20), ("Bo Selk", 20)
    ]
