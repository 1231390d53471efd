"""The verbs about this machine: `models`, `doctor`. Neither opens a session."""

from typing import TYPE_CHECKING

from tui.errors import DONE, NOT_DONE
from tui.plain import render_plain
from tui.report import Table
from tui.verbs.call import Call

if TYPE_CHECKING:
    from tools.models.references import ListedModel
    from tui.mending import Kept

MEGABYTE = 1_000_000


def models(call: Call) -> int:
    """List the model files in the usual places, or the models of the server that is set."""
    from tools.models.references import is_served, list_models, list_served
    from tui.compose import SHIPPED

    ref = call.settings.model
    served = list_served(ref, call.settings.api_key) if ref and is_served(ref) else None
    found = list_models(default=SHIPPED) if served is None else served
    table = Table(("model", "MB", "kind", "can forget"), tuple(map(_row, found)))
    text = render_plain([table]) if found else "No model was found on this machine."
    call.output.result(found, text)
    return DONE


def doctor(call: Call) -> int:
    """Check this machine, this installation and what is stored, or mend what is damaged.

    Ends with 1 when something is wanting, or was left as it is.
    """
    from tools.models.references import is_served, resolve
    from tui.compose import SHIPPED
    from tui.doctor import Place, all_well, as_record, examine

    if call.arguments.repair or call.arguments.drop_damaged:
        return _mended(call)
    kept = _kept(call)
    ref, key = call.settings.model, call.settings.api_key
    model = ref if ref and is_served(ref) else resolve(ref, default=SHIPPED)
    checks = examine(Place(
        data=kept.data, cache=kept.cache, model=model, seal_key=kept.key.path, key=key,
        passphrase=kept.passphrase,
    ))
    rows = tuple((check.name, "ok" if check.ok else "WANTING", check.detail) for check in checks)
    call.output.result(as_record(checks), render_plain([Table(("check", "", "found"), rows)]))
    return DONE if all_well(checks) else NOT_DONE


def _mended(call: Call) -> int:
    """Mend, or erase what was set aside, or both in this order, after consent."""
    from tui.mending import drop_damaged, dropped, mendable, repair

    kept, asked = _kept(call), call.arguments
    wanted = [
        *(mendable(kept) if asked.repair else []),
        *(dropped(kept.data) if asked.drop_damaged else []),
    ]
    if not wanted:
        call.output.result({"done": []}, "Nothing is to be mended.")
        return DONE
    plan = tuple((fault.store, fault.detail, fault.remedy) for fault in wanted)
    shown = render_plain([Table(("store", "found", "would"), plan)])
    if not _consent(call, shown):
        record = {"done": [], "plan": [dict(zip(_COLUMNS, row, strict=True)) for row in plan]}
        call.output.result(record, f"{shown}\nNothing was changed; add --yes.")
        return NOT_DONE
    done = repair(kept) if asked.repair else []
    done += drop_damaged(kept.data) if asked.drop_damaged else []
    call.output.result({"done": done}, "\n".join(done))
    return DONE


_COLUMNS = ("store", "detail", "remedy")


def _consent(call: Call, shown: str) -> bool:
    if call.arguments.yes or call.question is None:
        return bool(call.arguments.yes)
    call.output.remark(shown)
    return call.question("Go ahead? [y/N] ").strip().lower() in ("y", "yes")


def _kept(call: Call) -> "Kept":
    """The directories in use, and their key."""
    from memory.key import KeyFile
    from tui.mending import Kept
    from tui.paths import paths

    where, settings = paths(call.settings.data_dir), call.settings
    cache = settings.cache_dir or where.cache
    return Kept(where.data, cache, KeyFile(where.key), settings.passphrase)


def _row(model: "ListedModel") -> tuple[str, ...]:
    kind = " ".join(filter(None, (model["architecture"], model["quantisation"]))) or "-"
    reach = "answers and weights" if model["editable"] else "answers only"
    size = f"{model['size_bytes'] / MEGABYTE:,.0f}"
    return (model["ref"], size, kind, model["problem"] or reach)
