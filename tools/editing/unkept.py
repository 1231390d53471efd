"""The files of an editor that keeps nothing: what is there is read, nothing is written or removed.

For a session that leaves no trace: the edits of the requests are plugged as ever.
"""

from pathlib import Path

from tools.editing.editor import Editor
from tools.editing.store import Edit, EditFiles
from tools.editing.study import Study
from tools.editing.study_file import StudyFile


class UnkeptEdits(EditFiles):
    """The edits of one model, read only."""

    def __init__(self, files: EditFiles) -> None:
        vars(self).update(vars(files))  # whatever those were opened with

    def save(self, edit: Edit) -> None:
        """Write nothing."""

    def remove(self, request_id: str) -> None:
        """Remove nothing."""

    def save_adapter(self, request_ids: list[str], data: bytes) -> None:
        """Write nothing."""

    def clear_adapters(self, kept: Path | None = None) -> None:
        """Remove nothing."""

    def keep_only(self, request_ids: list[str]) -> None:
        """Remove nothing."""


class UnkeptStudy(StudyFile):
    """The study of one model, read only."""

    def __init__(self, file: StudyFile) -> None:
        vars(self).update(vars(file))

    def save(self, study: Study) -> None:
        """Write nothing."""


def keep_nothing(editor: Editor) -> None:
    """Let an editor write no more file; call it before the editor is used."""
    editor.files = UnkeptEdits(editor.files)
    editor.study_file = UnkeptStudy(editor.study_file)
