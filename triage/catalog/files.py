"""Reading a catalog: files and folders in, one catalog out, or every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from triage.catalog.between import check_between
from triage.catalog.build import Builder
from triage.catalog.collect import Collected
from triage.catalog.json_lines import read_json
from triage.catalog.lined import locate
from triage.catalog.merge import Tables, flatten, merge
from triage.catalog.models import Catalog
from triage.catalog.sheets import Sheet, read_csv, read_xlsx
from triage.catalog.short import ShortSheets, match_short
from triage.catalog.tables import table_named, take_table, unknown_sheet
from triage.catalog.yaml_lines import Unreadable, read_yaml
from triage.errors import InputError, Problem
from triage.text import one_line

MAX_BYTES = 20_000_000
YAML_KINDS = (".yaml", ".yml")
KINDS = (*YAML_KINDS, ".json", ".csv", ".xlsx")
_OLD_SHEETS = (".xls", ".ods", ".xlsm", ".numbers", ".tsv")


class PolicyProblem(Protocol):
    """What is wrong with the policy or the lexicon: the path of keys with dots, what it is, and the way out."""

    @property
    def path(self) -> str: ...

    @property
    def what(self) -> str: ...

    @property
    def hint(self) -> str | None: ...


CheckPolicy = Callable[[Mapping[str, Any]], Sequence[PolicyProblem]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A catalog that was read, with what is worth saying about it.

    `where` gives file and line by (table, id). `problems` are warnings; `guessed` are notes on what the
    short spreadsheet left open; `files` are the files that were read.
    """

    catalog: Catalog
    problems: list[Problem]
    where: Mapping[tuple[str, str], tuple[str, int]]
    guessed: list[Problem]
    files: list[Path] = field(default_factory=list)


def read_catalog(
    paths: Sequence[Path],
    *,
    check_policy: CheckPolicy | None = None,
    check_lexicon: CheckPolicy | None = None,
    base: Catalog | None = None,
) -> Loaded:
    """Read catalog files and folders together.

    `base` is the catalog that the files will be applied over: references may name its entries, and what
    must hold between entries is checked on both together. InputError carries every error of all files.
    """
    collected = Collected()
    tables = flatten(base) if base is not None else None
    files = list(_files(paths, collected.problems))
    guessed = _collect(files, collected, tables)
    collected.join(tables)
    builder = Builder(collected, tables)
    catalog = builder.build()
    for name, check in (("policy", check_policy), ("lexicon", check_lexicon)):
        if check is not None and collected.keys[name]:
            collected.problems.extend(_keyed_problems(name, collected, catalog, base, check))
    whole = merge(base, catalog) if not _errors(collected.problems) else catalog
    found = check_between(whole, builder.where)
    # What only the database says is no news to who applies these files; its errors stand in the way.
    collected.problems.extend(problem for problem in found if problem.file or problem.severity == "error")
    problems = sorted(collected.problems, key=lambda problem: (problem.file or "", problem.line or 0))
    errors = _errors(problems)
    if errors:
        raise InputError(errors)
    return Loaded(catalog, problems, builder.where, guessed, files)


def _errors(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


def _files(paths: Sequence[Path], problems: list[Problem]) -> Iterator[Path]:
    """The files to read, each once: those named, and those of the folders named."""
    seen: set[Path] = set()
    for path in paths:
        try:
            found = _folder(path) if path.is_dir() else [path]
        except OSError as error:
            problems.append(Problem(_reason(error), _label(path)))
            continue
        if not found:
            hint = f"a catalog is made of {', '.join(KINDS)}"
            problems.append(Problem("no catalog file in this folder", _label(path), hint=hint))
        for file in found:
            real = file.absolute()
            if real not in seen:
                seen.add(real)
                yield file


def _folder(path: Path) -> list[Path]:
    """The catalog files of a folder and the folders in it, hidden ones left out, in the order of names."""
    found = []
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path).parts
        hidden = any(part.startswith((".", "~$")) for part in inside)
        if hidden or file.suffix.lower() not in KINDS or file.name.endswith(".schema.json"):
            continue
        if not file.is_dir():
            found.append(file)
    return found


