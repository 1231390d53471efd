"""The editor: studies a model once, locates subjects, and changes the weights so that they are
gone.

All active requests are solved together from the base weights and carried by one adapter, so their
order does not matter, restoring is exact, and nothing of the model file changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from tools.editing import keys, moments, solve
from tools.editing.findings import Findings, Probe
from tools.editing.locate import Located, Locator
from tools.editing.moments import Moments
from tools.editing.names import matching
from tools.editing.probes import Questioner
from tools.editing.solve import ForgetSums, Strength
from tools.editing.store import Edit, EditFiles, StudyFile
from tools.editing.study import Advance, Effort, Study, run_study
from tools.editing.turns import mentioning
from tools.errors import EditError
from tools.models import adapters
from tools.models.lab import Host, Lab
from tools.models.probe import down_projection

RANK = 64
LOST = 1e-6
"""Rank of the adapter at most, and the share of its energy that may be lost below that rank."""


EMPHASIS, EMPHASIS_LIMIT = 3.0, 9.0
"""Factor by which a leaking request is strengthened, and where that ends."""


class Patient(Host, Protocol):
    """An engine whose chat can carry an adapter."""

    @property
    def adapter(self) -> bytes | None: ...

    def set_adapter(self, adapter: bytes | None) -> None: ...


@dataclass(slots=True)
class _Sums:
    """What is summed over the active requests."""

    forget: ForgetSums
    dropped: Moments
    turns: set[int] = field(default_factory=set)
    edits: dict[str, Edit] = field(default_factory=dict)


class Editor:
    """Weight edits on one engine; every public method is idempotent."""

    def __init__(
        self, engine: Patient, cache_dir: Path, edits_dir: Path, *,
        effort: Effort | None = None, strength: Strength | None = None,
    ) -> None:
        if not engine.info.editable:
            why = engine.info.why_not_editable
            raise EditError(f"{engine.info.name!r} cannot be edited: {why}")
        self.engine, self.lab = engine, Lab(engine)
        self.effort = effort or Effort.for_size(engine.info.size_bytes)
        self.strength = strength or Strength()
        self.study_file = StudyFile(cache_dir, engine.info.fingerprint)
        self.files = EditFiles(edits_dir, engine.info.fingerprint)
        self.active: list[str] = []
        self.lost = 0.0
        self.rank = 0
        self._study: Study | None = None
        self._sums: _Sums | None = None
        self._finder: Locator | None = None
        self._located: dict[str, Located] = {}

    def study(self, advance: Advance) -> Study:
        """The study of the model: from memory, from the cache, or made now."""
        if self._study is None:
            self._study = self.study_file.load()
        if self._study is None:
            self._study = run_study(self.lab, advance, self.effort)
            self.study_file.save(self._study)
        return self._study

    def known_names(self) -> list[str]:
        """Names the model knows, as far as it has been studied; none before."""
        if self._study is None:
            self._study = self.study_file.load()
        return self._study.names if self._study else []

    def candidates(self, subject: str) -> list[str]:
        """Known full names that `subject` may mean; empty when none does."""
        return matching(subject, self.study(_silent).names)

    def share(self, subject: str) -> float:
        """The share of the model's own turns that mention `subject`, 0..1."""
        turns = self.study(_silent).turns
        return len(mentioning(turns, [subject])) / max(1, len(turns))

    def locate(self, subject: str, advance: Advance) -> Findings:
        """What the model knows about `subject`."""
        return self._locate(subject, advance).findings

    def _locate(self, subject: str, advance: Advance) -> Located:
        if subject not in self._located:
            self._located[subject] = self._locator(advance).locate(subject, advance)
        return self._located[subject]

    def _locator(self, advance: Advance) -> Locator:
        if self._finder is None:
            self._finder = Locator(self.lab, self.study(advance))
        return self._finder

    def operate(
        self, request_id: str, subject: str, findings: Findings, advance: Advance
    ) -> None:
        """Compute what the request adds, keep it, and plug in the joint edit.

        Raises:
            EditError: the model knows nothing about the subject, or no stranger like it was found.
        """
        edit = self.files.load(request_id)
        if edit is None or (edit.subject, edit.layer) != (subject, self.study(advance).layer):
            edit = self._measure(request_id, subject, findings, advance)
            self.files.save(edit)
        advance("solving", 2, 3)
        self._plug([*self.active, request_id])
        advance("solving", 3, 3)

    def _measure(
        self, request_id: str, subject: str, findings: Findings, advance: Advance
    ) -> Edit:
        located = self._locate(subject, advance)
        if not located.findings.known:
            raise EditError(f"the model knows nothing about {subject!r}")
        if len(located.findings.twins) < 2:
            raise EditError(f"no unknown name like {subject!r} was found, so it cannot be edited")
        advance("measuring what it thinks of it", 0, 3)
        cases = keys.direct_cases(self.lab, subject, located.said, located.findings.twins)
        cases += keys.reverse_cases(self.lab, located.leads, located.lead_strangers)
        rows = keys.forget_rows(self.lab, self.study(advance).layer, cases)
        advance("measuring what it thinks of it", 1, 3)
        layer = self.study(advance).layer
        return Edit(request_id, subject, [subject, *findings.aliases], rows, layer)

    def holds(self, request_id: str) -> bool:
        """Whether this model has been edited for the request, and it can be read."""
        return self.files.load(request_id) is not None

    def strengthen(self, request_id: str) -> bool:
        """Weigh a leaking request more against what is kept, and solve again; False at the limit.

        Raises:
            EditError: the request has no edit.
        """
        edit = self._load(request_id)
        if edit.emphasis >= EMPHASIS_LIMIT:
            return False
        self._emphasise(edit, edit.emphasis * EMPHASIS)
        return True

    def relax(self, request_id: str) -> None:
        """Take one `strengthen` back; raises as it does."""
        edit = self._load(request_id)
        self._emphasise(edit, max(1.0, edit.emphasis / EMPHASIS))

    def _emphasise(self, edit: Edit, emphasis: float) -> None:
        self.files.save(replace(edit, emphasis=emphasis))
        self.files.clear_adapters()
        self._sums = None
        self._plug(self.active)

    def unplug(self) -> None:
        """Let the model be itself for now; what is known of the requests is kept."""
        self.engine.set_adapter(None)
        self.active = []

    def remove(self, request_ids: Sequence[str]) -> None:
        """Take requests back: without any left, the model is bit for bit itself."""
        self._plug([kept for kept in self.active if kept not in request_ids])
        for request_id in request_ids:
            self.files.remove(request_id)

    def reconcile(self, active: Sequence[str]) -> None:
        """Plug exactly the active requests; what belongs to others is removed from the disk.

        Raises:
            EditError: the statistics of an active request are gone.
        """
        self.files.keep_only(list(active))
        self._plug(list(active))

    def probes(self, subject: str, findings: Findings) -> list[Probe]:
        """Questions about the subject, strangers and neighbours in wordings that no edit used."""
        located = self._locate(subject, _silent)
        return Questioner(self._locator(_silent)).probes(located, findings)

    def answer(self, probes: Sequence[Probe]) -> list[str]:
        """The answers of the model as it is plugged now, without any guard; prefixes included."""
        with self.lab.edited(self.engine.adapter) as lab:
            answers = lab.ask(
                [probe.wording for probe in probes], prefixes=[probe.prefix for probe in probes]
            )
        return [answer.text for answer in answers]

    def _plug(self, request_ids: list[str]) -> None:
        wanted = sorted(set(request_ids))
        adapter = self._adapter(wanted) if wanted else None
        if not wanted:
            self.files.clear_adapters()
        self.engine.set_adapter(adapter)
        self.active = wanted

    def _adapter(self, request_ids: list[str]) -> bytes:
        kept = self.files.load_adapter(request_ids)
        if kept is not None and all(self.files.path(one).exists() for one in request_ids):
            return kept
        study = self.study(_silent)
        sums = self._summed(request_ids)
        change, energy = solve.solve(sums.forget, study.moments - sums.dropped, self.strength)
        factors, self.lost = solve.compress(change, energy, LOST, RANK)
        self.rank = factors.rank
        layer = down_projection(study.layer)
        data = adapters.write_adapter(self.engine.info.architecture, {layer: factors})
        self.files.save_adapter(request_ids, data)
        return data

    def _summed(self, request_ids: list[str]) -> _Sums:
        """The sums of exactly these requests, from those of the last set."""
        study, info = self.study(_silent), self.engine.info
        sums = self._sums or _Sums(
            solve.no_requests(info.feed_forward, info.width),
            moments.empty(info.feed_forward, study.moments.step),
        )
        self._sums = None
        for request_id in set(sums.edits) - set(request_ids):
            sums.forget -= self._forget(sums.edits.pop(request_id))
        for request_id in request_ids:
            if request_id not in sums.edits:
                sums.edits[request_id] = self._load(request_id)
                sums.forget += self._forget(sums.edits[request_id])
        names = [name for edit in sums.edits.values() for name in edit.names]
        turns = set(mentioning(study.turns, names)) if names else set()
        sums.dropped += self._moments(turns - sums.turns)
        sums.dropped -= self._moments(sums.turns - turns)
        sums.turns = turns
        self._sums = sums
        return sums

    def _load(self, request_id: str) -> Edit:
        edit = self.files.load(request_id)
        if edit is None:
            raise EditError(f"the statistics of request {request_id!r} are missing")
        if edit.layer != self.study(_silent).layer:
            raise EditError(f"request {request_id!r} was measured at another layer")
        return edit

    def _forget(self, edit: Edit) -> ForgetSums:
        groups = [edit.emphasis * weight for weight in self.strength.groups]
        return solve.forget_sums(edit.rows, self.study(_silent).moments.step, groups)

    def _moments(self, turns: set[int]) -> Moments:
        study = self.study(_silent)
        some = [study.turns[index] for index in sorted(turns)]
        return moments.moments(self.lab, study.layer, some, study.moments.step)


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
