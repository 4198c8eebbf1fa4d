"""Linking measured: right links and speed, each figure beside its rivals in the same run.

    uv run --with scikit-learn --with rank-bm25 python tests/bench/bench_linking.py

To run some of them, name them: names, learned, day, speed, memory, messy.

Needs the public sets (banking77, clinc150) in the folder named by TRIAGE_DATA, else in ../shared/data
beside the repository. The rivals are left out where their libraries are missing.
"""

from __future__ import annotations

import csv
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from triage.catalog.index import CatalogIndex
from triage.catalog.models import Catalog, Service
from triage.linking import evaluate
from triage.linking.evaluate import Judged
from triage.linking.lexicon import Lexicon
from triage.linking.linker import Linker
from triage.linking.memory import Memory
from triage.linking.message import Message
from triage.tickets.models import NONE

DATA = Path(os.environ.get("TRIAGE_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
Rows = list[tuple[Message, str]]


def catalog(folder: str) -> CatalogIndex:
    """The catalog of a public set; every scalar as text, so that an id `yes` stays a word."""
    text = (DATA / folder / "catalog.yaml").read_text("utf-8")
    return CatalogIndex(Catalog.model_validate(yaml.load(text, Loader=yaml.CBaseLoader)))


def rows(path: str) -> Rows:
    """Messages with their labels."""
    with (DATA / path).open(encoding="utf-8", newline="") as file:
        return [(Message(row["subject"], row["body"]), row["touchpoint"]) for row in csv.DictReader(file)]


def taught(folder: str, train: Rows, lexicon: Lexicon | None = None) -> Linker:
    """A linker that was told the labels of `train` as imported decisions, and fitted once."""
    linker = Linker(catalog(folder), Memory(), lexicon=lexicon)
    assert linker.memory is not None
    for number, (message, label) in enumerate(train):
        linker.memory.learn(linker.decision(message, ticket=number, kind="touchpoint", target=label, imported=True))
    linker.fit()
    return linker


def judged(linker: Linker, test: Rows) -> list[Judged]:
    """The test rows as read."""
    readings = linker.read_many(message for message, _ in test)
    return [
        evaluate.judge(label, reading.touchpoints, reading.none_touchpoint)
        for (_, label), reading in zip(test, readings, strict=True)
    ]


def line(what: str, found: Sequence[Judged]) -> None:
    """One figure a metric, top-1 with its bootstrap interval."""
    figures = evaluate.metrics(found)
    low, high = evaluate.bootstrap(found, lambda each: {"top1": evaluate.top(each, 1)})["top1"] or (0.0, 0.0)
    shown = "  ".join(f"{name} {'–' if value is None else format(value, '.3f')}" for name, value in figures.items())
    print(f"  {what:<44} {shown}  [{low:.3f}, {high:.3f}]", flush=True)


def rival_line(what: str, ranked: Sequence[Sequence[str]], test: Rows) -> None:
    """Top-1 and top-3 of a rival over the rows that have a label."""
    pairs = [(label, names) for (_, label), names in zip(test, ranked, strict=True) if label != NONE]
    first = statistics.mean(label == names[0] for label, names in pairs)
    third = statistics.mean(label in names[:3] for label, names in pairs)
    print(f"  {what:<44} top1 {first:.3f}  top3 {third:.3f}", flush=True)


def _names(folder: str) -> list[tuple[str, str]]:
    return [(touchpoint.id, touchpoint.name) for touchpoint in catalog(folder).touchpoints.values()]


def rivals_by_names(folder: str, test: Rows) -> None:
    """token_set_ratio, BM25 and character n-grams against the names."""
    from rapidfuzz import fuzz, process

    names = _names(folder)
    texts = [message.body.lower() for message, _ in test]
    ranked = []
    for text in texts:
        found = process.extract(text, [name for _, name in names], scorer=fuzz.token_set_ratio, limit=3)
        ranked.append([names[place][0] for _, _, place in found])
    rival_line("rapidfuzz token_set_ratio, brute force", ranked, test)
    try:
        from rank_bm25 import BM25Okapi
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError:
        print("  (rank-bm25 or scikit-learn missing: run with `uv run --with scikit-learn --with rank-bm25`)")
        return
    bm25 = BM25Okapi([name.split() for _, name in names])
    ranked = []
    for text in texts:
        scores = bm25.get_scores("".join(c if c.isalnum() else " " for c in text).split())
        ranked.append([names[place][0] for place in scores.argsort()[::-1][:3]])
    rival_line("BM25", ranked, test)
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    matrix = vectors.fit_transform([name for _, name in names])
    similar = (vectors.transform(texts) @ matrix.T).toarray()
    ranked = [[names[place][0] for place in row.argsort()[::-1][:3]] for row in similar]
    rival_line("TF-IDF, characters 2–4", ranked, test)


def rival_by_regression(folder: str, train: Rows, test: Rows) -> None:
    """Batch logistic regression over words and characters, with the names as examples."""
    try:
        import numpy as np
        from scipy.sparse import hstack
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        return
    names = _names(folder)
    texts = [message.body for message, _ in train] + [name for _, name in names]
    labels = [label for _, label in train] + [ident for ident, _ in names]
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
    pieces = TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 4))
    matrix = hstack([words.fit_transform(texts), pieces.fit_transform(texts)]).tocsr()
    model = LogisticRegression(C=20, max_iter=80).fit(matrix, labels)
    asked = [message.body for message, _ in test]
    chances = model.predict_proba(hstack([words.transform(asked), pieces.transform(asked)]).tocsr())
    ranked = [[str(model.classes_[place]) for place in row] for row in np.argsort(-chances, axis=1)[:, :3]]
    rival_line("batch logistic regression, names as examples", ranked, test)


