"""One browser window's application: `python -m triage.ui.serve.window DATABASE [--read-only]`, started by the server.

Its terminal is the server's pipe, so it asks for none. Who acts is TRIAGE_USER, which the server sets.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Open the application; the exit code. An error is one line."""
    from triage.errors import TriageError
    from triage.text import one_line
    from triage.ui.app import run

    try:
        return run(Path(arguments[0]), read_only="--read-only" in arguments[1:])
    except TriageError as error:
        for line in error.lines():
            print(one_line(line), file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
