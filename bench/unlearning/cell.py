"""One cell of the comparison, in a process of its own: one method, so many people, one seed.

    python -m bench.unlearning.cell SPEC RESULT

SPEC is the cell as JSON (see `Cell`), RESULT the file to be written. The process is the measure of
memory: its peak is read when the method is done and before anything is scored.
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.unlearning import data
from bench.unlearning.methods import METHODS, Edited, Job
from bench.unlearning.score import Scorer, Sizes, opened
from bench.unlearning.settings import Row, Setting
from patient import gguf_file

QUANTISATIONS = ("q8_0", "q4_0")


@dataclass(frozen=True, slots=True)
class Cell:
    """What is run: `size` people, `pairs` of each in the forget set (None: all), the `setting` of
    a method that trains, and the `share` of the usual number of questions that is asked."""

    method: str
    size: int
    seed: int
    model: str
    cache: str
    threads: int = 2
    pairs: int | None = None
    setting: Row | None = None
    share: float = 1.0

    @property
    def label(self) -> str:
        """The name of its file."""
        few = f"-{self.pairs}-pairs" if self.pairs else ""
        return f"{self.method}-{self.size}-people{few}-seed-{self.seed}"

    def spec(self) -> Row:
        """What must agree for a result to be of this cell: not where files lie nor threads."""
        row = asdict(self)
        for private in ("cache", "threads"):
            del row[private]
        row["model"] = Path(self.model).name
        return row


def run(cell: Cell) -> Row:
    """Forget, score, attack; the outcomes one by one."""
    names = data.people(cell.size, cell.seed)
    model, cache = Path(cell.model), Path(cell.cache)
    with tempfile.TemporaryDirectory(prefix="unlearning-") as folder:
        work = Path(folder)
        setting = Setting(**cell.setting) if cell.setting else None
        job = Job(model, cache, work, cell.seed, cell.threads, cell.pairs, setting)
        edited = METHODS[cell.method](job).run(names)
        peak = peak_memory()
        started = time.perf_counter()
        scorer = Scorer(names, cell.seed, Sizes().times(cell.share), edited.asked)
        with opened(edited.gguf or model, edited.adapter, cell.threads, cache) as lab:
            scored = scorer.everything(lab)
        quantised = _quantised(cell, edited, scorer, work)
        relearnt = _relearnt(cell, edited, names)
        return {
            "spec": cell.spec(), "names": names, "failed": list(edited.failed),
            "seconds": edited.seconds, "seconds_all": edited.seconds_all,
            "seconds_once": edited.seconds_once, "peak_mb": peak, **scored,
            "quantised": quantised, "relearnt": relearnt,
            "seconds_scoring": time.perf_counter() - started,
        }


def _quantised(cell: Cell, edited: Edited, scorer: Scorer, work: Path) -> Row:
    """Recall after the edited weights were written in other precisions."""
    found = {}
    merged = edited.merged(Path(cell.model))
    for kind in QUANTISATIONS:
        file = work / f"{kind}.gguf"
        gguf_file.write(merged, file, kind)
        with opened(file, None, cell.threads, Path(cell.cache)) as lab:
            found[kind] = scorer.short(lab)
    return found


def _relearnt(cell: Cell, edited: Edited, names: Sequence[str]) -> dict[str, list[int]]:
    from bench.unlearning.relearn import curve

    facts = data.relearning(names, cell.seed)
    return curve(edited.merged(Path(cell.model)), facts, cell.threads)


def peak_memory() -> float:
    """Megabytes that this process has held at most."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> int:
    """Run the cell and write its result; a reader never sees half of one."""
    cell, file = Cell(**json.loads(sys.argv[1])), Path(sys.argv[2])
    beside = file.with_suffix(".part")
    beside.write_text(json.dumps(run(cell)))
    beside.replace(file)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