def bench_names() -> None:
    """Links from the names alone, with and without the thesaurus."""
    for folder in ("banking77", "clinc150"):
        test = rows(f"{folder}/test.csv")
        print(f"{folder}, names alone, {len(test)} test rows")
        line("triage", judged(Linker(catalog(folder)), test))
        line(
            "triage without the thesaurus",
            judged(Linker(catalog(folder), lexicon=Lexicon.default().without_concepts()), test),
        )
        rivals_by_names(folder, test)


def bench_learned() -> None:
    """Links after confirmations."""
    none = rows("clinc150/val_none.csv")
    for folder, names in (
        ("banking77", ("train_k1", "train_k10", "train")),
        ("clinc150", ("train_k1", "train_k10", "train")),
    ):
        test = rows(f"{folder}/test.csv")
        for name in names:
            train = rows(f"{folder}/{name}.csv")
            if folder == "clinc150":
                train = [row for row in train if row[1] != NONE] + none
            print(f"{folder}, {name} confirmed ({len(train)} decisions), {len(test)} test rows")
            began = time.perf_counter()
            linker = taught(folder, train)
            took = time.perf_counter() - began
            line(f"triage (taught and fitted in {took:.0f} s)", judged(linker, test))
            if folder == "clinc150":
                linker.none_shares = linker.estimate_none_shares([message for message, _ in test])
                line(f"triage, share of none estimated {linker.none_shares}", judged(linker, test))
            if name != "train":
                line(
                    "triage without the thesaurus",
                    judged(taught(folder, train, Lexicon.default().without_concepts()), test),
                )
            rival_by_regression(folder, train, test)


