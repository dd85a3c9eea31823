"""What attacks cost those who do not attack: /healthz while four clients try everything.

    python -m tests.benchmarks.bench_guard [SECONDS]

Goals: /healthz under 100 ms at the 99th percentile; every query ended within a second of its limit;
the same process, not much larger; the canary never reached.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from hub.publishing.loading import load
from hub.settings import read_settings
from tests.guard.attacks import DEPTHS, EXHAUSTING, SHAPES, Attempt, nest, reach_out
from tests.guard.serving import LIMIT, Served, listening, serving

CLIENTS = 4
HEALTH = Attempt("/healthz")


def attacks(address: str) -> list[Attempt]:
    """All of them, the kinds in turn."""
    queries = [nest(shape, depth) for depth in DEPTHS for shape in SHAPES]
    kind = {"Content-Type": "application/sparql-query"}
    nesting = [Attempt("/sparql", query.encode(), kind) for query in queries]
    exhausting = [Attempt("/sparql", query.encode(), kind) for query in EXHAUSTING.values()]
    reaching = [attempt for _, attempt in reach_out(address)]
    turns = itertools.zip_longest(nesting, reaching, exhausting)
    return [one for turn in turns for one in turn if one]


def watch(served: Served, seconds: float) -> list[float]:
    """Milliseconds of /healthz, asked ten times a second."""
    taken, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        status, spent = served.send(HEALTH)
        assert status == 200, status
        taken.append(spent * 1000)
        time.sleep(0.1)
    return taken


def megabytes(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def tell(what: str, taken: list[float]) -> float:
    """Print percentiles; gives the 99th."""
    last = statistics.quantiles(taken, n=100)[98]
    print(f"/healthz {what:12} p50 {statistics.median(taken):7.1f} ms   p99 {last:7.1f} ms")
    return last


def main(seconds: float) -> None:
    """Measure alone, then under attack, and print both and their ratio."""
    with tempfile.TemporaryDirectory() as name, listening() as canary:
        data = Path(name) / "data"
        load(read_settings(data))
        with serving(data, Path(name), canary) as served:
            pid = served.process.pid
            watch(served, 2)
            alone, before = tell("alone", watch(served, seconds / 3)), megabytes(pid)
            stop, late = threading.Event(), list[float]()
            statuses: list[int] = []

            def attack(first: int) -> None:
                every = itertools.cycle(attacks(canary.address))
                for one in itertools.islice(every, first, None, CLIENTS):
                    if stop.is_set():
                        return
                    status, spent = served.send(one)
                    statuses.append(status)
                    if status != 503:
                        late.append(spent - LIMIT)

            threads = [threading.Thread(target=attack, args=(n,)) for n in range(CLIENTS)]
            for thread in threads:
                thread.start()
            under = tell("under attack", watch(served, seconds))
            stop.set()
            for thread in threads:
                thread.join()
            print(f"p99 under attack over p99 alone: {under / alone:.1f}")
            counts = {status: statuses.count(status) for status in sorted(set(statuses))}
            print(f"{len(statuses)} attacks, by status (0: cut): {counts}")
            print(f"latest end after the limit of {LIMIT} s: {max(late):.2f} s")
            print(f"same process: {served.process.poll() is None}, {before:.0f} MB before, "
                  f"{megabytes(pid):.0f} MB after")  # fmt: skip
            print(f"canary reached: {len(canary.visits)} times")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)
