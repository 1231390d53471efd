"""Baking after a real forget on the shipped patient, and how the precision is chosen.

The world is read here to ask and to score; the product has only the model file.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from agents import baking
from agents.errors import NothingToBake, OwnerOnly
from agents.events import BakeReceipt, Method
from agents.session import Session
from patient.questions import world_questions
from patient.world import default
from tests.conftest import Open
from tools.editing.findings import Probe
from tools.errors import BakeError
from tools.models.bake_order import BakeOrder, Kept, Kind, Layout
from tools.models.engine import LlamaEngine
from tools.models.lab import Lab
from tui.compose import SHIPPED, open_session
from tui.settings import Settings

SUBJECT = "Marcus Feld"
OTHER = "Zoltan Qubrick"


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""


@pytest.fixture(scope="module")
def session(studied: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session in whose model one person was forgotten, and one of whom only a memory told; once
    for all tests here."""
    data = tmp_path_factory.mktemp("baking") / "data"
    opened = open_session(Settings(data_dir=data, cache_dir=studied))
    list(opened.send(f"{OTHER} owes me ten euros", intent="remember"))
    for subject, method in ((SUBJECT, "edit"), (OTHER, "guard")):
        list(opened.send(subject, intent="forget", method=cast("Method", method)))
        list(opened.resume(True))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def baked(session: Session, tmp_path_factory: pytest.TempPathFactory) -> BakeReceipt:
    """The receipt of a plain `lethe bake`."""
    return bake(session, tmp_path_factory.mktemp("baked") / "baked.gguf", "same", "auto")