def _large(count: int) -> tuple[list[str], list[str], Rows]:
    """A catalog of `count` names, and tickets of 60 words.

    The 77 real names stand among recombinations of their words and of words as products have them; a
    ticket is a real message with its label among sentences about other things.
    """
    chance = random.Random(7)
    real = [name for _, name in _names("banking77")]
    words = sorted(
        {word for name in real for word in name.split()} | {w for _, n in _names("clinc150") for w in n.split()}
    )
    syllables = [
        "ba",
        "ko",
        "ri",
        "ten",
        "mar",
        "lo",
        "vis",
        "per",
        "dan",
        "qua",
        "sol",
        "net",
        "cor",
        "pra",
        "tel",
        "zan",
        "fi",
        "gor",
    ]
    words += sorted({"".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(min(30_000, count))})
    names = list(dict.fromkeys(real))
    known = set(names)
    while len(names) < count:
        name = " ".join(chance.choices(words, k=chance.randint(2, 5)))
        if name not in known:
            known.add(name)
            names.append(name)
    other = [message.body for message, _ in rows("clinc150/val.csv")]
    by_id = dict(_names("banking77"))
    tickets: Rows = []
    for message, label in chance.sample(rows("banking77/train.csv"), 2_000):
        parts = [message.body]
        while sum(len(part.split()) for part in parts) < 60:
            parts.append(chance.choice(other).capitalize() + ".")
        chance.shuffle(parts)
        tickets.append((Message("", " ".join(parts)), by_id[label]))
    return names, real, tickets


def _rates(
    works: Sequence[tuple[Callable[[Sequence[Message]], object], Sequence[Message]]], rounds: int = 5
) -> list[float]:
    """Tickets a second of processor time of each, the best of several rounds in turn: others may use the machine."""
    best = [0.0] * len(works)
    for _ in range(rounds):
        for place, (work, messages) in enumerate(works):
            began = time.process_time()
            work(messages)
            best[place] = max(best[place], len(messages) / (time.process_time() - began))
    return best


