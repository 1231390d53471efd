"""Made-up stand-ins of the same shape as a name, a title, a number or an address.

Pronounceable, meaningless, and the same again for the same seed, so that a question asked twice is
answered the same way.
"""

import re
from random import Random

from tools.guarding.values import FUNCTION_WORDS

_ONSETS = "b d f g h j k l m n p r s t v w z br dr kr tr st".split()
_VOWELS = "a e i o u".split()
_CODAS = ["", "", "", "l", "n", "r", "s", "th"]
_WORD = re.compile(r"[^\W\d_]+|\d")


def made_up(text: str, seed: str) -> str:
    """Return a stand-in for `text`: its words and digits replaced, its form kept.

    Capitals, punctuation and function words stay; `seed` decides the choice.
    """
    chance = Random(seed)
    return _WORD.sub(lambda found: _stand_in(found.group(), chance), text)


def _stand_in(word: str, chance: Random) -> str:
    if word.isdigit():
        return str(chance.randrange(10))
    if word.casefold() in FUNCTION_WORDS:
        return word
    invented = "".join(_syllable(chance) for _ in range(2 if len(word) < 8 else 3))
    if word.isupper() and len(word) > 1:
        return invented.upper()
    return invented.capitalize() if word[0].isupper() else invented


def _syllable(chance: Random) -> str:
    return chance.choice(_ONSETS) + chance.choice(_VOWELS) + chance.choice(_CODAS)