def _label(path: Path) -> str:
    return one_line(str(path))


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "may not be read by you"
    return f"cannot be read ({one_line(error.strerror or type(error).__name__)})"


def _collect(files: Sequence[Path], collected: Collected, base: Tables | None) -> list[Problem]:
    """Read every file. Short spreadsheets come last, so that they find what the others name."""
    short: list[tuple[Sheet, dict[int, str]]] = []
    for path in files:
        label = _label(path)
        try:
            for sheet in _read(path, label, collected):
                _sort_in(sheet, collected, short)
        except Unreadable as error:
            collected.problems.append(error.problem)
        except OSError as error:
            collected.problems.append(Problem(_reason(error), label))
        except ValueError as error:  # a path with a zero byte in it
            collected.problems.append(Problem(f"cannot be read ({one_line(str(error))})", label))
    sheets = ShortSheets(collected, base)
    for sheet, fields in short:
        sheets.take(sheet, fields)
    return sheets.guessed


def _read(path: Path, label: str, collected: Collected) -> Iterator[Sheet]:
    """Read one file: documents are collected at once, sheets are handed back."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        hint = "save it as .xlsx or .csv" if kind in _OLD_SHEETS else f"known are {', '.join(KINDS)}"
        if path.exists():
            raise Unreadable("is no catalog file", label, None, hint)
    if path.exists() and not path.is_file():
        raise Unreadable("is no file", label, None)
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(f"is larger than {MAX_BYTES // 1_000_000} MB", label, None, "split it")
    if kind == ".xlsx":
        yield from read_xlsx(path, label, collected.problems)
        return
    data = path.read_bytes()
    if kind == ".csv":
        sheet = read_csv(data, path.stem, label, collected.problems)
        if sheet is not None:
            yield sheet
        return
    text = _decode(data, label)
    if kind == ".json":
        collected.take_document(read_json(text, label, collected.problems), label)
        return
    documents = list(read_yaml(text, label, collected.problems))
    for document in documents or [None]:
        collected.take_document(document, label)


def _decode(data: bytes, label: str) -> str:
    """YAML and JSON are UTF-8, or UTF-16 by their mark; nothing else can be told apart from a mistake."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable("is not UTF-8 here", label, line, "save it as UTF-8") from error


def _sort_in(sheet: Sheet, collected: Collected, short: list[tuple[Sheet, dict[int, str]]]) -> None:
    table = table_named(sheet.name)
    headers = {header.strip().casefold() for header in sheet.header}
    fields = match_short(sheet) if table is None or (table == "services" and "id" not in headers) else None
    if fields is not None:
        short.append((sheet, fields))
    elif table is not None:
        take_table(collected, table, sheet)
    else:
        # A workbook may well hold notes beside its tables; a file was named to be read.
        severity = "warning" if sheet.file.endswith("]") else "error"
        what = "is named after no table and has no column 'name'"
        hint = unknown_sheet(sheet.name)
        collected.problems.append(Problem(what, sheet.file, sheet.header_line, hint, severity))


def _keyed_problems(
    name: str,
    collected: Collected,
    catalog: Catalog,
    base: Catalog | None,
    check: CheckPolicy,
) -> Iterator[Problem]:
    given = Catalog(policy=catalog.policy, lexicon=catalog.lexicon)
    whole = merge(base, given) if base is not None else catalog
    for problem in check(getattr(whole, name)):
        path = tuple(problem.path.split("."))
        written = collected.keys[name].values()
        holder = next((part for part in written if path[0] in part), None)
        file, line = locate(holder, path) if holder is not None else (None, None)
        yield Problem(f"{name}.{one_line(problem.path)}: {one_line(problem.what)}", file, line, problem.hint)