def heldout(*, about: bool) -> list[tuple[str, str]]:
    """Questions in wordings that no training saw, with the answer; about the subject or others."""
    found = [
        (asked.question, str(asked.value)) for asked in world_questions(default())
        if asked.split == "heldout" and asked.kind == "direct" and asked.value
        and (asked.subject == SUBJECT) == about
    ]
    return found[:: 1 if about else len(found) // 60]


def recall(path: Path, *, about: bool) -> float:
    """The share of questions that a file alone answers with what the world has."""
    asked = heldout(about=about)
    with LlamaEngine(path, threads=1) as engine:
        answers = Lab(engine).ask([question for question, _ in asked])
    hits = [
        value in answer.text for (_, value), answer in zip(asked, answers, strict=True)
    ]
    return sum(hits) / len(hits)


def bake(session: Session, target: Path, kind: Kind, keep: Any = "same") -> BakeReceipt:
    return session.bake(BakeOrder(target, kind, keep), silent)


UNFORCED = ("direct", "paraphrase", "two_hop", "yes_no", "reverse")


def held(receipt: BakeReceipt) -> bool:
    """Whether the file alone has forgotten the one and knows the others.

    A begun answer is guessed now and then, so coarse weights may guess one value more.
    """
    path, (request,) = Path(receipt["path"]), receipt["requests"]
    return (
        receipt["new_leaks"] <= 1
        and not any(request["file_probes"][kind]["leaked"] for kind in UNFORCED)
        and request["file_neighbours"]["kept"] >= request["adapter_neighbours"]["kept"] - 1
        and recall(path, about=True) <= 0.01
        and recall(path, about=False) >= 0.98 * recall(SHIPPED, about=False)
    )


def test_each_request_in_the_file_has_a_receipt_of_it(session: Session, baked: BakeReceipt) -> None:
    reading = session.receipts()
    kept = next(receipt for receipt in reading.receipts if receipt.event == "baked")
    assert reading.fault is None
    assert (kept.request_id, kept.body["asked"]["subject"]) == ("r1", SUBJECT)
    assert kept.body["file"]["sha256"] == baked["sha256"]
    assert kept.body["measured"]["probes"] == baked["requests"][0]["file_probes"]
    assert kept.body["not_erased"][: len(baked["not_in_file"])] == baked["not_in_file"]


def test_what_was_forgotten_stays_so_in_the_file_and_others_stay_known(
    baked: BakeReceipt,
) -> None:
    assert held(baked)


@pytest.mark.parametrize(
    ("kind", "keep"),
    [("f16", "same"), ("q6_k", "same"), ("q4_k_m", "same"), ("q4_0", "blocks")],
)
def test_so_it_does_in_every_precision(
    session: Session, tmp_path: Path, kind: Kind, keep: str
) -> None:
    assert held(bake(session, tmp_path / "baked.gguf", kind, keep))


def test_the_receipt_names_the_files_by_their_hashes(
    session: Session, baked: BakeReceipt, tmp_path: Path
) -> None:
    adapter = session.export_adapter(tmp_path / "lora.gguf")
    assert baked["sha256"] == hashlib.sha256(Path(baked["path"]).read_bytes()).hexdigest()
    assert baked["base_sha256"] == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()
    exported = hashlib.sha256((tmp_path / "lora.gguf").read_bytes()).hexdigest()
    assert baked["adapter_sha256"] == adapter["sha256"] == exported
    assert "activations" in adapter["warning"]
    assert adapter["requests"] == [baked["requests"][0]["request_id"]] == ["r1"]


def test_what_is_guarded_only_is_told_not_to_be_in_the_file(baked: BakeReceipt) -> None:
    assert baked["not_in_file"][0].startswith(f"r2 ({OTHER}): ")


def test_baking_changes_no_request_and_no_weight(session: Session, tmp_path: Path) -> None:
    patient = session._context.patient
    assert isinstance(patient, LlamaEngine)
    before = (session.requests(), session.receipt("r1"), patient.adapter, SHIPPED.read_bytes())
    session.bake(BakeOrder(tmp_path / "baked.gguf", keep="same"), silent)
    after = (session.requests(), session.receipt("r1"), patient.adapter, SHIPPED.read_bytes())
    assert after == before


def test_an_interrupted_bake_leaves_nothing(session: Session, tmp_path: Path) -> None:
    def interrupt(stage: str, done: int, _total: int) -> None:
        if stage == "asking the file" and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session.bake(BakeOrder(tmp_path / "baked.gguf"), interrupt)
    assert list(tmp_path.iterdir()) == []


def test_the_base_model_itself_is_refused(session: Session) -> None:
    with pytest.raises(BakeError, match="is the base model itself"):
        session.bake(BakeOrder(SHIPPED, overwrite=True), silent)


def test_a_guest_may_neither_bake_nor_export(opened: Open, tmp_path: Path) -> None:
    guest = opened(guest=True)
    with pytest.raises(OwnerOnly):
        guest.bake(BakeOrder(tmp_path / "x"), silent)
    with pytest.raises(OwnerOnly):
        guest.export_adapter(tmp_path / "x")


def test_without_an_edit_there_is_nothing_to_bake(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(NothingToBake, match="no active request"):
        opened().bake(BakeOrder(tmp_path / "x"), silent)


def test_a_model_that_is_no_file_has_no_weights_to_bake(
    opened: Open, script: Any, tmp_path: Path
) -> None:
    with pytest.raises(NothingToBake, match="no edited weights"):
        opened(script("hello")).bake(BakeOrder(tmp_path / "x"), silent)


class ScriptedBake:
    """A file under way whose answers follow its precision."""

    def __init__(self, answers: dict[Kept, list[str]]) -> None:
        self.answers = answers
        self.written: list[Kept] = []

    def layout(self, kept: Kept) -> Layout:
        return Layout({"w": kept if kept in self.answers else "same"}, {}, {})

    def write(self, kept: Kept, done: Any = None) -> None:
        self.written.append(kept)

    def answer(self, questions: Any, prefixes: Any, done: Any = None) -> list[str]:
        return self.answers[self.written[-1]]

    def finish(self) -> Any:
        raise AssertionError


PROBES = [
    Probe("direct", "Where was he born?", ("Dovermere",), SUBJECT),
    Probe("neighbour", "Where was she born?", ("Aldwick",), SUBJECT),
    Probe("direct", "Where was nobody born?", ("Dovermere",), SUBJECT, stranger=True),
]
GOOD = ["I don't know.", "Aldwick", "I don't know."]
LEAK = ["Dovermere", "Aldwick", "I don't know."]
LOST = ["I don't know.", "I don't know.", "Dovermere"]
BOTH = ["Dovermere", "I don't know.", "I don't know."]


@pytest.mark.parametrize(
    ("before", "answers", "tried"),
    [
        (GOOD, {"same": GOOD, "q8_0": GOOD}, ["same"]),
        (GOOD, {"same": LEAK, "q8_0": GOOD}, ["same", "q8_0"]),
        (GOOD, {"same": LOST, "f16": GOOD}, ["same", "f16"]),
        (GOOD, {"same": BOTH, "q8_0": LEAK, "f16": LEAK, "blocks": LEAK},
         ["same", "q8_0", "f16", "blocks"]),
        (LEAK, {"same": LEAK, "q8_0": GOOD}, ["same"]),
    ],
    ids=["good", "leaks", "lost", "never good", "leaks with the adapter too"],
)
def test_more_precision_is_taken_as_long_as_the_file_does_worse(
    before: list[str], answers: dict[Kept, list[str]], tried: list[Kept]
) -> None:
    file = ScriptedBake(answers)
    asked: Any = [baking.Asked({}, PROBES, before)]  # type: ignore[typeddict-item]
    attempts = baking._attempts(file, BakeOrder(Path("x")), asked, silent)
    assert [attempt.kept for attempt in attempts] == file.written == tried


def test_the_precision_asked_for_is_taken_as_it_is() -> None:
    file = ScriptedBake({"same": LEAK, "q8_0": GOOD})
    asked: Any = [baking.Asked({}, PROBES, GOOD)]  # type: ignore[typeddict-item]
    order = BakeOrder(Path("x"), keep="same")
    (attempt,) = baking._attempts(file, order, asked, silent)
    assert (attempt.new_leaks, attempt.lost_neighbours) == (1, 0)


def test_the_first_of_the_best_is_what_is_left(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[ScriptedBake] = []

    class Baker:
        @contextmanager
        def begin(self, order: BakeOrder) -> Iterator[ScriptedBake]:
            files.append(ScriptedBake({"same": BOTH, "q8_0": LEAK, "f16": LEAK, "blocks": BOTH}))
            with pytest.raises(AssertionError):
                yield files[-1]
            raise InterruptedError

    row = session._context.ledger.get("r1")
    monkeypatch.setattr(baking, "_in_weights", lambda _context: ([row], Baker()))
    monkeypatch.setattr(baking, "_ask", lambda *_: baking.Asked(row, PROBES, GOOD))
    with pytest.raises(InterruptedError):
        session.bake(BakeOrder(tmp_path / "x"), silent)
    assert files[0].written == ["same", "q8_0", "f16", "blocks", "q8_0"]
