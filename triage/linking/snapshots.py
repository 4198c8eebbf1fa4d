"""What was fitted, as bytes and back: plain arrays in numpy's own format, never pickles."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from triage.errors import StoreError
from triage.linking.learner import Learned
from triage.linking.softmax import Snapshot

_ARRAYS = ("terms", "rarity", "weights", "bias")


def pack_fitted(fitted: Mapping[str, Learned]) -> bytes:
    """The fitted weights of every kind as one compressed archive."""
    arrays: dict[str, np.ndarray] = {}
    about: dict[str, object] = {}
    for kind, learned in fitted.items():
        snapshot = learned.snapshot
        for name in _ARRAYS:
            arrays[f"{kind}.{name}"] = getattr(snapshot, name)
        about[kind] = {
            "unseen": float(snapshot.unseen),
            "labels": list(snapshot.labels),
            "examples": int(snapshot.examples),
            "lexical": float(learned.lexical),
            "temperature": float(learned.temperature),
            "none": [float(weight) for weight in learned.none],
            "share": float(learned.share),
            "platt": [float(weight) for weight in learned.platt],
            "expected": learned.expected,
        }
    arrays["about"] = np.frombuffer(json.dumps(about).encode("utf-8"), dtype=np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]  # numpy's stub wants its own flag first
    return out.getvalue()


def unpack_fitted(data: bytes) -> dict[str, Learned]:
    """The inverse of `pack_fitted`. StoreError where the bytes are not such an archive."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            about = json.loads(archive["about"].tobytes().decode("utf-8"))
            return {kind: _learned(kind, entry, archive) for kind, entry in about.items()}
    except (KeyError, ValueError, OSError, TypeError, zipfile.BadZipFile) as error:
        raise StoreError("what was learned cannot be read", "run 'triage learn rebuild'") from error


def _learned(kind: str, about: dict[str, Any], archive: Mapping[str, np.ndarray]) -> Learned:
    labels = tuple(str(label) for label in about["labels"])
    snapshot = Snapshot(
        unseen=float(about["unseen"]),
        labels=labels,
        examples=int(about["examples"]),
        **{name: archive[f"{kind}.{name}"] for name in _ARRAYS},
    )
    return Learned(
        snapshot=snapshot,
        lexical=float(about["lexical"]),
        temperature=float(about["temperature"]),
        none=tuple(float(weight) for weight in about["none"]),
        share=float(about["share"]),
        platt=_pair(about.get("platt")),
        expected=None if about.get("expected") is None else float(about["expected"]),
        columns={label: column for column, label in enumerate(labels)},
    )


def _pair(stored: Any) -> tuple[float, float]:
    return (float(stored[0]), float(stored[1])) if stored else (0.0, 1.0)
