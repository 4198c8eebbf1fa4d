"""Opening the database: one connection a thread, the right pragmas, errors in one line.

Reading needs the standard library's sqlite3 alone, so that the queue is on the screen before anything
heavier is imported; `Database.utils` is sqlite-utils over the same connection, for those who write.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage.errors import StoreError

if TYPE_CHECKING:
    import sqlite_utils

BUSY_SECONDS = 10.0
ASK_AGAIN = 0.002
STAND_BACK = 0.005
"""Seconds for which who `stands_back` writes nothing after a transaction, and half as long as that took."""
STEPS = 5_000
"""Steps of SQLite's machine between two seams of a statement: less than half a millisecond."""
PAGE_CACHE = 16_000
"""Kibibytes of pages that a connection keeps: what an import or a rescoring of many rows works in."""
LOG_PAGES, LOG_AT_MOST = 1_000, 16_000
"""Pages of the write-ahead log from which `fold_log` writes it back; up to how many a commit leaves that to it."""
# File systems on which SQLite's locks cannot be trusted (man 2 statfs, /proc/mounts names).
NETWORK_FILESYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "fuse.sshfs"})


@contextlib.contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn what sqlite3 raises into one line that names the database and the way out."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _explained(path, error) from error
    except sqlite3.DatabaseError as error:
        text = str(error)
        if isinstance(error, sqlite3.IntegrityError):
            raise StoreError(f"{path}: the change does not fit the database ({text})") from error
        raise StoreError(f"{path}: not a triage database, or a damaged one ({text})", "see `triage doctor`") from error


def _explained(path: Path, error: sqlite3.OperationalError) -> StoreError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return StoreError(f"{path}: the database is locked by another process", "try again in a moment")
    if "readonly" in text or "read-only" in text:
        return StoreError(f"{path}: the database cannot be written", "check its access rights, or use --read-only")
    if "unable to open" in text:
        return StoreError(f"{path}: the database cannot be opened", "check that the folder exists and is yours")
    if "disk is full" in text:
        return StoreError(f"{path}: the disk refused ({text})", "make room and try again")
    if "disk I/O" in text:
        return StoreError(f"{path}: cannot be read or written there ({text})", "a database is a file on a local disk")
    if "no such table" in text or "no such column" in text:
        return StoreError(f"{path}: not a triage database, or one of another version ({text})", "see `triage doctor`")
    return StoreError(f"{path}: {text}", "see `triage doctor`")


def refuse_network_share(path: Path) -> None:
    """StoreError where `path` lies on a file system whose locks SQLite cannot trust."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return
    folder = path.resolve().parent
    best, kind = "", ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        mount = parts[1].replace("\\040", " ")
        inside = mount == "/" or folder == Path(mount) or Path(mount) in folder.parents
        if inside and len(mount) >= len(best):
            best, kind = mount, parts[2]
    if kind in NETWORK_FILESYSTEMS:
        raise StoreError(
            f"{path}: the database lies on a network share ({kind})",
            "keep it on a local disk; SQLite's locks do not hold there",
        )


class Database:
    """A database file and its connections, one a thread. Close it when done."""

    def __init__(
        self, path: Path, *, read_only: bool = False, page_cache: int = PAGE_CACHE, folds_log: bool = False
    ) -> None:
        self.path = path
        self.folds_log = folds_log
        self.stands_back = False
        """Whether others shall come to write between the transactions of this one."""
        self.seam: Callable[[], bool] | None = None
        """Asked at each seam of the connections that are opened from then on: it may rest there, and true ends the
        statement with a StoreError. Never while something is held that others wait for (`held`)."""
        self.page_cache = page_cache
        self.read_only = read_only
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, opened when first asked for."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            with store_errors(self.path):
                found = self._connect()
            self._local.connection = found
            with self._lock:
                self._all.append(found)
        return found

    def _connect(self) -> sqlite3.Connection:
        mode = "ro" if self.read_only else "rwc"
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{self.page_cache}")
        if self.folds_log:
            # Writing the log back waits for the disk, and SQLite would do it in the commit of whose act it is.
            connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_AT_MOST}")
        if self.read_only:
            connection.execute("PRAGMA query_only = ON")
        if self.seam is not None:
            connection.set_progress_handler(self.pause, STEPS)
        return connection

    def pause(self) -> bool:
        """A seam of what this thread computes: rest here where that is asked for. True: nobody waits for it."""
        return self.seam is not None and not getattr(self._local, "holds", 0) and self.seam()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """In here this thread has something that others wait for: it does not rest."""
        here = self._local
        here.holds = getattr(here, "holds", 0) + 1
        try:
            yield
        finally:
            here.holds -= 1

    @property
    def utils(self) -> sqlite_utils.Database:
        """sqlite-utils over this thread's connection."""
        found: Any = getattr(self._local, "utils", None)
        if found is None:
            import sqlite_utils

            found = sqlite_utils.Database(self.connection)
            self._local.utils = found
        utils: sqlite_utils.Database = found
        return utils

    def execute(self, sql: str, parameters: tuple[Any, ...] | dict[str, Any] = ()) -> sqlite3.Cursor:
        """Run one statement on this thread's connection; StoreError where it fails."""
        with store_errors(self.path):
            return self.connection.execute(sql, parameters)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction that takes its lock at once: all of it or nothing. Nests as one."""
        connection = self.connection
        with store_errors(self.path):
            if connection.in_transaction:
                with self.held():
                    yield connection
                return
            self.pause()
            with self.held():
                _begin(connection)
                begun = time.monotonic()
                try:
                    yield connection
                    # A commit that fails (a full disk) leaves the transaction open: the next one would join it.
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        if self.stands_back:
            time.sleep(STAND_BACK + (time.monotonic() - begun) / 2)

    @contextlib.contextmanager
    def one_state(self) -> Iterator[sqlite3.Connection]:
        """Several statements that read one and the same state of the database, whoever writes meanwhile."""
        connection = self.connection
        with store_errors(self.path):
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def data_version(self) -> int:
        """A number that changes when another connection committed (PRAGMA data_version, 3 µs)."""
        return int(self.execute("PRAGMA data_version").fetchone()[0])

    def fold_log(self) -> None:
        """Write the write-ahead log back into the database where it has grown; nobody waits for that."""
        if self.read_only:
            return
        with contextlib.suppress(OSError):
            if self.path.with_name(self.path.name + "-wal").stat().st_size > LOG_PAGES * 4096:
                self.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._all:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
            self._all.clear()
        self._local = threading.local()


def put_in_place(made: Path, target: Path) -> None:
    """Put a database that nobody has open at `target`, at once; one that is there gives way to it.

    Its file stays and its pages are replaced in one transaction: a program that has it open would otherwise write
    into a file without a name, and take the write-ahead log of the new one with it when it ends.
    """
    with store_errors(target):
        try:
            if not target.exists():
                os.link(made, target)  # fails where somebody was faster; a rename would not
                return
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            made.replace(target)
            return
        with (
            contextlib.closing(sqlite3.connect(made)) as source,
            contextlib.closing(sqlite3.connect(target, timeout=BUSY_SECONDS)) as old,
        ):
            source.backup(old)


def _begin(connection: sqlite3.Connection) -> None:
    # Asked for every two milliseconds: SQLite's own waiting sleeps up to a tenth of a second at a time, and misses the
    # moments between the short transactions of somebody who writes a great deal. It also gives up at once where a
    # snapshot would have to be upgraded, or while the log is being recovered.
    until = time.monotonic() + BUSY_SECONDS
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(ASK_AGAIN)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(1000 * BUSY_SECONDS)}")
