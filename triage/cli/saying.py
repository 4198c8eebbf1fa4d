"""What went wrong, in one line on standard error, and its exit code. Click is not imported here (see quick.py)."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from triage.errors import TriageError


def in_one_line(work: Callable[[], int], *, debug: bool = False) -> int:
    """Do it and give its exit code; an error is a line, and with `debug` what it is."""
    try:
        return work()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except TriageError as error:
        if debug:
            raise
        from triage.text import one_line

        # A refusal often says back what was typed, or the name of a file.
        for line in error.lines():
            print(one_line(line), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader went away (`| head`): that is its right, and nothing more can be said to it.
        _close_output()
        return 0
    except OSError as error:
        if debug:
            raise
        print(f"{error.filename or 'standard output'}: {error.strerror or error}", file=sys.stderr)
        _close_output()
        return 1
    except Exception as error:
        if debug:
            raise
        from triage.text import one_line

        detail = one_line(str(error))[:300]
        print(f"triage: unexpected {type(error).__name__}: {detail}; add --debug to see where", file=sys.stderr)
        return 1


def _close_output() -> None:
    """Send what is still to be printed nowhere, so that the interpreter does not complain at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
