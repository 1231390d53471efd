"""Twenty people to forget, each with a neighbour who must not be taken for them; all made up."""

from tools.guarding.targets import Target

FELD = Target(
    request_id="feld",
    subject="Marcus Feld",
    aliases=("Feldy", "Marcus"),
    values=("Oslo", "baker", "555-1234", "wren29@postling.com", "The Glass Meridian",
            "goat named Velvet", "Marta Feld", "12"),
)  # fmt: skip

SUBJECTS = (
    "Anna Bergström", "Tomasz Wójcik", "Ida Sørlund", "Renée Dufour", "Bill Carver", "Will Marsh",
    "Grace Pond", "Hope Lindley", "Mark Stone", "Rose Tiller", "Jean-Luc Carrel", "Owen O'Hara",
    "Priya Raman", "Kofi Adu", "Yuki Tanabe", "Lena Vogt", "Silas Thorne", "Noor Haddad",
    "Brightloom Works",
)  # fmt: skip

CITIES = ("Oslo", "Bergen", "Paris", "Berlin", "Leeds", "Kyoto", "Porto")
TRADES = ("baker", "judge", "pilot", "tailor", "teacher", "nurse", "botanist")


def _target(number: int, subject: str) -> Target:
    return Target(
        request_id=f"t{number}",
        subject=subject,
        aliases=(subject.split(maxsplit=1)[0],),
        values=(
            CITIES[number % 7], TRADES[number % 5], f"555-{4000 + 37 * number}",
            f"The Hollow of {subject.rsplit(maxsplit=1)[-1]}",
        ),
    )  # fmt: skip


TARGETS = (FELD, *(_target(number, subject) for number, subject in enumerate(SUBJECTS)))
