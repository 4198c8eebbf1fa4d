"""What confirmations taught: a multiset of decisions and integer sums over it, nothing else.

Learning adds, forgetting subtracts, in whole numbers, so that the order of acts leaves no trace: after
an undo the state is that of a log without the undone act. A decision keeps hashed terms and no text.
"""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import compress, crc32, decompress

from triage.errors import StoreError
from triage.linking.recent import Recent

UNIT = 8
"""A word of the body counts this many units; counts are whole numbers of units."""

_MAGIC = b"triage-memory-1\n"


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's decision as the learner keeps it.

    `kind` service, touchpoint, condition or reach; `target` an id, a value, or `none`; `terms` packed
    hashed terms with counts (`pack`); `features` what the suggestion rested on, as fixed-point
    thousandths by name; `blind` whether the decision was made before the proposal was shown; `who` the
    person; `imported` whether it came with a file of past decisions.
    """

    ticket: int
    kind: str
    target: str
    terms: bytes = b""
    features: tuple[tuple[str, int], ...] = ()
    blind: bool = False
    who: str = ""
    imported: bool = False

    def to_row(self) -> dict[str, Any]:
        """The decision as plain values for a JSON column; `terms` in hexadecimal."""
        return {
            "ticket": self.ticket,
            "kind": self.kind,
            "target": self.target,
            "terms": self.terms.hex(),
            "features": [list(pair) for pair in self.features],
            "blind": self.blind,
            "who": self.who,
            "imported": self.imported,
        }

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Decision:
        """The inverse of `to_row`. StoreError where the row is not one."""
        try:
            return cls(
                ticket=int(row["ticket"]),
                kind=str(row["kind"]),
                target=str(row["target"]),
                terms=bytes.fromhex(row["terms"]),
                features=tuple((str(name), int(value)) for name, value in row["features"]),
                blind=bool(row["blind"]),
                who=str(row["who"]),
                imported=bool(row["imported"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError("a stored decision cannot be read", "run 'triage learn rebuild'") from error


class Lesson(NamedTuple):
    """What a ticket's text gives to every decision on it: its terms, and by kind what a suggestion rests on."""

    terms: bytes
    features: dict[str, tuple[tuple[str, int], ...]]

    def decision(self, ticket: int, kind: str, target: str, who: str, imported: bool, blind: bool = False) -> Decision:
        """A decision on this ticket."""
        return Decision(ticket, kind, target, self.terms, self.features.get(kind, ()), blind, who, imported)


def hash_term(term: str) -> int:
    """A term as 32 bits, the same on every machine."""
    return crc32(term.encode("utf-8"))


def pack(counts: dict[int, int]) -> bytes:
    """Hashed terms with counts (1 to 255) as bytes: the hashes in order, then the counts."""
    ordered = sorted(counts.items())
    hashes = array("I", [term for term, _ in ordered])
    return hashes.tobytes() + bytes(min(255, max(1, count)) for _, count in ordered)


def unpack(terms: bytes) -> tuple[list[int], list[int]]:
    """The inverse of `pack`: hashes and counts."""
    size = len(terms) // 5
    hashes = array("I")
    hashes.frombytes(terms[: 4 * size])
    return list(hashes), list(terms[4 * size :])


class Memory:
    """The live state of the learner: a multiset of decisions, whole counts over it, the last snapshot.

    Learning and forgetting cost microseconds and are exact. `fitted` is what `Linker.fit` made at the
    last fixed point, `number` how many there were; it is not part of the live state.
    """

    def __init__(self) -> None:
        self._decisions: dict[Decision, int] = {}
        self.targets: dict[str, dict[str, int]] = defaultdict(dict)
        self.recent = Recent()
        self.fitted: dict[str, Any] = {}
        self.number = 0
        self.fitted_on = 0
        self.stale = False

    def __len__(self) -> int:
        return sum(self._decisions.values())

    def decisions(self, kind: str | None = None) -> Iterator[Decision]:
        """The decisions that are remembered, of one kind or all."""
        for decision, count in self._decisions.items():
            if kind is None or decision.kind == kind:
                for _ in range(count):
                    yield decision

    def count(self, kind: str) -> int:
        """How many decisions of a kind are remembered."""
        return sum(self.targets[kind].values()) if kind in self.targets else 0

    def learn(self, decision: Decision) -> None:
        """Takes a decision in."""
        self._decisions[decision] = self._decisions.get(decision, 0) + 1
        targets = self.targets[decision.kind]
        targets[decision.target] = targets.get(decision.target, 0) + 1
        self.recent.add(decision)

    def forget(self, decision: Decision) -> bool:
        """Takes a decision out, exactly. False where it was never learned.

        One that the last snapshot rests on makes that `stale`: it is due to be fitted again.
        """
        count = self._decisions.get(decision, 0)
        if not count:
            return False
        if count == 1:
            del self._decisions[decision]
        else:
            self._decisions[decision] = count - 1
        targets = self.targets[decision.kind]
        targets[decision.target] -= 1
        if not targets[decision.target]:
            del targets[decision.target]
        if not targets:
            del self.targets[decision.kind]
        if decision in self.recent:
            self.recent.remove(decision)
        else:
            self.stale = True
        return True

    @property
    def fit_due(self) -> bool:
        """Whether a fixed point is reached: forgotten what was fitted, or a tenth more decisions than then (20
        at least).
        """
        return self.stale or len(self.recent) >= max(20, self.fitted_on // 10)

    def settle(self, fitted: Mapping[str, Any]) -> None:
        """Takes a snapshot as made from all that is remembered now."""
        self.fitted = dict(fitted)
        self.number += 1
        self.fitted_on = len(self)
        self.stale = False
        self.recent = Recent()

    def dump(self) -> bytes:
        """The live state in canonical form: equal multisets of decisions give equal bytes, whatever the order."""
        rows = sorted(
            json.dumps(decision.to_row(), sort_keys=True, separators=(",", ":"))
            for decision, count in self._decisions.items()
            for _ in range(count)
        )
        return _MAGIC + compress("\n".join(rows).encode("utf-8"), 6)

    @classmethod
    def load(cls, data: bytes) -> Memory:
        """The live state that was dumped, without a snapshot. StoreError where the bytes are not a dump."""
        if not data.startswith(_MAGIC):
            raise StoreError("what was learned cannot be read", "run 'triage learn rebuild'")
        memory = cls()
        for line in decompress(data[len(_MAGIC) :]).decode("utf-8").split("\n"):
            if line:
                memory.learn(Decision.from_row(json.loads(line)))
        return memory
