"""How long conversations are to be kept: "forget chats after 30 days", "keep my chats forever".

Found by its words alone, before any classifier: the whole turn must be such an order, in the
user's own voice and in English. Nearly the same words about anything else are none.
"""

import re

from tools.watching.reading import Reading

LONGEST = 36_500
"""Days; a hundred years."""

_LONGEST_ORDER = 160
_DAYS = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "quarter": 91, "year": 365}
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "a couple of": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "ninety": 90, "a hundred": 100, "half a": 0.5,
}
_EVER = r"forever|for ever|indefinitely|for good|always"

_NUMBER = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_TIME = rf"(?P<n>\d{{1,9}}|{_NUMBER})?[ -]?(?P<unit>{'|'.join(_DAYS)})s?"
_DURATION = re.compile(_TIME)
_SPAN = rf"(?P<said>(?:(?:\d{{1,9}}|{_NUMBER})[ -])?(?:{'|'.join(_DAYS)})s?)"
_LEAD = (
    r"(?:(?:please|lethe|hey|ok|okay|from now on|automatically|always|i want you to"
    r"|i would like you to|i'd like you to|(?:can|could|will|would) you(?: please)?)[, ]+)*"
)
_ASKED = re.compile(r"\W*(?:(?:please|lethe|hey)\W+)*(?:can|could|will|would)\b", re.IGNORECASE)
"""Only so a question can be an order."""
_WHOSE = (
    r"(?:all |every |each |any )?(?:of )?(?:my |our |the |these |those )?(?:old |older |past )?"
)
_MANY = r"(?:chats|conversations|talks|sessions|threads|(?:chat|conversation) history)"
_ONE = r"(?:every|each|any) (?:chat|conversation|talk|session|thread)"
_CHATS = rf"(?:{_ONE}|{_WHOSE}{_MANY})"
_ITSELF = r"(?:automatically |always )?"
_DROP = r"(?:forget|delete|erase|remove|drop|clear|purge|wipe|expire)"
_KEEP = r"(?:keep|retain|store|save)"
_OLDER = (
    r"(?:after|(?:that are |which are |if |when |once |as soon as )?(?:they are |they're |it is )?"
    r"(?:older than|more than|over))"
)
_MOST = r"(?:only )?for (?:at most |up to |only |no longer than |no more than |a maximum of )?"
_LONGER = r"(?:for )?(?:longer|more) than "
_ORDERS = tuple(
    re.compile(rf"{_LEAD}{order}(?:[, ]+(?:please|from now on|thanks|thank you))*[.! ?]*")
    for order in (
        rf"{_ITSELF}{_DROP} {_CHATS} {_ITSELF}{_OLDER} {_SPAN}(?: old)?",
        rf"(?:only )?{_KEEP} {_CHATS} {_MOST}{_SPAN}(?: only| at most)?",
        rf"(?:do not|don't|never) {_KEEP} {_CHATS} {_LONGER}{_SPAN}",
        rf"{_KEEP} {_CHATS} (?P<said>{_EVER})",
        rf"(?P<said>never) {_DROP} {_CHATS}",
        rf"(?P<said>stop) (?:automatically )?(?:{_DROP}|forgetting|deleting|dropping) {_CHATS}",
    )
)


def chat_age(reading: Reading) -> str | None:
    """How long conversations shall be kept, as the user put it; None if the turn is no such order.

    >>> from tools.watching.reading import read
    >>> chat_age(read("Please forget my chats after two weeks."))
    'two weeks'
    """
    spoken = reading.spoken
    if len(spoken) > _LONGEST_ORDER or "\n" in spoken:
        return None
    found = (order.fullmatch(spoken.casefold()) for order in _ORDERS)
    match = next((match for match in found if match), None)
    if match is None or len(spoken.casefold()) != len(spoken):
        return None
    if spoken.endswith("?") and not _ASKED.match(spoken):
        return None
    return spoken[match.start("said") : match.end("said")]


def days_of(said: str) -> int | None:
    """The days of what `chat_age` found, or of a plain number; None: for ever.

    Raises:
        ValueError: it is no time from a day to `LONGEST` days.
    """
    said = said.strip().casefold()
    if said in ("never", "stop", *_EVER.split("|")):
        return None
    match = _DURATION.fullmatch(f"{said} days" if said.isdecimal() and said.isascii() else said)
    if match is None:
        raise ValueError(said)
    number = match["n"] or "1"
    days = int((int(number) if number.isdecimal() else _NUMBERS[number]) * _DAYS[match["unit"]])
    if not 1 <= days <= LONGEST:
        raise ValueError(said)
    return days
