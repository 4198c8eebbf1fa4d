"""A policy in a file of its own, or in a catalog under `policy:`; every mistake with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from triage.catalog.files import CheckPolicy, _decode, _label, _reason
from triage.catalog.json_lines import read_json
from triage.catalog.lined import LinedDict, locate, plain
from triage.catalog.merge import merge_keys
from triage.catalog.shape import TOP_KEYS
from triage.catalog.yaml_lines import Unreadable, read_yaml
from triage.errors import InputError, Problem
from triage.text import one_line

MAX_BYTES = 10_000_000


def read_policy(path: Path, check: CheckPolicy, base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The overrides that the file gives, laid over those of `base` as an apply would lay them.

    The file is YAML or JSON: a policy, or a catalog with the key `policy`. InputError tells every problem at once.
    """
    label = _label(path)
    problems: list[Problem] = []
    try:
        document = _document(path, label, problems)
    except Unreadable as error:
        raise InputError([error.problem]) from error
    except OSError as error:
        raise InputError([Problem(_reason(error), label)]) from error
    except ValueError as error:  # a path with a zero byte in it
        raise InputError([Problem(f"cannot be read ({one_line(str(error))})", label)]) from error
    written = _policy_of(document, label, problems)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise InputError(errors)
    merged = merge_keys(base or {}, plain(written))
    for wrong in check(merged):
        file, line = locate(written, tuple(wrong.path.split(".")))
        found = wrong.path.split(".")[0] in written
        what = f"policy.{one_line(wrong.path)}: {one_line(wrong.what)}"
        problems.append(Problem(what, file, line if found else None, wrong.hint))
    if problems:
        raise InputError(problems)
    return merged


def _document(path: Path, label: str, problems: list[Problem]) -> Any:
    if path.is_dir():
        raise Unreadable("is a folder", label, None, "name the file that holds the policy")
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(f"is larger than {MAX_BYTES // 1_000_000} MB", label, None)
    text = _decode(path.read_bytes(), label)
    if path.suffix.lower() == ".json":
        return read_json(text, label, problems)
    documents = list(read_yaml(text, label, problems))
    if len(documents) > 1:
        raise Unreadable("holds more than one document", label, None, "keep the one with the policy")
    return documents[0] if documents else None


def _policy_of(document: Any, label: str, problems: list[Problem]) -> LinedDict:
    if not isinstance(document, LinedDict):
        what = "is empty" if document is None else "is not a mapping of names to figures"
        problems.append(Problem(what, label, None, "write a policy like `reach: {team: 8}`"))
        return LinedDict(label, 1)
    if "policy" not in document:
        if any(key in TOP_KEYS for key in document):
            problems.append(Problem("gives no policy", label, None, "write it under `policy:`"))
        return document
    policy = document["policy"]
    if policy is None:
        return LinedDict(label, document.lines["policy"])
    if not isinstance(policy, LinedDict):
        what = "policy: is not a mapping of names to figures"
        problems.append(Problem(what, label, document.lines["policy"]))
        return LinedDict(label, 1)
    return policy
