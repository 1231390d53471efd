"""The editor: studies a model once, locates subjects, and changes the weights so that they are
gone.

All active requests are solved together from the base weights and carried by one adapter, so their
order does not matter, restoring is exact, and nothing of the model file changes.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from tools.editing import joint_edit, keys, neutral
from tools.editing.blocks import Block
from tools.editing.findings import Findings, Probe
from tools.editing.joint_edit import JointEdit
from tools.editing.locate import Located, Locator
from tools.editing.names import matching
from tools.editing.probes import Questioner
from tools.editing.store import Edit, EditFiles, Sealer
from tools.editing.study import Advance, Effort, Study, run_study
from tools.editing.study_file import StudyFile
from tools.editing.turns import mentioning
from tools.errors import EditError
from tools.models import adapters
from tools.models.lab import Host, Lab

EMPHASIS, EMPHASIS_LIMIT = 3.0, 9.0
"""Factor by which a request is strengthened or relaxed, and where that ends either way."""
STRANGERS_NEEDED = 2
NEAR = 4
"""Neighbours of a subject, the nearest first, that are kept all the more: those who share a part
of its name are most of the harm that an edit can do."""


class Patient(Host, Protocol):
    """An engine whose chat can carry an adapter."""

    @property
    def adapter(self) -> bytes | None: ...

    def set_adapter(self, adapter: bytes | None) -> None: ...


class Editor:
    """Weight edits on one engine; every public method is idempotent."""

    def __init__(
        self, engine: Patient, cache_dir: Path, edits_dir: Path, *,
        effort: Effort | None = None, sealer: Sealer | None = None,
    ) -> None:
        if not engine.info.editable:
            why = engine.info.why_not_editable
            raise EditError(f"{engine.info.name!r} cannot be edited: {why}")
        self.engine, self.lab = engine, Lab(engine)
        self.effort = effort or Effort.for_size(engine.info.size_bytes)
        self.study_file = StudyFile(cache_dir, engine.info.fingerprint)
        self.files = EditFiles(edits_dir, engine.info.fingerprint, sealer)
        self.active: list[str] = []
        self._study: Study | None = None
        self._joint: JointEdit | None = None
        self._finder: Locator | None = None
        self._located: dict[str, Located] = {}
        self._blocks: dict[str, dict[int, Block]] = {}

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

    @property
    def lost(self) -> float:
        """The largest share of a layer's change that its rank left out; 0 before any solve."""
        return self._joint.lost if self._joint else 0.0

    @property
    def rank(self) -> int:
        """The largest rank of a layer's change; 0 before any solve."""
        return self._joint.rank if self._joint else 0

    def locate(self, subject: str, advance: Advance) -> Findings:
        """What the model knows about `subject`; what an edit will need is measured on the way."""
        located = self._locate(subject, advance)
        if located.findings.known and len(located.findings.twins) >= STRANGERS_NEEDED:
            self._measured(subject, located, advance)
        return located.findings

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
        layers = self.study(advance).layers
        if edit is None or (edit.subject, list(edit.blocks)) != (subject, layers):
            edit = self._edit(request_id, subject, findings, advance)
            self.files.save(edit)
        advance("solving", 2, 3)
        self._joint_edit().add(edit)
        self._plug([*self.active, request_id])
        advance("solving", 3, 3)

    def _edit(
        self, request_id: str, subject: str, findings: Findings, advance: Advance
    ) -> Edit:
        located = self._locate(subject, advance)
        if not located.findings.known:
            raise EditError(f"the model knows nothing about {subject!r}")
        if len(located.findings.twins) < STRANGERS_NEEDED:
            raise EditError(f"no unknown name like {subject!r} was found, so it cannot be edited")
        blocks = self._measured(subject, located, advance)
        if not blocks:
            raise EditError(f"no stranger's name is as long as {subject!r} to the model")
        names = [subject, *findings.aliases]
        near = located.findings.neighbours[:NEAR]
        return Edit(request_id, subject, names, near, blocks)

    def _measured(
        self, subject: str, located: Located, advance: Advance
    ) -> dict[int, Block]:
        """What an edit of the subject adds at every layer; nothing if no stranger is aligned."""
        if subject not in self._blocks:
            advance("measuring what it thinks of it", 0, 1)
            said, twins = located.said, located.findings.twins
            cases = keys.direct_cases(self.lab, subject, said, twins)
            cases += keys.bare_cases(self.lab, subject, said, twins)
            cases += keys.lead_cases(self.lab, located.leads, located.lead_strangers)
            if not cases:
                return {}  # a guard can still stand for it
            rows = keys.forget_rows(self.lab, self.study(advance).layers, cases)
            self._blocks[subject] = joint_edit.blocks_of(rows)
            advance("measuring what must stay beside it", 0, 1)
            names = [subject, *located.findings.aliases]
            joint = self._joint_edit()
            joint.hold(self.active)
            joint.prepare(self._blocks[subject], names, located.findings.neighbours[:NEAR])
            advance("measuring what must stay beside it", 1, 1)
        return self._blocks[subject]

    def holds(self, request_id: str) -> bool:
        """Whether this model has been edited for the request, and it can be read."""
        return self.files.load(request_id) is not None

    def strengthen(self, request_id: str) -> bool:
        """Weigh a leaking request more against what is kept, and solve again; False at the limit.

        Raises:
            EditError: the request has no edit.
        """
        return self._emphasise(request_id, EMPHASIS)

    def relax(self, request_id: str) -> bool:
        """Weigh a request less, so that what stands near it is kept better; as `strengthen`."""
        return self._emphasise(request_id, 1 / EMPHASIS)

    def _emphasise(self, request_id: str, factor: float) -> bool:
        edit = self._load(request_id)
        emphasis = edit.emphasis * factor
        if not 1 / EMPHASIS_LIMIT <= emphasis <= EMPHASIS_LIMIT:
            return False
        self._joint_edit().forget(request_id)
        self.files.save(replace(edit, emphasis=emphasis))
        self.files.clear_adapters()
        self._plug(self.active)
        return True

    def unplug(self) -> None:
        """Let the model be itself for now; what is known of the requests is kept."""
        self.engine.set_adapter(None)
        self.active = []

    def remove(self, request_ids: Sequence[str]) -> None:
        """Take requests back: without any left, the model is bit for bit itself."""
        self._plug([kept for kept in self.active if kept not in request_ids])
        for request_id in request_ids:
            if self._joint:  # its sums are taken out while its file can still be read
                self._joint.forget(request_id)
            self.files.remove(request_id)

    def reconcile(self, active: Sequence[str]) -> None:
        """Plug exactly the active requests; what belongs to others is removed from the disk.

        Raises:
            EditError: the statistics of an active request are gone.
        """
        self.files.keep_only(list(active))
        self._joint = None
        self._plug(list(active))

    def probes(self, subject: str, findings: Findings) -> list[Probe]:
        """Questions about the subject, strangers and neighbours in wordings that no edit used."""
        located = self._locate(subject, _silent)
        return Questioner(self._locator(_silent)).probes(located, findings)

    def neutral(self, findings: Findings) -> list[Probe]:
        """Questions that have nothing to do with the subject, half of them about other people."""
        return neutral.questions(self.study(_silent), findings)

    def foresee(
        self, subject: str, findings: Findings, probes: Sequence[Probe], advance: Advance
    ) -> list[str]:
        """What `answer` would give if the subject were edited away as well; nothing is plugged and
        nothing kept.

        Raises:
            EditError: as `operate`.
        """
        edit = self._edit("", subject, findings, advance)
        advance("solving on trial", 0, 1)
        joint = self._joint_edit()
        joint.hold(self.active)
        changes = joint.foresee(edit)
        return self._answers(
            adapters.write_adapter(self.engine.info.architecture, changes), probes
        )

    def answer(self, probes: Sequence[Probe]) -> list[str]:
        """The answers of the model as it is plugged now, without any guard; prefixes included."""
        return self._answers(self.engine.adapter, probes)

    def _answers(self, adapter: bytes | None, probes: Sequence[Probe]) -> list[str]:
        with self.lab.edited(adapter) as lab:
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
        joint = self._joint_edit()
        changes = joint.solve(request_ids)
        data = adapters.write_adapter(self.engine.info.architecture, changes)
        self.files.save_adapter(request_ids, data)
        return data

    def _joint_edit(self) -> JointEdit:
        if self._joint is None:
            self._joint = JointEdit(self.lab, self.study(_silent), self._load)
        return self._joint

    def _load(self, request_id: str) -> Edit:
        edit = self.files.load(request_id)
        if edit is None:
            raise EditError(f"the statistics of request {request_id!r} are missing")
        if list(edit.blocks) != self.study(_silent).layers:
            raise EditError(f"request {request_id!r} was measured at other layers")
        return edit


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
