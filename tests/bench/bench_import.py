"""`triage tickets import` measured: links, scores, index and search, as a whole program, for files that grow.

    python tests/bench/bench_import.py [NAMES] TICKETS…      (1000 names; 2000, 10000 and 40000 tickets)

Each file goes into a fresh database whose catalog has so many names; the tickets are those of `bench_linking.py speed`,
60 words each, no two alike. Needs the public sets (see there). Prints processor seconds of all processes, seconds by
the clock, and what a ticket more costs from one file to the next.
"""

from __future__ import annotations

import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench_linking import DATA, _large, rows


def tickets_file(path: Path, count: int) -> None:
    """A CSV file of so many tickets of 60 words."""
    chance = random.Random(count)
    about = [message.body for message, _ in rows("banking77/train.csv")]
    other = [message.body for message, _ in rows("clinc150/val.csv")]
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(("id", "subject", "body", "requester", "created_at"))
        for number in range(count):
            parts = [chance.choice(about)]
            while sum(len(part.split()) for part in parts) < 60:
                parts.append(chance.choice(other).capitalize() + ".")
            subject = parts[0][:60]
            chance.shuffle(parts)
            moment = 1_790_000_000 + number % 5_000_000
            created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
            write((f"T-{number}", subject, " ".join(parts), f"person{number % 5_000}@example.org", created))


def catalog_file(path: Path, count: int) -> None:
    """A catalog of so many services."""
    names = _large(count)[0]
    lines = ["catalog: {name: Large, currency: USD, timezone: UTC}", "services:"]
    lines += [f'  - {{id: s{number}, name: "{name}", criticality: 3}}' for number, name in enumerate(names)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def run(*arguments: str) -> tuple[float, float]:
    """Processor seconds and seconds of one call of the program."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "triage", *arguments], check=True, stdout=subprocess.DEVNULL)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended - began


def main(names: int, counts: list[int]) -> None:
    """Imports one file after the other."""
    last: tuple[int, float, float] | None = None
    with tempfile.TemporaryDirectory() as folder:
        catalog = Path(folder) / "catalog.yaml"
        catalog_file(catalog, names)
        for count in counts:
            database, tickets = Path(folder) / f"{count}.db", Path(folder) / f"{count}.csv"
            tickets_file(tickets, count)
            run("--db", str(database), "catalog", "apply", str(catalog), "--yes")
            spent, took = run("--db", str(database), "tickets", "import", str(tickets))
            line = f"{count:>8} tickets, {names} names   processor {spent:7.1f} s   clock {took:7.1f} s"
            line += f"   {count / took:6.0f}/s   load {os.getloadavg()[0]:.1f}"
            if last is not None:
                more = count - last[0]
                line += f"   a ticket more {1e3 * (spent - last[1]) / more:.2f} ms of processor"
                line += f", {more / (took - last[2]):.0f}/s"
            print(line, flush=True)
            last = count, spent, took
            tickets.unlink()
            database.unlink()


if __name__ == "__main__":
    if not (DATA / "banking77").is_dir():
        raise SystemExit(f"no data in {DATA}; name its folder in TRIAGE_DATA")
    asked = [int(each) for each in sys.argv[1:]]
    main(asked[0] if asked else 1_000, asked[1:] or [2_000, 10_000, 40_000])
