"""What `bake` and `export-adapter` print, and how they end."""

from pathlib import Path

import pytest

from agents.errors import NothingToBake
from tests.tui.conftest import Lethe
from tests.tui.scripted import BAKED, EXPORTED, ScriptedSession
from tools.models.bake_order import BakeOrder


def test_a_bake_gives_its_receipt(lethe: Lethe) -> None:
    session = ScriptedSession()
    ran = lethe("bake", "new.gguf", "--json", session=session)
    assert (ran.status, ran.json, ran.err) == (0, BAKED, "")
    assert session.calls == [("bake", BakeOrder(Path("new.gguf"))), ("close",)]


def test_precision_and_overwriting_are_options(lethe: Lethe) -> None:
    session = ScriptedSession()
    lethe("bake", "x", "--type", "q4_k_m", "--keep-edited", "f16", "--force", session=session)
    assert session.calls[0] == ("bake", BakeOrder(Path("x"), "q4_k_m", "f16", overwrite=True))


def test_a_person_sees_hashes_counts_and_what_was_chosen(lethe: Lethe) -> None:
    out = lethe("bake", "new.gguf").out
    assert out.startswith("/models/new.gguf: 5.2 MB, type q4_0\n")
    assert all(digest in out for digest in ("a" * 64, "b" * 64, "c" * 64))
    assert (
        "edited weights: Q8_0 in 1 tensor; to keep what leads to them, Q8_0 in 2 tensors;"
        " same was 3 probes worse\n"
    ) in out
    assert "direct  0 of 12          0 of 12  0.00" in out
    assert "9 of 10 answer as before" in out
    assert "beside the adapter: 0 new leaks, 1 neighbour lost" in out
    assert "blk.0.ffn_up.weight: F16" in out
    assert "r-8 (Lena Reyl): the weights of this model were not edited for it" in out


def test_a_file_that_tells_more_than_the_adapter_ends_with_1(lethe: Lethe) -> None:
    leaky = ScriptedSession(baked={**BAKED, "new_leaks": 2})
    ran = lethe("bake", "new.gguf", session=leaky)
    assert ran.status == 1
    assert "beside the adapter: 2 new leaks" in ran.out


def test_nothing_to_bake_is_one_line_and_status_2(lethe: Lethe) -> None:
    session = ScriptedSession(baked=NothingToBake("no active request has changed the weights"))
    ran = lethe("bake", "new.gguf", session=session)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "lethe: no active request has changed the weights\n"
    assert session.calls[-1] == ("close",)


def test_an_interrupted_bake_ends_with_130(lethe: Lethe) -> None:
    class Interrupted(ScriptedSession):
        def bake(self, *_: object) -> None:  # type: ignore[override]
            raise KeyboardInterrupt

    session = Interrupted()
    assert lethe("bake", "new.gguf", session=session).status == 130
    assert session.calls == [("stop",), ("close",)]


def test_an_export_gives_its_receipt_and_warns(lethe: Lethe) -> None:
    session = ScriptedSession()
    ran = lethe("export-adapter", "lora.gguf", "--json", session=session)
    assert ran.json == EXPORTED
    assert session.calls[0] == ("export", Path("lora.gguf"), False)
    shown = lethe("export-adapter", "lora.gguf")
    assert shown.out.startswith("/models/lora.gguf: 0.3 MB, r-7f3a\n")
    assert shown.err == "lethe: the adapter holds activations of what was forgotten\n"


@pytest.mark.parametrize("verb", ["bake", "export-adapter"])
def test_a_target_without_a_name_is_refused_before_anything_is_opened(
    lethe: Lethe, verb: str
) -> None:
    session = ScriptedSession()
    ran = lethe(verb, "/", session=session)
    assert (ran.status, ran.err) == (2, "lethe: '/' names no file to write\n")
    assert session.calls == []


@pytest.mark.parametrize("verb", ["bake", "export-adapter"])
def test_a_guest_may_not(lethe: Lethe, verb: str) -> None:
    assert lethe(verb, "x.gguf", "--guest").status == 2
