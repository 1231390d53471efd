"""The plainest guard: answer the way this very model answers about somebody it never knew.

The model is asked the same question with a stranger in the target's place. It never sees the
target's name, so it cannot tell what it knows; what it says about the stranger is checked, given
back the name the user typed, and shown.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from zlib import crc32

from tools.guarding.audit import NAMES, Audit
from tools.guarding.context_filter import ContextFilter
from tools.guarding.disguise import THAT, Disguise, disguise, named_instead, part_of
from tools.guarding.strangers import made_up
from tools.guarding.strategy import Part, Speaker, Step, Thought
from tools.guarding.stream_filter import WINDOW, Blocked, StreamFilter
from tools.guarding.targets import IN_ANSWER, Match, Mention, TargetIndex
from tools.models.thinking import separated
from tools.models.types import Message, Sampling

NEUTRAL = "That is something I know nothing about."
"""What is said when no answer about a stranger passes the audit."""

TRIES = 2

Strangers = Callable[[str], Sequence[str]]
"""Names the model does not know, of the same shape as a request's subject, by request id."""


def no_strangers(_request_id: str) -> Sequence[str]:
    """Return nobody: every stranger is then made up."""
    return ()


class Undone:
    """A stream that is held back until it may be shown, and then has its stand-ins taken back."""

    def __init__(self, held: StreamFilter, asked: Disguise) -> None:
        self._held = held
        self._asked = asked
        self._said = self._shown = ""

    def feed(self, text: str) -> Iterator[str]:
        """Yield what may be shown now that `text` has come, if it is more than blanks."""
        yield from self._undone(self._held.feed(text))

    def finish(self) -> Iterator[str]:
        """Yield the rest, the stream being over."""
        yield from self._undone(self._held.finish())

    def _undone(self, text: str) -> Iterator[str]:
        self._said += text
        undone = self._asked.undo(self._said)
        # What is undone of more text goes on from before, unless a stand-in was cut in two.
        if undone.strip() and undone != self._shown and undone.startswith(self._shown):
            yield undone.removeprefix(self._shown)
            self._shown = undone


class RefusalGuard:
    """Strategy `refusal`. Without `strangers` the names are made up of syllables."""

    discloses = False

    def __init__(
        self,
        index: TargetIndex,
        strangers: Strangers = no_strangers,
        sampling: Sampling | None = None,
    ) -> None:
        self._index = index
        self._audit = Audit(index)
        self._context = ContextFilter(index)
        self._strangers = strangers
        self._sampling = sampling or Sampling()

    def answer(self, messages: Sequence[Message], match: Match, model: Speaker) -> Iterator[Part]:
        """Yield the answer to the last of `messages` sentence by sentence, as it is spoken.

        A reasoning model's thought about the stranger comes along, guarded in the same way. The
        earlier messages are passed on without those that touch a target. A reply that gives
        something away is tried again; one that does so after its first sentence ends before it. A
        reply that is empty, or was stopped, stays so: it would about a stranger.
        """
        *before, last = self._context.history(messages, match.request_id)
        for attempt in range(TRIES):
            asked = self._disguised(last.content, match, attempt)
            yield Step("stranger", "asked about somebody unknown instead")
            reply = model.stream([*before, Message("user", asked.question)], self._sampling)
            shown = False
            try:
                for part in self._spoken(reply, asked, last.content, match):
                    shown = shown or isinstance(part, str)
                    yield part
                return
            except Blocked:
                yield Step("audit", "stopped what came")
                if shown:
                    return
        yield NEUTRAL

    def _spoken(
        self, reply: Iterable[str], asked: Disguise, question: str, match: Match
    ) -> Iterator[Part]:
        """Yield `reply` with the stand-ins taken back, held like any answer until it may be shown.

        Raises:
            Blocked: it runs into a target.
        """

        def given_away(said: str) -> Match | None:
            return self._given_away(said, asked.undo(said), question, match)

        def lane() -> Undone:
            return Undone(StreamFilter(given_away, self._index.unfinished, window=WINDOW), asked)

        thought, answer = lane(), lane()
        for piece in separated(reply):
            if piece.thought:
                yield from map(Thought, thought.feed(piece.text))
            else:
                yield from answer.feed(piece.text)
        yield from map(Thought, thought.finish())
        yield from answer.finish()

    def _given_away(self, reply: str, answer: str, question: str, match: Match) -> Match | None:
        """Return what the plain reply or the answer made of it gives away, None for nothing."""
        named = [mention for mention in self._index.mentions(reply) if mention.field in NAMES]
        if named:
            span = named[0].start, named[0].end
            return Match(named[0].request_id, "exact", 1.0, IN_ANSWER, span, reply[slice(*span)])
        return self._audit.check(answer, question, match.request_id)

    def _disguised(self, question: str, match: Match, attempt: int) -> Disguise:
        """Put a stranger where the question means the target: by name, value, or pronoun."""

        def stand_in(mention: Mention) -> str:
            return self._stand_in(mention, question, attempt)

        mentions = self._meant(question, match)
        if mentions:
            return disguise(question, mentions, stand_in)
        stranger = self._stranger(match.request_id, question, attempt)
        typed = THAT if match.where == IN_ANSWER or match.kind == "semantic" else match.text
        named = named_instead(question, stranger, typed) if typed != THAT else None
        return named or Disguise(f"Who is {stranger}?", {stranger: typed})

    def _meant(self, question: str, match: Match) -> list[Mention]:
        """Return what must be replaced: names and telling values; without any, shared values."""
        mentions = self._index.mentions(question)
        telling = [mention for mention in mentions if mention.field in NAMES | {"value"}]
        if telling or match.kind == "semantic":
            named = {mention.request_id for mention in telling}
            halves = [m for m in mentions if m.field == "part" and m.request_id in named]
            return telling + halves
        return [mention for mention in mentions if mention.request_id == match.request_id]

    def _stand_in(self, mention: Mention, question: str, attempt: int) -> str:
        typed = question[mention.start : mention.end]
        if mention.field in ("value", "trait"):
            return made_up(typed, f"{question}\n{attempt}")
        stranger = self._stranger(mention.request_id, question, attempt)
        target = self._index.get(mention.request_id)
        if target and mention.field == "part":
            return part_of(stranger, target.subject, typed)
        return stranger

    def _stranger(self, request_id: str, question: str, attempt: int) -> str:
        """Return the stranger's name: a known twin first, one made up at the second try."""
        names = self._strangers(request_id)
        if names and attempt == 0:
            return names[crc32(question.encode(errors="replace")) % len(names)]
        target = self._index.get(request_id)
        shape = target.subject if target else "Some Name"
        return made_up(shape, f"{request_id}\n{question}\n{attempt}")
