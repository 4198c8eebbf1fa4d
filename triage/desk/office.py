"""The desk itself: one database, one person, one clock, and the catalog that is in force.

Everything heavy (the catalog's models, the linker, the scorer) is made when first asked for, so that
opening a desk to show the queue costs a connection and nothing more.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage.desk import clock
from triage.errors import Refused, StoreError
from triage.store import queue as queue_store
from triage.store.database import PAGE_CACHE, Database, store_errors
from triage.store.migrations import HOW_TO_HAVE_ONE, check_ours, prepare

if TYPE_CHECKING:
    from triage.catalog.index import CatalogIndex
    from triage.desk.helper import Helper
    from triage.impact.policy import Policy
    from triage.impact.score import Scorer
    from triage.linking.linker import Linker
    from triage.linking.memory import Memory


def who_acts(user: str | None = None) -> str:
    """The name that acts are written down under: the option, TRIAGE_USER, else the system's user."""
    name = user or os.environ.get("TRIAGE_USER")
    if not name:
        try:
            name = getpass.getuser()
        except (KeyError, OSError):
            name = "somebody"
    from triage.text import one_line

    return one_line(name)[:80] or "somebody"


class Desk:
    """An open database. Share one among threads; each gets its own connection. Close it when done."""

    def __init__(
        self, path: Path, *, user: str | None = None, read_only: bool = False, create: bool = True,
        page_cache: int = PAGE_CACHE, folds_log: bool = False,
    ) -> None:  # fmt: skip
        """`folds_log`: whoever opens it calls `database.fold_log` now and then, so that no act waits for that."""
        if not read_only and not create and not path.exists():
            raise StoreError(f"{path}: there is no database", HOW_TO_HAVE_ONE)
        if not read_only and not path.exists():
            _make_private(path)
        self.path = path
        self.user = who_acts(user)
        self.read_only = read_only
        self.database = Database(path, read_only=read_only, page_cache=page_cache, folds_log=folds_log)
        self._lock = threading.RLock()
        self._catalog: tuple[int, CatalogIndex, Policy] | None = None
        self._scorer: Scorer | None = None
        self._linker: Linker | None = None
        self._memory: Memory | None = None
        self.last_learned = 0
        self.helper: Helper | None = None
        """A second process that reads and keeps up for this one (the application sets it, and ends it)."""
        self._looked = threading.local()
        try:
            prepare(self.database, now=clock.current(None))
            self._demo = self._demo_clock()
        except BaseException:
            self.database.close()
            raise

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread at a time, which does not rest meanwhile: another may wait for the same within an act."""
        with self.database.held(), self._lock:
            yield

    def _demo_clock(self) -> tuple[str, str] | None:
        base = queue_store.meta(self.database.connection, "clock_base")
        started = queue_store.meta(self.database.connection, "clock_started")
        return (base, started) if base and started else None

    @property
    def is_demo(self) -> bool:
        """Whether this is the demonstration, with a clock of its own."""
        return self._demo is not None

    def now(self) -> datetime:
        """The time, aware, in UTC: TRIAGE_NOW, else the demonstration's, else the system's."""
        return clock.current(self._demo)

    def refresh_clock(self) -> None:
        """Read the demonstration's clock again, after it was set."""
        self._demo = self._demo_clock()

    def writable(self) -> None:
        """Refused where the desk was opened to look only."""
        if self.read_only:
            raise Refused("this desk is open for reading only", "start it without --read-only to decide")

    def _loaded(self) -> tuple[CatalogIndex, Policy]:
        from triage.store import catalogs

        with self._alone():
            version = catalogs.current_version(self.database)
            if self._catalog is None or self._catalog[0] != version:
                from triage.catalog.index import CatalogIndex
                from triage.impact.policy import make_policy

                catalog, version, policy_version = catalogs.load(self.database)
                index = CatalogIndex(catalog, version)
                self._catalog = (version, index, make_policy(catalog.policy, policy_version))
                self._scorer = None
                self._linker = None
            return self._catalog[1], self._catalog[2]

    @property
    def index(self) -> CatalogIndex:
        """The catalog in force, ready to be asked."""
        return self._loaded()[0]

    @property
    def policy(self) -> Policy:
        """The scoring policy in force."""
        return self._loaded()[1]

    def policy_of(self, version: int) -> Policy:
        """A policy by its stored number; NotFound where there is none."""
        from triage.impact.policy import make_policy
        from triage.store.catalogs import policy_overrides

        return make_policy(policy_overrides(self.database, version), version)

    @property
    def scorer(self) -> Scorer:
        """The scorer of this catalog and policy."""
        index, policy = self._loaded()
        with self._alone():
            if self._scorer is None:
                from triage.impact.score import Scorer

                self._scorer = Scorer(index, policy)
            return self._scorer

    @property
    def linker(self) -> Linker:
        """The linker of this catalog, with what it has learned."""
        index, _ = self._loaded()
        with self._alone():
            if self._linker is None:
                from triage.desk.learning import load_memory
                from triage.linking.linker import Linker

                self._memory, self.last_learned = load_memory(self.database)
                self._linker = Linker(index, self._memory)
            return self._linker

    @property
    def memory(self) -> Memory:
        """What the linker has learned."""
        linker = self.linker
        assert linker.memory is not None  # a desk's linker always has one
        return linker.memory

    @property
    def has_learned(self) -> bool:
        """Whether the linker and its memory are loaded."""
        return self._linker is not None

    def reload_memory(self) -> None:
        """Read what was learned again from the database, keeping the linker and its index of names."""
        from triage.desk.learning import load_memory

        with self._alone():
            linker = self.linker
            self._memory, self.last_learned = load_memory(self.database)
            linker.memory = self._memory

    def catch_up(self, before: int) -> None:
        """Take in what other people's acts before this one taught since we looked."""
        from triage.desk.learning import catch_up

        with self._alone():
            memory = self.memory
            if self.last_learned < before - 1:
                catch_up(memory, self.database.connection, self.last_learned, before)
                self.last_learned = before - 1

    def caught_up(self, act: int) -> None:
        """Note that the memory holds everything up to this act."""
        self.last_learned = max(self.last_learned, act)

    @contextlib.contextmanager
    def having_seen(self, act: int | None) -> Iterator[None]:
        """Acts in here are of somebody who looked when `act` was the last in the log; in this thread only.

        What somebody else changed after it is not overwritten: the act is Overtaken. None checks nothing.
        """
        before = self.seen_act
        self._looked.act = act
        try:
            yield
        finally:
            self._looked.act = before

    @property
    def seen_act(self) -> int | None:
        """The last act that the person had seen, where that is known."""
        found: int | None = getattr(self._looked, "act", None)
        return found

    @contextlib.contextmanager
    def act(self) -> Iterator[sqlite3.Connection]:
        """A write transaction; when it fails, what the linker learned in it is dropped with the rest."""
        outermost = not self.database.connection.in_transaction
        try:
            with self.database.transaction() as connection:
                yield connection
        except BaseException:
            if outermost:
                self.forget_learned()
            raise

    def forget_learned(self) -> None:
        """Drop the linker, so that the next reading uses what the database still holds."""
        with self._alone():
            self._linker = None

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def refuse_another(path: Path) -> None:
    """Refused where `path` is a database, but not the demonstration: nothing of a desk's own is replaced."""
    # Not through a desk: one that only reads refuses the demonstration of an older triage.
    database = Database(path, read_only=True)
    try:
        check_ours(database)
        with store_errors(path):
            found = queue_store.meta(database.connection, "clock_base")
    finally:
        database.close()
    if not found:
        raise Refused(f"{path}: is not the demonstration, and stays as it is", "name another place with --db")


def _make_private(path: Path) -> None:
    # Tickets hold what customers wrote: the file is its owner's alone unless somebody opens it up.
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(
            f"{path}: the database cannot be made ({error.strerror})", "name another place with --db"
        ) from error
