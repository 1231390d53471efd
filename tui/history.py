"""What the user typed before, in memory only: input history on disk would outlive a forget."""

from collections.abc import Iterable

from memory.text import Mentions


class History:
    """Earlier turns with a place in them, the newest last; the draft is kept while browsing."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._entries: list[str] = []
        self._place = 0
        self._draft = ""
        self.replace(entries)

    def replace(self, entries: Iterable[str]) -> None:
        """Take these entries instead, as when another thread is resumed."""
        self._entries = list(dict.fromkeys(reversed(list(entries))))[::-1]
        self._place = len(self._entries)

    def add(self, text: str) -> None:
        """Remember a turn; the same text is kept once, at its newest place."""
        self.replace([*self._entries, text])

    def older(self, shown: str) -> str | None:
        """The entry before the one shown, None at the oldest; what is shown first is a draft."""
        if self._place == 0:
            return None
        if self._place == len(self._entries):
            self._draft = shown
        self._place -= 1
        return self._entries[self._place]

    def newer(self) -> str | None:
        """The entry after the one shown, at the end the draft; None if it is shown already."""
        if self._place == len(self._entries):
            return None
        self._place += 1
        at_end = self._place == len(self._entries)
        return self._draft if at_end else self._entries[self._place]

    def search(self, words: str) -> list[str]:
        """Entries holding every one of the words, newest first."""
        wanted = words.casefold().split()
        return [
            entry for entry in reversed(self._entries)
            if all(word in entry.casefold() for word in wanted)
        ]  # fmt: skip

    def drop(self, subject: str) -> None:
        """Remove every entry that names the subject, however it is spelt, and such a draft."""
        name, named = subject.casefold(), Mentions.of([subject])
        texts = (*self._entries, self._draft)
        *kept, draft = (
            "" if name in text.casefold() or named.in_text(text) else text for text in texts
        )
        self.replace(filter(None, kept))
        self._draft = draft
