"""A second process beside the application, that computes while the application paints.

Reading a ticket for its lessons needs the linker, and looking after swarms can take seconds: in the application's own
process both would hold every key up, and the linker would stay in its memory. The helper is a fresh interpreter (a copy
of this process would share its locks with the other threads) that opens the same database and answers over two pipes.
It starts with the first question, ends when nobody asks for some minutes, and ends with its parent: its end of the
pipe closes then, however the parent went. Where none can be had, `Gone` says so and the caller does the work itself.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from triage.errors import TriageError

if TYPE_CHECKING:
    from triage.linking.memory import Decision
    from triage.linking.message import Message

IDLE = 300.0
"""Seconds without a question after which the helper ends by itself."""
PATIENCE = 60.0
"""Seconds after which an answer that somebody waits for is not waited for any longer."""
TRIES = 2
"""Helpers that end without a single answer before no other is started."""
LEAVE = 1.0
"""Seconds that the helper is given to end by itself."""

Asked = tuple["Message", int, dict[str, str]]
"""A message, its ticket, and the targets of its decisions by kind."""


class Gone(Exception):
    """There is no helper, or it cannot say: do it yourself."""


class Helper:
    """The application's end of the pipes. May be asked from several threads at once."""

    def __init__(self, path: Path, user: str, *, idle: float = IDLE) -> None:
        # -P: what lies in the folder that somebody stands in is not imported.
        self._command = [sys.executable, "-P", "-m", "triage.desk.helping", str(path), user, str(idle)]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: dict[int, tuple[subprocess.Popen[bytes], Future[Any]]] = {}
        self._number = 0
        self._failures = 0
        self.closed = False

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def warm(self) -> None:
        """Have it start and read what it needs, and do not wait for that."""
        with contextlib.suppress(Gone):
            self._send("warm")

    def decisions(self, version: int, asked: Sequence[Asked], who: str, imported: bool) -> list[list[Decision]]:
        """What these decisions teach (as Linker.decisions), for each ticket. Gone where it must be found here."""
        return list(self.ask("decisions", version, list(asked), who, imported, patience=PATIENCE))

    def keep_up(self) -> int:
        """As keeper.all_that_is_due."""
        return int(self.ask("keep_up"))

    def ask(self, what: str, *arguments: Any, patience: float | None = None) -> Any:
        """The answer to a question; TriageError as the helper met it, Gone where there is no answer.

        `patience` in seconds; None waits as long as the helper lives.
        """
        for attempt in range(2):  # one that went to sleep just now is woken
            try:
                return self._send(what, *arguments).result(patience)
            except TimeoutError as error:
                raise Gone("no answer") from error
            except Gone:
                if attempt or self.closed:
                    raise
        raise AssertionError  # not reached

    def close(self) -> None:
        """End the helper, whatever it is at."""
        with self._lock:
            self.closed = True
            process, self._process = self._process, None
        if process is not None:
            _end(process)

    def _send(self, what: str, *arguments: Any) -> Future[Any]:
        with self._lock:
            process = self._started()
            self._number += 1
            number, answer = self._number, Future[Any]()
            self._waiting[number] = process, answer
            try:
                put(process.stdin, (number, what, arguments))
            except (OSError, ValueError) as error:
                self._waiting.pop(number, None)
                self._process = None
                raise Gone("it has ended") from error
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self.closed or self._failures >= TRIES:
            raise Gone("closed" if self.closed else "it does not start")
        if self._process is None or self._process.poll() is not None:
            try:
                self._process = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
                )
            except OSError as error:
                self._failures = TRIES
                raise Gone("it cannot start") from error
            threading.Thread(target=self._hear, args=(self._process,), name="triage-helper", daemon=True).start()
        return self._process

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        """Hand answers to those who wait, until the helper has ended; then nobody waits any longer."""
        heard = False
        with contextlib.suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
            while True:
                number, error, answer = get(process.stdout)
                heard = True
                with self._lock:
                    waiting = self._waiting.pop(number, None)
                if waiting is None:
                    continue
                if error is None:
                    waiting[1].set_result(answer)
                else:
                    waiting[1].set_exception(error if isinstance(error, TriageError) else Gone(str(error)))
        with self._lock:
            if self._process is process:
                self._process = None
            self._failures = 0 if heard else self._failures + 1
            left = [number for number, (whose, _) in self._waiting.items() if whose is process]
            answers = [self._waiting.pop(number)[1] for number in left]
        for each in answers:
            each.set_exception(Gone("it has ended"))
        _end(process)


def put(stream: IO[bytes] | None, value: object) -> None:
    """Write a value into a pipe: its length in four bytes, then the value."""
    assert stream is not None
    packed = memoryview(pickle.dumps(value))
    rest = memoryview(len(packed).to_bytes(4, "big") + packed)
    while rest:
        rest = rest[stream.write(rest) :]


def get(stream: IO[bytes] | None) -> Any:
    """The next value of a pipe; EOFError at its end. Both ends are of one program, by one person."""
    assert stream is not None
    return pickle.loads(_exactly(stream, int.from_bytes(_exactly(stream, 4), "big")))


def _exactly(stream: IO[bytes], size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = stream.read(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(LEAVE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def is_wanted() -> bool:
    """Whether nobody switched it off (TRIAGE_HELPER=0)."""
    return os.environ.get("TRIAGE_HELPER", "") != "0"
