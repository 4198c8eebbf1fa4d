"""A second process beside the application, that computes while the application paints.

Reading a ticket for its lessons needs the linker, and looking after swarms can take seconds: in the application's own
process both would hold every key up, and the linker would stay in its memory. The helper is a fresh interpreter (a copy
of this process would share its locks with the other threads) that opens the same database and answers over two pipes.
It starts with the first question, ends when nobody asks for some minutes, and ends with its parent: its end of the
pipe closes then, however the parent went. Where none can be had, `Gone` says so and the caller does the work itself.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING, Any, TypeVar

from triage.desk.stillness import LastKey
from triage.errors import TriageError

if TYPE_CHECKING:
    from triage.desk.queue import Selection
    from triage.linking.memory import Lesson
    from triage.linking.message import Message

IDLE = 300.0
"""Seconds without a question after which the helper ends by itself."""
PATIENCE = 60.0
"""Seconds after which an answer that somebody waits for is not waited for any longer."""
TRIES = 2
"""Helpers that end without a single answer before no other is started."""
LEAVE = 1.0
"""Seconds that the helper is given to end by itself."""
GLANCE = 0.02
"""Seconds between two looks whether an answer is still waited for."""

DROP = "drop"
"""What is sent with the number of a question whose answer nobody waits for any longer."""
IDS = "ids"
"""What stands for an answer that is an array of ids."""
READY = 20
"""So many tickets that somebody looked at are kept ready for a decision."""


class Gone(Exception):
    """There is no helper, or it cannot say: do it yourself."""


class NotWanted(Exception):
    """Nobody waits for the answer any longer, and the helper was told so."""


class Helper:
    """The application's end of the pipes. May be asked from several threads at once."""

    def __init__(self, path: Path, user: str, *, read_only: bool = False, idle: float = IDLE) -> None:
        # -P: what lies in the folder that somebody stands in is not imported.
        how = "read" if read_only else "write"
        self._last_key = LastKey()
        self._command = [sys.executable, "-P", "-m", "triage.desk.helping", str(path), user, how, str(idle)]
        self._command.append(str(self._last_key.descriptor))
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: dict[int, tuple[subprocess.Popen[bytes], Future[Any]]] = {}
        self._ready: dict[tuple[int, Message], Future[Any]] = {}
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

    def prepare(self, version: int, message: Message) -> None:
        """Have this read for a decision that may follow, and do not wait for that."""
        key = version, message
        if key not in self._ready:
            with contextlib.suppress(Gone):
                self._ready[key] = self._send("lessons", version, [message])
            while len(self._ready) > READY:
                self._ready.pop(next(iter(self._ready)), None)

    def lessons(self, version: int, messages: Sequence[Message]) -> list[Lesson]:
        """What these give to decisions (as Linker.lesson). Gone where it must be found out here."""
        found: dict[Message, Lesson] = {}
        for message in messages:
            ready = self._ready.pop((version, message), None)
            if ready is not None:
                with contextlib.suppress(Gone, TimeoutError):
                    (found[message],) = ready.result(PATIENCE)
        missing = [message for message in dict.fromkeys(messages) if message not in found]
        if missing:
            found.update(zip(missing, self.ask("lessons", version, missing, patience=PATIENCE), strict=True))
        return [found[message] for message in messages]

    def all_ids(
        self, chosen: Selection, standing: int | None, still: Callable[[], bool] | None = None, *, hurry: bool = True
    ) -> array[int]:
        """As queue.all_ids; without `hurry` it rests while keys come. NotWanted once `still` says no."""
        found: array[int] = self.ask("all_ids", chosen, standing, hurry, patience=PATIENCE, still=still)
        return found

    def pressed(self) -> None:
        """A key was pressed: what nobody waits for rests a little."""
        self._last_key.press()

    def keep_up(self) -> int:
        """As keeper.all_that_is_due."""
        return int(self.ask("keep_up"))

    def ask(
        self, what: str, *arguments: Any, patience: float | None = None, still: Callable[[], bool] | None = None
    ) -> Any:
        """The answer to a question; TriageError as the helper met it, Gone where there is no answer.

        `patience` in seconds; None waits as long as the helper lives. NotWanted once `still` says no.
        """
        for attempt in range(2):  # one that went to sleep just now is woken
            try:
                answer = self._send(what, *arguments)
                return answer.result(patience) if still is None else self._while_wanted(answer, still, patience)
            except TimeoutError as error:
                raise Gone("no answer") from error
            except Gone:
                if attempt or self.closed:
                    raise
        raise AssertionError  # not reached

    def _while_wanted(self, answer: Future[Any], still: Callable[[], bool], patience: float | None) -> Any:
        until = None if patience is None else monotonic() + patience
        while still():
            try:
                return answer.result(GLANCE)
            except TimeoutError:
                if until is not None and monotonic() > until:
                    raise
        with self._lock:
            number = next((number for number, (_, each) in self._waiting.items() if each is answer), None)
            if number is not None:
                process, _ = self._waiting.pop(number)
                with contextlib.suppress(OSError, ValueError):
                    put(process.stdin, (number, DROP, ()))
        raise NotWanted

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
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
                    pass_fds=(self._last_key.descriptor,),
                )  # fmt: skip
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
                (number, error, answer), ids = get(process.stdout)
                heard = True
                with self._lock:
                    waiting = self._waiting.pop(number, None)
                if waiting is None:
                    continue
                if error is None:
                    waiting[1].set_result(ids if answer == IDS else answer)
                else:
                    waiting[1].set_exception(error if isinstance(error, TriageError) else Gone(str(error)))
                del waiting, ids, answer  # until the next answer comes nobody else holds them for nothing
        with self._lock:
            if self._process is process:
                self._process = None
            self._failures = 0 if heard else self._failures + 1
            left = [number for number, (whose, _) in self._waiting.items() if whose is process]
            answers = [self._waiting.pop(number)[1] for number in left]
        for each in answers:
            each.set_exception(Gone("it has ended"))
        _end(process)


def put(stream: IO[bytes] | None, value: object, ids: array[int] | None = None) -> None:
    """Write a value into a pipe, and ids as they are: how many bytes either has (eight), then both."""
    assert stream is not None
    packed, raw = pickle.dumps(value), memoryview(ids or b"").cast("B")
    for part in (len(packed).to_bytes(4, "big") + len(raw).to_bytes(4, "big") + packed, raw):
        rest = memoryview(part)
        while rest:
            rest = rest[stream.write(rest) :]


def get(stream: IO[bytes] | None) -> tuple[Any, array[int]]:
    """The next value of a pipe with its ids; EOFError at its end. Both ends are of one program, by one person."""
    assert stream is not None
    head = _filled(stream, bytearray(8))
    value = pickle.loads(_filled(stream, bytearray(int.from_bytes(head[:4], "big"))))
    # Into their place at once: a million of them, copied a few times, would be half of what the application may use.
    ids = array("I", (0,)) * (int.from_bytes(head[4:], "big") // array("I").itemsize)
    with memoryview(ids) as view:
        _filled(stream, view.cast("B"))
    return value, ids


Room = TypeVar("Room", bytearray, memoryview)


def _filled(stream: IO[bytes], room: Room) -> Room:
    rest = memoryview(room)
    while rest:
        count = stream.readinto(rest)  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        rest = rest[count:]
    return room


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(LEAVE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
