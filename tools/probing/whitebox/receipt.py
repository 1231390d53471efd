"""The short white-box checks of one request, for its receipt: from what the editor knows anyway."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from tools.editing.editor import Editor
from tools.editing.findings import Findings, Probe
from tools.probing.whitebox.attributes import Attribute, shared_attributes
from tools.probing.whitebox.diffing import Names
from tools.probing.whitebox.inspection import SHORT, Inspector, Material, short


class ReceiptInspector:
    """Looks into what an editor has plugged in now; `path` is its model file's."""

    def __init__(self, editor: Editor, path: Path) -> None:
        self.editor, self.path = editor, path

    @cached_property
    def _attributes(self) -> list[Attribute]:
        turns = self.editor.study(_silent).turns
        return shared_attributes(
            (turn.subject, turn.question, turn.answer)
            for turn in turns if turn.subject and turn.kind == "fact"
        )

    def inspect(
        self, subject: str, findings: Findings, probes: Sequence[Probe],
        forgotten: Sequence[str] = (),
    ) -> dict[str, float]:
        """The figures of `inspection.short`; none without an edit or without strangers.

        `probes` are the request's own; `forgotten` the subjects of other requests in the edit,
        which are no examples of names that are known.
        """
        adapter = self.editor.engine.adapter
        if adapter is None or not findings.twins:
            return {}
        study = self.editor.study(_silent)
        known = [name for name in study.names if name not in {subject, *forgotten}]
        attributes = [
            Attribute(one.stem, one.wordings, _without(one.values, forgotten))
            for one in self._attributes
        ]
        material = Material(
            Names([subject], known, findings.twins),
            [probe for probe in probes if probe.kind != "neighbour"],
            study.to_test.direct, attributes, study.negative,
        )
        return short(Inspector(self.editor.lab, self.path, adapter, material, SHORT).inspect())


def _without(values: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in names}


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody follows."""