def bench_speed() -> None:
    """Tickets of 60 words a second, everything that `Linker.read` gives, against brute force."""
    from rapidfuzz import fuzz, process

    for count in (1_000, 10_000, 100_000):
        names, _, tickets = _large(count)
        services = [Service.model_construct(id=f"s{number}", name=name) for number, name in enumerate(names)]
        index = CatalogIndex(Catalog.model_construct(services=services))
        began = time.perf_counter()
        linker = Linker(index)
        built = time.perf_counter() - began
        messages = [message for message, _ in tickets]
        linker.read_many(messages[:500])
        sample = messages[500:1100] if count < 100_000 else messages[500:800]
        right = statistics.mean(
            bool(reading.services) and names[int(reading.services[0].target[1:])] == label
            for reading, (_, label) in zip(linker.read_many(messages[:400]), tickets[:400], strict=True)
        )
        asked = messages[: max(6, 400_000 // count)]

        def brute(texts: Sequence[Message], names: list[str] = names) -> list[str]:
            return [
                process.extract(each.body.lower(), names, scorer=fuzz.token_set_ratio, limit=5)[0][0] for each in texts
            ]

        ours, theirs = _rates([(linker.read_many, sample), (brute, asked)])
        their_right = statistics.mean(
            found == label for found, (_, label) in zip(brute(asked[:400]), tickets, strict=False)
        )
        print(
            f"{count:>7} names  triage {ours:7.0f}/s, right {right:.3f}"
            f"   token_set_ratio {theirs:7.1f}/s, right {their_right:.3f}"
            f"   ratio {ours / theirs:.1f}   (index built in {built:.1f} s)",
            flush=True,
        )


def bench_memory() -> None:
    """One decision learned or forgotten, over ten thousand remembered ones; processor time."""
    train = rows("banking77/train.csv")
    linker = taught("banking77", train[:9_000])
    memory = linker.memory
    assert memory is not None
    learning, forgetting, whole = [], [], []
    for number, (message, label) in enumerate(train[9_000:9_500]):
        began = time.process_time()
        decision = linker.decision(message, ticket=20_000 + number, kind="touchpoint", target=label)
        middle = time.process_time()
        memory.learn(decision)
        after = time.process_time()
        learning.append(after - middle)
        whole.append(after - began)
        if number % 2:
            began = time.process_time()
            memory.forget(decision)
            forgetting.append(time.process_time() - began)
    for what, times in (("learned", learning), ("read and learned", whole), ("forgotten", forgetting)):
        p95 = sorted(times)[int(0.95 * len(times))]
        print(f"  one decision {what:<18} p50 {1e3 * statistics.median(times):.3f} ms   p95 {1e3 * p95:.3f} ms")


def bench_messy() -> None:
    """The hand-written messy tickets against the demonstration catalog, tuning and test half, names alone.

    With and without the thesaurus, and with the words that an admin wrote down from the tuning half (words.yaml).
    """
    from triage.catalog.files import read_catalog

    root = Path(__file__).parents[2]
    index = CatalogIndex(read_catalog([root / "seed" / "catalog"]).catalog)
    words = root / "tests" / "data" / "messy" / "words.yaml"
    own = Lexicon.of_catalog(read_catalog([root / "seed" / "catalog", words]).catalog.lexicon)
    for half in ("tune", "test"):
        lines = (root / "tests" / "data" / "messy" / f"{half}.jsonl").read_text("utf-8").splitlines()
        tickets = [json.loads(text) for text in lines if text.strip()]
        for what, lexicon in (
            ("", None),
            (" without the thesaurus", Lexicon.default().without_concepts()),
            (" with the company's own words", own),
        ):
            linker = Linker(index, lexicon=lexicon)
            readings = [
                linker.read(
                    Message(t["subject"], t["body"], t["requester"], t["organisation"], t["site"], t["channel"])
                )
                for t in tickets
            ]
            for kind in ("service", "touchpoint"):
                line(
                    f"{half}, {kind}{what}",
                    [
                        evaluate.judge(t[kind], getattr(r, f"{kind}s"), getattr(r, f"none_{kind}"))
                        for t, r in zip(tickets, readings, strict=True)
                    ],
                )
            if "thesaurus" not in what:
                for kind in ("condition", "reach"):
                    share = evaluate.accuracy(
                        [(t[kind], getattr(r, kind).value) for t, r in zip(tickets, readings, strict=True)]
                    )
                    print(f"  {half}, {kind + what:<37} accuracy {share:.3f}")


def bench_day() -> None:
    """A day at a desk that starts with names alone: two thousand tickets wait, a person decides one after another.

    What stands before the person at each: what was read when it came in, what was read again after every 50
    decisions (the next 500, as the application does), what would be read at that moment. Training rows, fixed seed.
    """
    day = rows("banking77/train.csv")
    random.Random(7).shuffle(day)
    day = day[:2_000]
    linker = Linker(catalog("banking77"), Memory())
    memory = linker.memory
    assert memory is not None

    def proposed(messages: Sequence[Message]) -> list[str | None]:
        return [one.touchpoints[0].target if one.touchpoints else None for one in linker.read_many(messages)]

    came_in = proposed([message for message, _ in day])
    again = list(came_in)
    right = {"as it came in": 0, "read again": 0, "read at that moment": 0}
    halves = dict.fromkeys(right, 0)
    for number, (message, label) in enumerate(day):
        if number and number % 50 == 0:
            if memory.fit_due:
                linker.fit()
            again[number : number + 500] = proposed([one for one, _ in day[number : number + 500]])
        now = proposed([message])[0]
        for what, found in zip(right, (came_in[number], again[number], now), strict=True):
            right[what] += found == label
            halves[what] += found == label and number >= len(day) // 2
        memory.learn(linker.decision(message, ticket=number, kind="touchpoint", target=label))
    for what, count in right.items():
        print(f"  {what:<22} right {count / len(day):.3f}   in the second half {halves[what] / (len(day) / 2):.3f}")


BENCHES = {
    "day": bench_day,
    "names": bench_names,
    "learned": bench_learned,
    "speed": bench_speed,
    "memory": bench_memory,
    "messy": bench_messy,
}


def main(chosen: Sequence[str]) -> None:
    """Runs the named benchmarks, or all."""
    if not (DATA / "banking77").is_dir():
        raise SystemExit(f"no data in {DATA}; name its folder in TRIAGE_DATA")
    for name in chosen or list(BENCHES):
        print(f"\n## {name}")
        BENCHES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
