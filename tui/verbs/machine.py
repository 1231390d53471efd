"""The verbs about this machine: `models`, `doctor`. Neither opens a session."""

from typing import TYPE_CHECKING

from tui.errors import DONE, NOT_DONE
from tui.plain import render_plain
from tui.report import Table
from tui.verbs.call import Call

if TYPE_CHECKING:
    from tools.models.references import ListedModel

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
    """Check this machine and this installation; ends with 1 when something is wanting."""
    from tools.models.references import is_served, resolve
    from tui.compose import SHIPPED
    from tui.doctor import Place, all_well, as_record, examine
    from tui.paths import paths

    where = paths(call.settings.data_dir)
    cache = call.settings.cache_dir or where.cache
    ref, key = call.settings.model, call.settings.api_key
    model = ref if ref and is_served(ref) else resolve(ref, default=SHIPPED)
    checks = examine(Place(
        data=where.data, cache=cache, model=model, seal_key=where.key, key=key,
        passphrase=call.settings.passphrase,
    ))
    rows = tuple((check.name, "ok" if check.ok else "WANTING", check.detail) for check in checks)
    call.output.result(as_record(checks), render_plain([Table(("check", "", "found"), rows)]))
    return DONE if all_well(checks) else NOT_DONE


def _row(model: "ListedModel") -> tuple[str, ...]:
    kind = " ".join(filter(None, (model["architecture"], model["quantisation"]))) or "-"
    reach = "answers and weights" if model["editable"] else "answers only"
    size = f"{model['size_bytes'] / MEGABYTE:,.0f}"
    return (model["ref"], size, kind, model["problem"] or reach)
