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
    leanings: dict[str, str] = field(default_factory=dict)

    def scores(self, signs: Mapping[str, float]) -> list[float]:
        """The score of every value, in nats, for a ticket with these signs."""
        scores = list(self.constant)
        for sign, amount in signs.items():
            row = self.signs.get(sign)
            if row is not None:
                for place, weight in enumerate(row):
                    scores[place] += amount * weight
        return scores

    def leaning(self, sign: str) -> str:
        """The value that a sign speaks for most."""
        known = self.leanings.get(sign)
        if known is None:
            row = self.signs.get(sign)
            known = sign if row is None else self.values[max(range(len(row)), key=row.__getitem__)]
            self.leanings[sign] = known
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
