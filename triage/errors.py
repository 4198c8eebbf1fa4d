"""What can go wrong, said in one line that names the place, the problem and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong in a file: where it stands, what it is, and how to mend it."""

    what: str
    file: str | None = None
    line: int | None = None
    hint: str | None = None
    severity: str = "error"  # error | warning | note

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place = f"{place}:{self.line}" if place else f"line {self.line}"
        text = f"{place}: {self.what}" if place else self.what
        return f"{text}; {self.hint}" if self.hint else text


class TriageError(Exception):
    """The base of every refusal that a person is told of. Exit code 1 on the command line."""

    exit_code = 1

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}; {self.hint}" if self.hint else self.what

    def lines(self) -> list[str]:
        """The message as one line an error."""
        return [str(self)]


class InputError(TriageError):
    """A file or a word from outside that cannot be used; carries every problem that was found."""

    LIMIT = 50

    def __init__(self, problems: Iterable[Problem] | str, hint: str | None = None) -> None:
        self.problems = [Problem(problems, hint=hint)] if isinstance(problems, str) else list(problems)
        first = str(self.problems[0]) if self.problems else "the input is wrong"
        super().__init__(first)

    def lines(self) -> list[str]:
        """One line a problem, the first fifty, and how many more there are."""
        shown = [str(problem) for problem in self.problems[: self.LIMIT]]
        more = len(self.problems) - self.LIMIT
        if more > 0:
            shown.append(f"and {more} more")
        return shown


class NotFound(TriageError):
    """Something was named that does not exist."""


class Refused(TriageError):
    """An act that the rules or the state of things do not allow."""


class Taken(Refused):
    """A ticket that somebody else claimed first."""


class Overtaken(Refused):
    """An act, undo or redo that a later act of someone else has made impossible: it would overwrite that."""


class StoreError(TriageError):
    """The database cannot be read or written as it should."""


class UsageError(TriageError):
    """The command was called in a way that cannot be meant. Exit code 2."""

    exit_code = 2
