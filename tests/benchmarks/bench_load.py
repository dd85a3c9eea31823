"""How long the bundled sources take to load and publish, first and again; whole processes.

    python tests/benchmarks/bench_load.py [RUNS]

The peer in the same run is a plain bulk load of the same quads into an empty store.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyoxigraph as ox

HUB = Path(sys.executable).parent / "hub"


def seconds(data: Path) -> float:
    started = time.perf_counter()
    subprocess.run([HUB, "--data", data, "load"], check=True, capture_output=True)
    return time.perf_counter() - started


def bulk_load(files: list[Path], folder: Path) -> float:
    started = time.perf_counter()
    store = ox.Store(str(folder))
    for file in files:
        store.bulk_load(path=str(file), format=ox.RdfFormat.N_QUADS)
    store.flush()
    return time.perf_counter() - started


def main(runs: int) -> None:
    first, again, bulk = [], [], []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data"
            first.append(seconds(data))
            again.append(seconds(data))
            views = sorted((data / "generations" / "000001" / "view").glob("*.nq"))
            bulk.append(bulk_load(views, Path(folder) / "peer"))
    for name, times in (
        ("hub load, first", first),
        ("hub load, nothing changed", again),
        ("bulk_load of the same quads", bulk),
    ):
        print(f"{name:<28} median {statistics.median(times):6.2f} s  "
              f"({min(times):.2f} to {max(times):.2f}, {runs} runs)")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
