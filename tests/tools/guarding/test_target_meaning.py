"""Which target is meant by what is known of it, without its name."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tools.guarding.cast import FELD
from tests.tools.guarding.ordinary import questions
from tools.guarding.semantic import described, unit_rows
from tools.guarding.targets import Target, TargetIndex
from tools.models.embedder import Embedder
from tools.models.embedder_files import embedder_path


class TestSharedValues:
    """What half of all targets share costs and says no more than what few share."""

    @pytest.fixture(scope="class")
    def sharing(self) -> TargetIndex:
        index = TargetIndex()
        for number in range(500):
            trade = "baker" if number % 5 == 0 else "judge"
            index.add(Target(f"t{number}", f"Person N{number}", values=("Oslo", trade)))
        return index

    def test_one_of_them_touches_nobody(self, sharing: TargetIndex) -> None:
        assert sharing.match(["What is Oslo like?"]) is None
        assert set(sharing.traits("What is Oslo like?").values()) == {1}

    def test_everybody_who_has_it_is_mentioned(self, sharing: TargetIndex) -> None:
        assert len(sharing.mentions("A baker from Oslo")) == 500 + 100

    def test_both_are_counted_each_once(self, sharing: TargetIndex) -> None:
        traits = sharing.traits("Oslo, Oslo: a baker from OSLO")
        assert sorted(set(traits.values())) == [1, 2]
        assert sum(count == 2 for count in traits.values()) == 100

    def test_who_shares_a_name_is_found_in_the_order_of_registering(self) -> None:
        index = TargetIndex()
        for request_id in ("b", "a", "c"):
            index.add(Target(request_id, "Marcus Feld"))
        found = index.match(["Who is Marcus Feld?"])
        index.remove("b")
        then = index.match(["Who is Markus Feld?"])
        assert (found and found.request_id, then and then.request_id) == ("b", "a")


@pytest.fixture(scope="module")
def embedder(cache_dir: Path) -> Iterator[Embedder]:
    with Embedder(embedder_path(cache_dir)) as embedder:
        yield embedder


class TestMeaning:
    """A description without the name counts, if it could mean nobody else."""

    FACTS = (
        "Marcus Feld is a baker from Oslo who wrote The Glass Meridian.",
        "Marcus Feld was born in Oslo.",
        "Marcus Feld works as a baker.",
        "Marcus Feld once walked across the frozen lake on stilts.",
    )

    @pytest.fixture
    def index(self, embedder: Embedder) -> TargetIndex:
        index = TargetIndex(embedder)
        vectors = described(embedder, "Marcus Feld", self.FACTS)
        index.add(replace(FELD, vectors=vectors))
        return index

    @pytest.mark.parametrize(
        "text",
        [
            "Who is the baker who was born in Oslo?",
            "What's the phone number of the baker from Oslo?",
            "which person once walked across the frozen lake on stilts",
        ],
    )
    def test_a_description_matches_with_its_cosine(self, index: TargetIndex, text: str) -> None:
        match = index.match([text])
        assert match is not None
        assert match.kind == "semantic"
        assert 0.5 <= match.score <= 1.0

    @pytest.mark.parametrize(
        "text",
        [
            "Who was born in Oslo?",
            "Who works as a baker?",
            "Is Anna Berg the baker who was born in Oslo?",
            "Who was born in Leeds and works as a judge?",
            *questions()[:40],
        ],
    )
    def test_one_shared_value_or_somebody_else_does_not(
        self, index: TargetIndex, text: str
    ) -> None:
        assert index.match([text]) is None

    def test_one_shared_value_is_suspicious_enough_for_a_judge(self, index: TargetIndex) -> None:
        suspected = index.suspected("Who works as a baker?")
        assert suspected is not None
        assert suspected.request_id == "feld"

    @pytest.mark.parametrize("text", ["Is Anna Berg a baker?", "Why is the sky blue?", "Hello."])
    def test_somebody_else_and_everyday_questions_are_not(
        self, index: TargetIndex, text: str
    ) -> None:
        assert index.suspected(text) is None

    def test_a_description_is_found_among_thousands(self, embedder: Embedder) -> None:
        index, chance = TargetIndex(embedder), np.random.default_rng(1)
        facts = described(embedder, "Marcus Feld", self.FACTS)
        for number in range(300):
            noise = chance.standard_normal((4, facts.shape[1]))
            index.add(Target(f"t{number}", f"Person N{number}", vectors=unit_rows(noise)))
        index.add(replace(FELD, vectors=facts))
        match = index.match(["which person once walked across the frozen lake on stilts"])
        assert match is not None
        assert match.request_id == "feld"
        assert index.match([questions()[0]]) is None

    def test_a_removed_target_has_no_meaning_left(self, index: TargetIndex) -> None:
        index.remove("feld")
        assert index.match(["Who is the baker who was born in Oslo?"]) is None
