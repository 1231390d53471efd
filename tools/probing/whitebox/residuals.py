"""The residual streams in which a linear probe looks for an attribute.

Three positions of the prompt: the end of the name, the end of the question, and where the answer
was begun and the value would come next. The last shows what the probe can do: there the unedited
model has the value ready.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.models.lab import Lab
from tools.models.taps import block_output
from tools.probing.whitebox.attributes import SLOT, Attribute
from tools.probing.whitebox.forced import end_of_name
from tools.probing.whitebox.linear import Classes, Rows

POSITIONS = ("end of the name", "end of the question", "before the value")


def rows_of(
    lab: Lab, adapter: bytes, attribute: Attribute, forgotten: Sequence[str],
    strangers: Sequence[str],
) -> dict[str, Rows]:
    """Residuals of an attribute's people by position; none if nobody can be learnt from or tested.

    The probe learns from the edited model, since that is what its holder has; `strangers`, in the
    same model, stand for the forgotten in turn.
    """
    known = [name for name in attribute.values if name not in forgotten]
    values = sorted({attribute.values[name] for name in known})
    asked = [name for name in forgotten if attribute.values.get(name) in values]
    if not asked or not strangers or len(values) < 2:
        return {}
    labels, truth = (
        np.array([values.index(attribute.values[name]) for name in some], np.int64)
        for some in (known, asked)
    )
    return _rows(lab, adapter, attribute, (known, asked, strangers), (labels, truth))


def _rows(
    lab: Lab, adapter: bytes, attribute: Attribute,
    people: tuple[Sequence[str], Sequence[str], Sequence[str]], classes: tuple[Classes, Classes],
) -> dict[str, Rows]:
    known, asked, strangers = people
    others = [strangers[index % len(strangers)] for index in range(len(asked))]
    with lab.edited(adapter) as edited:
        every = _streams(edited, attribute, [*known, *asked, *others])
    before, cuts = _streams(lab, attribute, asked), [len(known), len(known) + len(asked)]
    found = {}
    for place, position in enumerate(POSITIONS):
        learnt, after, unknown = np.split(every[place], cuts, axis=1)
        found[position] = Rows(learnt, classes[0], after, before[place], unknown, classes[1])
    return found


def _streams(lab: Lab, attribute: Attribute, names: Sequence[str]) -> NDArray[np.float32]:
    """(positions, layers, names, width), the mean over the wordings."""
    layers = [block_output(layer) for layer in range(lab.host.info.layers)]
    asked = [(name, w.replace(SLOT, name)) for name in names for w in attribute.wordings]
    sequences = [lab.prompt(q, attribute.stem.replace(SLOT, name)) for name, q in asked]
    positions = [
        [end_of_name(lab, question, name), len(lab.prompt(question)) - 1, len(tokens) - 1]
        for (name, question), tokens in zip(asked, sequences, strict=True)
    ]
    found = lab.tap(sequences, positions, streams=layers).streams
    shape = (len(names), len(attribute.wordings), len(POSITIONS), -1)
    means = np.stack([found[layer].reshape(shape).mean(axis=1) for layer in layers])
    return np.moveaxis(means, 2, 0)
