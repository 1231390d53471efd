"""Where names are recognised is measured; the last layer is edited besides."""

from tools.editing.site import choose, movement
from tools.models.lab import Lab


def test_every_layer_gets_a_share_of_the_movement(lab: Lab) -> None:
    cases = [("who is {N}?", "ada", ["ida", "eda"]), ("tell me of {N}.", "ada", ["oda"])]
    moved = movement(lab, cases)
    assert len(moved) == 2
    assert all(share <= 1.0 for share in moved)


def test_the_lowest_of_nearly_equal_layers_is_chosen() -> None:
    assert choose([0.1, 0.93, 0.99, 0.1])[0] == 1
    assert choose([0.0]) == [0]


def test_the_last_layer_is_edited_too_whatever_it_moves_at_a_refusal() -> None:
    assert choose([0.9, 0.3, 0.4, 0.1]) == [0, 3]
    assert choose([0.1, 0.2, 0.9]) == [2]
