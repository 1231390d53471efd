"""What each verb prints, for a person and as JSON, and how it ends."""

from pathlib import Path

import pytest

from agents.errors import NothingToForget
from agents.events import (
    ChoiceNeeded,
    Event,
    MemoryKept,
    Notice,
    ReceiptIssued,
    RestoreProposed,
    StepTaken,
    ThoughtGrew,
)
from tests.tui.conftest import Lethe
from tests.tui.scripted import (
    OPERATED,
    PLAN,
    RECEIPT,
    ROW,
    ScriptedSession,
    answered,
    proposed,
)
from tui import main as edge

RESTORED = ReceiptIssued({**RECEIPT, "state": "restored"})
CHOICE = ChoiceNeeded("Which one?", ("Marcus Feld", "Marcus Reyl", "none of them"))


def test_ask_prints_the_answer(lethe: Lethe) -> None:
    ran = lethe("ask", "Who", "is", "he?", session=ScriptedSession([answered("A glassblower.")]))
    assert (ran.status, ran.out.split(), ran.err) == (0, ["A", "glassblower."], "")


def test_ask_as_json(lethe: Lethe) -> None:
    session = ScriptedSession([answered("I don't know.", guarded=True)])
    assert lethe("ask", "Who?", "--json", session=session).json == {
        "answer": "I don't know.",
        "guarded": True,
        "request_id": "r-7f3a",
        "seconds": 0.25,
        "thought": "",
        "trace": [],
    }
    assert session.calls == [("send", "Who?", "ask", "auto"), ("discard",), ("close",)]


def test_ask_as_json_carries_what_the_agents_did(lethe: Lethe) -> None:
    steps: list[Event] = [
        StepTaken("critic", "5, 5, 4, 5, 5"), ThoughtGrew("Hm. "), ThoughtGrew("So."),
    ]
    session = ScriptedSession([[*steps, *answered("I don't know.", guarded=True)]])
    told = lethe("ask", "Who?", "--json", session=session).json
    assert told["trace"] == [{"agent": "critic", "said": "5, 5, 4, 5, 5"}]
    assert told["thought"] == "Hm. So."


@pytest.mark.parametrize("verb", ["forget", "restore", "remember", "watch"])
def test_a_guest_may_only_ask(lethe: Lethe, verb: str) -> None:
    session = ScriptedSession([answered("Hello.")])
    refused = lethe(verb, "Marcus Feld", "--guest", session=session)
    assert (refused.status, refused.out) == (2, "")
    assert refused.err == f"lethe: a guest can only ask; `lethe {verb}` is for the owner\n"
    assert session.calls == []
    assert lethe("--guest", "ask", "Hello?", session=session).out == "Hello. \n"


@pytest.mark.parametrize("verb", ["doctor", "list", "verify"])
def test_a_guest_is_not_told_how_many_requests_there_are(lethe: Lethe, verb: str) -> None:
    refused = lethe(verb, "--guest")
    assert (refused.status, refused.out) == (2, "")


def test_an_unknown_strategy_is_one_line(lethe: Lethe) -> None:
    refused = lethe("ask", "x", "--strategy", "hope")
    assert refused.status == 2
    assert "'hope'" in refused.err
    assert len(refused.err.splitlines()) == 1


def test_an_answer_cannot_send_escape_sequences_to_the_terminal(lethe: Lethe) -> None:
    assert "\x1b" not in lethe("ask", "x", session=ScriptedSession([answered("\x1b[2J")])).out


def test_each_line_of_stdin_is_asked_on_its_own(lethe: Lethe) -> None:
    session = ScriptedSession([answered("one"), answered("two")])
    ran = lethe("ask", "-", "--json", session=session, stdin=b"1?\n2?\n")
    assert [line["answer"] for line in ran.lines] == ["one", "two"]
    assert [call[0] for call in session.calls] == [
        "switch", "send", "discard", "switch", "send", "discard", "close",
    ]  # fmt: skip


