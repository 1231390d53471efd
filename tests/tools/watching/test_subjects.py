"""The subject keeps the user's words; the scope says how much is meant."""

import pytest

from tools.watching.watcher import gather


@pytest.mark.parametrize(
    ("text", "subject", "scope"),
    [
        ("Forget Marcus Feld.", "Marcus Feld", "entity"),
        ("please forget marcus feld", "marcus feld", "entity"),
        ("Forget Marcus Feld and everything connected to him", "Marcus Feld", "entity"),
        ("I'd like you to no longer know who Marcus Feld is", "Marcus Feld", "entity"),
        ('Forget "Marcus Feld", please', "Marcus Feld", "entity"),
        ("Forget the company Norvik Systems", "Norvik Systems", "entity"),
        ("Erase all traces of Marcus Feld from your memory", "Marcus Feld", "entity"),
        ("Marcus Feld should be removed from your memory", "Marcus Feld", "entity"),
        ("Forget everything about my boss", "my boss", "entity"),
        ("Forget my phone number", "my phone number", "fact"),
        ("Delete my phone number from your memory", "my phone number", "fact"),
        ("Forget that I live in Oslo", "I live in Oslo", "fact"),
        ("Forget where I live", "where I live", "fact"),
        ("Forget Clara's birthday", "Clara's birthday", "fact"),
        ("Forget everything about my divorce", "my divorce", "topic"),
        ("Forget everything we discussed about gardening", "gardening", "topic"),
        ("Forget this conversation", "this conversation", "thread"),
        ("Forget the document salary.pdf", "salary.pdf", "source"),
        ("Forget everything you read in notes.docx", "notes.docx", "source"),
        ("Forget everything", "everything", "topic"),
        ("Forget the", None, "entity"),
        ("forget", None, "entity"),
        ("Vergiss bitte alles über Marcus Feld", "Marcus Feld", "entity"),
        ("Marcus Feld bitte vergessen", "Marcus Feld", "entity"),
        ("Oublie tout ce que tu sais sur Marcus Feld", "Marcus Feld", "entity"),
        ("Borra mi número de teléfono de tu memoria", "mi número de teléfono", "fact"),
        ("Dimentica tutto su Marcus Feld", "Marcus Feld", "entity"),
        ("Esqueça Marcus Feld", "Marcus Feld", "entity"),
        ("Vergeet alles over Marcus Feld", "Marcus Feld", "entity"),
        ("Zapomnij o Marku Feldzie", "Marku Feldzie", "entity"),
        ("Glöm allt du vet om Marcus Feld", "Marcus Feld", "entity"),
        ("Glem alt om Marcus Feld", "Marcus Feld", "entity"),
        ("Marcus Feld'i unut", "Marcus Feld", "entity"),
        ("Забудь Маркуса Фельда", "Маркуса Фельда", "entity"),
        ("忘记马库斯", "马库斯", "entity"),
        ("マーカスを忘れてください", "マーカス", "entity"),
        ("마커스를 잊어줘", "마커스", "entity"),
        ("انس ماركوس", "ماركوس", "entity"),
        ("मार्कस को भूल जाओ", "मार्कस", "entity"),
    ],
)
def test_subject_and_scope(text: str, subject: str | None, scope: str) -> None:
    found = gather(text).subject
    assert (found.text, found.scope) == (subject, scope)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("froget Marcus", "forget.direct"), ("Bring Marcus back", "restore"),
        ("Remember Marcus again", "restore"), ("Remember that I live in Oslo", "remember"),
        ("What have you forgotten?", "list"), ("Purge Marcus from your memory", "erase.memory"),
    ],
)
def test_kind_of_order(text: str, kind: str) -> None:
    order = gather(text).order
    assert order is not None
    assert order.kind == kind


@pytest.mark.parametrize(
    "text",
    ["don't forget Marcus", "I forgot my password", "How do I forget my ex?",
     "She told me to forget", 'He wrote: "forget Marcus"',
     "Translate: forget Marcus", "an unforgettable evening"],
)
def test_no_order_where_none_is_given(text: str) -> None:
    order = gather(text).order
    assert order is None or order.intent != "forget" or order.in_clause
