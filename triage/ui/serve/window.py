"""One browser window's application, started by the server: `… window DATABASE [--read-only] [--no-files]`.

Its terminal is the server's pipe, so it asks for none. Who acts is TRIAGE_USER, which the server sets.
Behind a proxy the person sits elsewhere, and `--no-files` keeps the files of this machine out of reach.
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
        options = arguments[1:]
        return run(Path(arguments[0]), read_only="--read-only" in options, files="--no-files" not in options)
    except TriageError as error:
        for line in error.lines():
            print(one_line(line), file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
