"""What each sign of the lexicon says of each condition and each reach: data, fitted by `tests/bench/fit_cues.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

import yaml

from triage.tickets.models import Condition, Reach


@dataclass(frozen=True, slots=True)
class CueWeights:
    """A log-linear model over signs: `constant` of each value, for each sign what it adds to each, in nats."""

    values: tuple[str, ...]
    constant: tuple[float, ...]
    signs: Mapping[str, tuple[float, ...]]
    rows: dict[str, tuple[tuple[float, ...], str]] = field(default_factory=dict)

    def scores(self, signs: Mapping[str, float]) -> list[float]:
        """The score of every value, in nats, for a ticket with these signs."""
        scores = list(self.constant)
        for sign, amount in signs.items():
            row = self.signs.get(sign)
            if row is not None:
                scores = [score + amount * weight for score, weight in zip(scores, row, strict=True)]
        return scores

    def row_of(self, sign: str) -> tuple[tuple[float, ...], str]:
        """What a sign adds to each value (nothing where it is unknown), and the value that it speaks for most."""
        known = self.rows.get(sign)
        if known is None:
            row = self.signs.get(sign)
            if row is None:
                known = (0.0,) * len(self.values), sign
            else:
                known = row, self.values[max(range(len(row)), key=row.__getitem__)]
            self.rows[sign] = known
        return known


_VALUES = {"condition": tuple(each.value for each in Condition), "reach": tuple(each.value for each in Reach)}


@lru_cache(maxsize=1)
def weights() -> dict[str, CueWeights]:
    """The fitted weights of `condition` and of `reach`."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    table = yaml.load((files("triage.linking") / "data" / "cue-weights.yaml").read_text("utf-8"), Loader=loader)
    return {
        kind: CueWeights(
            values,
            tuple(float(table[kind]["constant"].get(value, 0.0)) for value in values),
            {
                str(sign): tuple(float(row.get(value, 0.0)) for value in values)
                for sign, row in table[kind]["signs"].items()
            },
        )
        for kind, values in _VALUES.items()
    }


@lru_cache(maxsize=1)
def known_signs() -> dict[str, frozenset[str]]:
    """The signs that a lexicon may put phrases under, by the kind of cue."""
    signs = {kind: frozenset(model.signs) | frozenset(model.values) for kind, model in weights().items()}
    return {**signs, "verb": signs["condition"], "opener": signs["condition"]}