def test_a_bad_line_gives_an_error_object_and_the_rest_is_done(lethe: Lethe) -> None:
    session = ScriptedSession([answered("one"), answered("four")])
    ran = lethe("ask", "-", "--json", session=session, stdin=b"1?\n\xff\n\n4?\n")
    assert [line.get("answer") for line in ran.lines] == ["one", None, None, "four"]
    assert ran.lines[1] == {
        "error": "the turn is not UTF-8: byte 0xff at position 1", "line": 2,
    }  # fmt: skip
    assert ran.status == 2
    assert ran.err.count("\n") == 2


def test_a_line_that_the_session_refuses_is_reported_and_the_rest_is_done(lethe: Lethe) -> None:
    unknown = NothingToForget("nothing is known about 'x'")
    session = ScriptedSession([unknown, proposed(), []])
    ran = lethe("forget", "-", "--json", session=session, stdin=b"x\ny\n")
    assert ran.lines[0] == {"error": "nothing is known about 'x'", "line": 1}
    assert ran.lines[1]["state"] == "declined"
    assert ran.status == 1


def test_empty_stdin_is_no_input_and_no_error(lethe: Lethe) -> None:
    assert (lethe("ask", "-").status, lethe("ask", "-").out) == (0, "")


def test_forget_with_consent_gives_the_receipt(lethe: Lethe) -> None:
    session = ScriptedSession([proposed(), OPERATED])
    ran = lethe("forget", "Marcus Feld", "--yes", "--json", "--method", "edit", session=session)
    assert ran.json == RECEIPT
    assert {"request_id", "state", "subject", "method", "seconds", "probes", "neighbours"} <= set(
        ran.json
    )
    assert ran.json["probes"]["prefix"] == {"asked": 8, "leaked": 2, "chance": 0.25}
    assert session.calls[:2] == [("send", "Marcus Feld", "forget", "edit"), ("resume", True)]
    assert (ran.status, ran.err) == (0, "")


def test_forget_for_a_person_prints_the_receipt(lethe: Lethe) -> None:
    ran = lethe("forget", "x", "--yes", session=ScriptedSession([proposed(), OPERATED]))
    assert ran.out.startswith("Marcus Feld: active\n")


def test_without_consent_nothing_is_done_and_the_plan_is_the_result(lethe: Lethe) -> None:
    session = ScriptedSession([proposed(), [Notice("Nothing was changed.")]])
    ran = lethe("forget", "Marcus Feld", "--json", session=session)
    assert ("resume", False) in session.calls
    assert ran.status == 1
    assert ran.json == {
        "request_id": "r-7f3a", "state": "declined", "subject": "Marcus Feld", "method": "both",
        "seconds": 0.0, "probes": {}, "neighbours": {"asked": 0, "kept": 0}, "plan": PLAN,
    }  # fmt: skip


def test_without_consent_a_person_is_told_how_to_give_it(lethe: Lethe) -> None:
    ran = lethe("forget", "x", session=ScriptedSession([proposed(), []]))
    assert ran.out.startswith("Forget Marcus Feld?\n")
    assert ran.out.endswith("Nothing was changed; add --yes.\n")


@pytest.mark.parametrize(
    ("typed", "consent"),
    [("y\n", True), ("YES\n", True), ("\n", False), ("n\n", False), ("", False)],
)
def test_at_a_terminal_the_plan_is_shown_and_only_yes_is_yes(
    lethe: Lethe, monkeypatch: pytest.MonkeyPatch, typed: str, consent: bool
) -> None:
    asked = at_terminal(monkeypatch, typed)
    session = ScriptedSession([proposed(), OPERATED if consent else []])
    ran = lethe("forget", "x", "--json", session=session)
    assert ("resume", consent) in session.calls
    assert asked == ["Go ahead? [y/N] "]
    assert "Forget Marcus Feld?" in ran.err
    assert ran.json["state"] == ("active" if consent else "declined")


