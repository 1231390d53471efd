"""The bench that looks inside: what it asks of the world, and how it shows what it found."""

from pathlib import Path

from bench.whitebox.command import shared_values
from bench.whitebox.report import draw, markdown
from tools.probing.whitebox.ablation import Ablation, Scaled
from tools.probing.whitebox.diffing import Diff
from tools.probing.whitebox.inspection import Report
from tools.probing.whitebox.lens import Layer, Lens, Seen
from tools.probing.whitebox.linear import LinearProbe
from tools.probing.whitebox.requantised import Requantised

LENS = Lens(20, tuple(
    Layer(number, Seen(0.1 * number, 0.5, 7.0, 0.2), Seen(1.0, 1.0, 0.0, 0.9),
          Seen(0.05, 0.4, 9.0, 0.1))
    for number in range(3)
))
PROBE = LinearProbe(2, 17, 80, 10, 0.8, 0.1, 0.9, 0.05, 0.06)
ABLATION = Ablation(3, 40, 0.0, 1.0, False, (Scaled(1, 0.1, 0.0, 0.9), Scaled(3, 0.3, 0.1, 0.2)))


def test_the_world_labels_attributes_that_people_share() -> None:
    found = {attribute.stem: attribute for attribute in shared_values()}
    assert "{N} was born in" in found
    assert all(len(one.values) > len(set(one.values.values())) for one in found.values())
    assert all("{N}" in wording for one in found.values() for wording in one.wordings)


def test_the_page_has_every_table_with_the_worst_named() -> None:
    report = Report(LENS, None, {"end of the name": PROBE}, ABLATION, Diff(1.0, 1.0, 9, 0.9, 0.1))
    page = markdown({"people": 10}, report, [Requantised("q4_0", 40, 0.025, 0.0)])
    assert "Worst: block 2, +0.150 beyond strangers." in page
    assert "| end of the name | 10 | 0.800 | 0.900 | 0.100 | 0.050 | 0.060 |" in page
    assert "| 3 | 0.300 | 0.100 | 0.200 |" in page and "left as it is" in page
    assert "| q4_0 | 40 | 0.0250 |" in page
    assert page.count("Not made: there was nothing to ask.") == 1  # the lens behind the question


def test_a_check_that_could_not_be_made_says_why() -> None:
    page = markdown({}, Report(refused={"ablation": "no ablation here"}), [])
    assert "Not made: no ablation here." in page


def test_the_picture_is_the_same_for_the_same_figures(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        draw(LENS, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
