"""The command `triage`. The version is answered before anything else is imported."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    if len(sys.argv) == 2 and sys.argv[1] in ("--version", "-V"):
        from triage import __version__

        print(f"triage {__version__}")
        return
    gc.set_threshold(
        20_000
    )  # what imports make stays: looking through it again and again is a tenth of a short command
    from triage.cli.quick import run

    sys.exit(run())


if __name__ == "__main__":
    main()
