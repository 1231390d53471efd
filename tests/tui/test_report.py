"""Plans and receipts as text and as Markdown."""

from markdown_it import MarkdownIt

from agents.events import Receipt
from tests.tui.scripted import PLAN, RECEIPT, ROW
from tui.markdown import code_blocks, escape, render_markdown
from tui.plain import clean, render_plain
from tui.report import leaked, plan_blocks, receipt_blocks, requests_table


def test_a_receipt_as_text() -> None:
    assert render_plain(receipt_blocks(RECEIPT)) == (
        "Marcus Feld: active\n"
        "  r-7f3a, method both, 1.4 s, 1 memory removed\n"
        "  probe   leaked, guard off  guard on  chance\n"
        "  direct  0 of 12            0 of 6    0.00\n"
        "  prefix  2 of 8             0 of 6    0.25\n"
        "  inside: the value is the likeliest next word in some layer 0.50 (chance 0.25)\n"
        "  neighbours: 10 of 10 answer as before\n"
        "  not erased:\n"
        "    - the model file itself\n"
        "    - backups"
    )


def test_a_restored_request_does_not_show_what_was_measured_before() -> None:
    text = render_plain(receipt_blocks({**RECEIPT, "state": "restored"}))
    assert text.startswith("Marcus Feld: restored")
    assert "probe" not in text


def test_a_plan_shows_all_that_was_found_and_what_would_be_done() -> None:
    text = render_plain(plan_blocks(PLAN))
    for part in ("Marcus Feld", "M. Feld", "Oslo (0.91)", "Turku", "Lena Feld", "remove 1 memory"):
        assert part in text


def test_a_plan_says_how_far_it_reaches() -> None:
    line = "blast radius: would change 2 of 40 neutral answers (5 %)"
    assert line in render_plain(plan_blocks(PLAN))
    assert "blast" not in render_plain(plan_blocks({**PLAN, "blast": None}))


def test_a_plan_of_before_that_was_estimated_can_be_shown() -> None:
    older = {key: value for key, value in PLAN.items() if key != "blast"}
    assert "blast" not in render_plain(plan_blocks(older))  # type: ignore[arg-type]


def test_what_is_empty_is_not_mentioned() -> None:
    text = render_plain(plan_blocks({**PLAN, "aliases": [], "memories": [], "warnings": []}))
    assert "also known as" not in text
    assert "memories that would go" not in text


def test_of_many_facts_the_first_are_shown_and_all_memories() -> None:
    memories = [{**PLAN["memories"][0], "text": f"memory {number}"} for number in range(30)]
    facts = [f"fact {number}" for number in range(30)]
    text = render_plain(plan_blocks({**PLAN, "facts": facts, "memories": memories}))  # type: ignore[typeddict-item]
    assert "fact 7\n    - and 22 sentences more" in text
    assert "memory 29" in text


def test_columns_line_up_under_wide_and_combining_characters() -> None:
    rows = [{**ROW, "subject": "王小明"}, {**ROW, "subject": "Jose\N{COMBINING ACUTE ACCENT}"}]
    lines = render_plain([requests_table(rows)]).splitlines()  # type: ignore[arg-type]
    assert lines[1].split("entity")[0] == "  r-7f3a   王小明   "
    assert lines[2].split("entity")[0] == "  r-7f3a   Jose\N{COMBINING ACUTE ACCENT}     "


def test_a_subject_cannot_send_escape_sequences_to_the_terminal() -> None:
    hostile: Receipt = {**RECEIPT, "subject": "\x1b]0;owned\x07 \x1b[2J"}
    assert "\x1b" not in render_plain(receipt_blocks(hostile))
    assert clean("a\x1bb\tc\n") == "a\\x1bb\tc\n"


def test_a_subject_cannot_format_or_link_in_markdown() -> None:
    hostile = "**x** [y](http://z) | <b> `c` # \\ ![i](u) https://a.b ~~s~~"
    html = MarkdownIt("gfm-like").render(escape(hostile))
    assert html.count("<") == 2, html
    assert "<p>**x** [y](http://z) | &lt;b&gt;" in html


def test_a_hostile_subject_does_not_add_columns_to_a_table() -> None:
    table = requests_table([{**ROW, "subject": "a | b \n c"}])
    html = MarkdownIt("gfm-like").render(render_markdown([table]))
    assert html.count("<td>") == 6
    assert "<td>a | b c</td>" in html


def test_leaks_are_counted_as_the_user_would_see_them() -> None:
    assert leaked(RECEIPT) == 0
    assert leaked({**RECEIPT, "guarded_probes": {}}) == 2


def test_code_blocks_are_found_in_an_answer() -> None:
    assert code_blocks("a\n```py\nx = 1\n```\nb\n```\ny\n```\n") == ["x = 1\n", "y\n"]