def at_terminal(monkeypatch: pytest.MonkeyPatch, *typed: str) -> list[str]:
    """Somebody sits there and types these lines; returns the prompts they saw."""
    asked: list[str] = []
    answers = iter(typed)

    def question(prompt: str) -> str:
        asked.append(prompt)
        return next(answers)

    monkeypatch.setattr(edge, "_somebody_there", lambda: True)
    monkeypatch.setattr(edge, "_question", question)
    return asked


def test_at_a_terminal_one_of_several_subjects_is_chosen_by_number(
    lethe: Lethe, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_terminal(monkeypatch, "2\n", "y\n")
    session = ScriptedSession([[CHOICE], proposed(), OPERATED])
    ran = lethe("forget", "Marcus", session=session)
    assert session.calls[1:3] == [("resume", "Marcus Reyl"), ("resume", True)]
    assert "  2. Marcus Reyl" in ran.err


@pytest.mark.parametrize("typed", ["\n", "9\n", "²\n", "Marcus\n"])
def test_an_answer_that_is_no_option_chooses_none(
    lethe: Lethe, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    at_terminal(monkeypatch, typed)
    session = ScriptedSession([[CHOICE], []])
    assert lethe("forget", "Marcus", session=session).status == 1
    assert ("resume", False) in session.calls


def test_several_subjects_in_a_script_are_listed_and_nothing_is_done(lethe: Lethe) -> None:
    session = ScriptedSession([[CHOICE], []])
    ran = lethe("forget", "Marcus", "--yes", "--json", session=session)
    assert ran.status == 1
    assert (ran.json["state"], ran.json["request_id"]) == ("ambiguous", None)
    assert ran.json["options"] == ["Marcus Feld", "Marcus Reyl", "none of them"]


def test_an_unknown_subject_is_one_line_and_status_1(lethe: Lethe) -> None:
    session = ScriptedSession([NothingToForget("nothing is known about 'x'")])
    ran = lethe("forget", "x", "--yes", session=session)
    assert (ran.status, ran.out, ran.err) == (1, "", "lethe: nothing is known about 'x'\n")
    assert session.calls[-1] == ("close",)


def test_restore_undoes_after_consent(lethe: Lethe) -> None:
    session = ScriptedSession([[RestoreProposed((ROW,))], [RESTORED]])
    ran = lethe("restore", "r-7f3a", "--yes", "--json", session=session)
    assert session.calls[:2] == [("send", "r-7f3a", "restore", "auto"), ("resume", True)]
    assert ran.json == {
        "state": "restored",
        "requests": [{"request_id": "r-7f3a", "subject": "Marcus Feld", "state": "restored"}],
    }


def test_restore_without_consent_leaves_all_as_it_is(lethe: Lethe) -> None:
    session = ScriptedSession([[RestoreProposed((ROW,))], []])
    ran = lethe("restore", "Marcus", "--json", session=session)
    assert (ran.status, ran.json["state"]) == (1, "declined")
    assert ran.json["requests"][0]["state"] == "active"


def test_remember_keeps_a_text(lethe: Lethe) -> None:
    session = ScriptedSession([[MemoryKept("m9", "I live in Oslo")]])
    ran = lethe("remember", "I live in Oslo", "--json", session=session)
    assert ran.json == {"memory_id": "m9", "text": "I live in Oslo"}


def test_what_may_not_be_remembered_says_why(lethe: Lethe) -> None:
    session = ScriptedSession([[Notice("That touches what you had me forget.")]])
    ran = lethe("remember", "x", "--json", session=session)
    assert (ran.status, ran.json["memory_id"]) == (1, None)
    assert ran.json["reason"] == "That touches what you had me forget."


def test_watch_gives_the_verdict_and_does_nothing(lethe: Lethe) -> None:
    session = ScriptedSession()
    ran = lethe("watch", "-", "--json", session=session, stdin=b"forget Marcus Feld\n")
    assert ran.lines == [
        {"intent": "forget", "subject": "Marcus Feld", "scope": "entity", "confidence": 0.98}
    ]
    assert "send" not in [call[0] for call in session.calls]
    assert lethe("watch", "x").out == "forget: Marcus Feld (entity), confidence 0.98\n"


def test_verify_ends_with_1_when_something_leaks(lethe: Lethe) -> None:
    tight = lethe("verify", "--json", session=ScriptedSession([OPERATED]))
    assert (tight.status, tight.json["leaked"]) == (0, 0)
    leaky = ReceiptIssued({**RECEIPT, "guarded_probes": {}})
    ran = lethe("verify", "r-7f3a", "--json", session=ScriptedSession([[leaky]]))
    assert (ran.status, ran.json["leaked"]) == (1, 2)
    assert ran.json["receipts"][0]["request_id"] == "r-7f3a"


def test_models_lists_files_and_says_why_one_cannot_be_used(
    lethe: Lethe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    snapshot = tmp_path / "hub" / "models--some--one-GGUF" / "snapshots" / "0"
    snapshot.mkdir(parents=True)
    (snapshot / "one-Q8_0.gguf").write_text("this is text")
    session = ScriptedSession()
    ran = lethe("models", "--json", session=session)
    row = next(row for row in ran.json if row["source"] != "shipped")
    assert row["ref"] == "some/one-GGUF:Q8_0"
    assert "\n" not in row["problem"]
    assert "some/one-GGUF:Q8_0" in lethe("models", session=session).out
    assert session.calls == []


def test_doctor_answers_every_question_without_opening_a_session(lethe: Lethe) -> None:
    session = ScriptedSession()
    ran = lethe("doctor", "--json", session=session)
    assert ran.status == (0 if ran.json["ok"] else 1)
    assert {"name", "ok", "detail"} == set(ran.json["checks"][0])
    text = lethe("doctor", session=session).out
    assert all(check["name"] in text for check in ran.json["checks"])
    assert session.calls == []


def test_retention_says_how_long_conversations_are_kept(lethe: Lethe) -> None:
    session = ScriptedSession(chats=(30, 2, 9), told=("1 conversation went.",))
    ran = lethe("retention", session=session)
    assert ran.out == (
        "Conversations go 30 days after their last turn; 2 of 9 are older by this clock.\n"
    )
    assert ran.err == "1 conversation went.\n"
    assert "are kept until" in lethe("retention", session=ScriptedSession()).out
    assert session.calls == [("close",)]


def test_retention_lets_nothing_go_without_consent(lethe: Lethe) -> None:
    session = ScriptedSession(chats=(None, 2, 9))
    declined = lethe("retention", "30", "--json", session=session)
    record = {"keep_chats_days": None, "state": "declined", "due": 2, "total": 9}
    assert (declined.status, declined.json) == (1, record)
    assert "add --yes" in lethe("retention", "30", session=session).out
    assert session.calls == [("close",), ("close",)]


@pytest.mark.parametrize(("said", "days"), [("30", 30), ("two weeks", 14), ("never", None)])
def test_retention_is_set_with_consent(lethe: Lethe, said: str, days: int | None) -> None:
    session = ScriptedSession(chats=(None, 2, 9))
    ran = lethe("retention", said, "--yes", session=session)
    assert (ran.status, session.calls) == (0, [("keep chats", days), ("close",)])
    assert ("2 went now" in ran.out) == (days is not None)


def test_where_nothing_would_go_retention_needs_no_consent(lethe: Lethe) -> None:
    session = ScriptedSession(chats=(None, 0, 9))
    assert lethe("retention", "30", session=session).status == 0
    assert session.calls[0] == ("keep chats", 30)


@pytest.mark.parametrize("said", ["0", "-1", "soon", "36501"])
def test_retention_names_a_time_that_is_none(lethe: Lethe, said: str) -> None:
    session = ScriptedSession()
    ran = lethe("retention", said, session=session)
    assert (ran.status, session.calls) == (2, [])
    assert ran.err.startswith("lethe: ")
    if said != "-1":
        assert repr(said) in ran.err
