"""The endpoint beside Oxigraph's own server, over the same store: `python bench_sparql.py [N]`.

A source of N companies, with their clusters and projects (16,000 without an argument: 400,000
statements; 160,000 are four million) is loaded by `hub load`, and both serve the generation that
this makes, by HTTP, in turns. `oxigraph serve-read-only` is put into an environment of its own, and
`rdflib-endpoint` with it, which serves the same statements from memory (`--rdflib`; for 400,000
only; what it does not answer in a minute is told apart). Printed are ratios of one run: twelve
queries of analysts, eight of them of the question library (none asked twice, so that no kept answer
is given), look-ups over four kept connections, a million rows as CSV and a dump, with the memory
that the hub takes for them.
"""

from __future__ import annotations

import argparse
import http.client
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import geometric_mean, median
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from hub.vocabulary import DEFAULT_BASE  # noqa: E402
from tests.benchmarks.bench_scale import HUB  # noqa: E402
from tests.benchmarks.cooperation import list_queries, write_cooperation  # noqa: E402

PEERS = ("oxigraph==0.5.13", "rdflib-endpoint[cli]", "uvicorn")
SETTINGS = (
    'sources = ["many"]\nrequests_per_minute = 100000000\nseconds_per_minute = 100000000\n'
    "query_seconds = 600\n"
)
QUADS = "application/n-quads"
JSON = "application/sparql-results+json"
GIVEN_UP = 60  # seconds that rdflib-endpoint has for a query
ROWS, TIMES, LOOKUPS, CONNECTIONS = 1_000_000, 5, 4_000, 4


def make_data(folder: Path, companies: int) -> Path:
    """A data folder with one published generation."""
    (folder / "hub.toml").write_text(SETTINGS)
    write_cooperation(folder / "many", companies)
    command = [HUB, "--data", folder / "data", "--config", folder / "hub.toml", "load"]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "data"


def install(folder: Path) -> Path | None:
    """The programs of an environment with the peers; None where they cannot be had."""
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
        command = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", *PEERS]
        subprocess.run(command, check=True, capture_output=True, timeout=900)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"the peers cannot be installed here, so nothing is compared: {error}")
        return None
    return folder / "bin"


@contextmanager
def running(command: list[object], port: int) -> Iterator[int]:
    """A server process, once it listens; its id."""
    with subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            until = time.monotonic() + 1_800
            while time.monotonic() < until:
                assert process.poll() is None, f"{command[0]} has ended"
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            yield process.pid
        finally:
            process.kill()  # it may be at work on what nobody waits for


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Endpoint:
    """An endpoint over one kept connection."""

    def __init__(self, name: str, port: int, path: str, patience: float = 1_800) -> None:
        self.name, self.port, self.path = name, port, path
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
        self.asked = 0

    def ask(self, query: str, accept: str = JSON) -> tuple[float, int]:
        """Seconds until the whole answer is there, and its bytes; no query is asked twice."""
        self.asked += 1
        address = f"{self.path}?" + urlencode({"query": f"{query} # {self.asked}"})
        return self.fetch(address, accept)

    def fetch(self, address: str, accept: str) -> tuple[float, int]:
        """Seconds until all that is at an address is there, and its bytes."""
        started, size = time.perf_counter(), 0
        self.connection.request("GET", address, headers={"Accept": accept})
        reply = self.connection.getresponse()
        while piece := reply.read(2**18):
            size += len(piece)
        assert reply.status == 200, f"{self.name} answers {reply.status} to {address}"
        return time.perf_counter() - started, size

    def look_up(self, keys: Sequence[int]) -> float:
        """Look-ups a second over several connections, by one thread that only sends and reads."""
        base = f"{DEFAULT_BASE}organisation/many."
        asked = (
            f"GET {self.path}?query="
            + quote(f"SELECT ?p ?o {{ <{base}{key}> ?p ?o }}")
            + f" HTTP/1.1\r\nHost: localhost\r\nAccept: {JSON}\r\n\r\n"
            for key in keys
        )
        waiting = [request.encode() for request in asked]
        selector, done = selectors.DefaultSelector(), 0
        for _ in range(CONNECTIONS):
            opened = socket.create_connection(("127.0.0.1", self.port))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(opened, selectors.EVENT_READ, bytearray())
        started = time.perf_counter()
        for key in tuple(selector.get_map().values()):
            key.fileobj.sendall(waiting.pop())  # type: ignore[union-attr]
        while done < len(keys):
            for key, _ in selector.select():
                key.data.extend(key.fileobj.recv(2**18))  # type: ignore[union-attr]
                if is_whole(key.data):
                    key.data.clear()
                    done += 1
                    if waiting:
                        key.fileobj.sendall(waiting.pop())  # type: ignore[union-attr]
        rate = len(keys) / (time.perf_counter() - started)
        for key in tuple(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        return rate


def is_whole(reply: bytearray) -> bool:
    """Whether a reply of known or of chunked length is all there."""
    head = reply.find(b"\r\n\r\n")
    if head < 0:
        return False
    assert b" 200 " in reply[:20], bytes(reply[:500])
    length = re.search(rb"content-length: (\d+)", reply[:head], re.IGNORECASE)
    return len(reply) >= head + 4 + int(length[1]) if length else reply.endswith(b"0\r\n\r\n")


def compare_queries(hub: Endpoint, peer: Endpoint) -> None:
    print(f"{'query':24} {peer.name:>10} {'hub':>10}  ms     ratio")
    ratios, surplus = [], 0.0
    for title, query in list_queries().items():
        taken: dict[Endpoint, list[float]] = {hub: [], peer: []}
        for _ in range(TIMES):
            for endpoint in (peer, hub):
                taken[endpoint].append(endpoint.ask(query)[0] * 1000)
        theirs, ours = median(taken[peer]), median(taken[hub])
        print(f"{title:24} {theirs:10.1f} {ours:10.1f} {ours / theirs:12.2f}")
        if theirs >= 2:
            ratios.append(ours / theirs)
        else:
            surplus = max(surplus, ours - theirs)
    print(f"of 2 ms or more, geometric mean: {geometric_mean(ratios):.2f} (goal 1.15 at most)")
    print(f"of the small ones, at most {surplus:.1f} ms longer (goal 3)")


def compare_lookups(hub: Endpoint, peer: Endpoint, rows: int) -> None:
    for title, keys, goal in (
        ("distinct", lambda n: n * 7919 % rows, 0.1),
        ("repeated", lambda _: 5, 0.25),
    ):
        rates: dict[Endpoint, list[float]] = {hub: [], peer: []}
        for turn in range(3):
            numbers = range(turn * LOOKUPS, (turn + 1) * LOOKUPS)  # none of another turn is kept
            for endpoint in (peer, hub):
                rates[endpoint].append(endpoint.look_up([keys(number) for number in numbers]))
        theirs, ours = median(rates[peer]), median(rates[hub])
        ratio = ours / theirs
        print(f"{title} look-ups a second: {theirs:,.0f} and {ours:,.0f}: {ratio:.2f} ({goal})")


def compare_streams(hub: Endpoint, peer: Endpoint, process: int) -> None:
    query = f"SELECT ?s ?p ?o {{ VALUES ?n {{ 1 2 3 }} ?s ?p ?o }} LIMIT {ROWS}"
    rates: dict[Endpoint, list[float]] = {hub: [], peer: []}
    hub.ask(query.replace(str(ROWS), "100000"), "text/csv")
    before = resident(process)
    for _ in range(3):
        for endpoint in (peer, hub):
            seconds, size = endpoint.ask(query, "text/csv")
            rates[endpoint].append(size / seconds / 2**20)
    tell_rates(f"{ROWS:,} rows as CSV", size, rates[peer], rates[hub])
    dumps = [(peer.fetch("/store", QUADS), hub.fetch("/dump", QUADS)) for _ in range(3)]
    whole = (
        [size / seconds / 2**20 for seconds, size in part] for part in zip(*dumps, strict=True)
    )
    tell_rates("everything as N-Quads", dumps[0][1][1], *whole)
    print(f"the hub's peak memory grew by {(resident(process) - before) / 2**20:.0f} MB")


def tell_rates(what: str, size: int, theirs: Sequence[float], ours: Sequence[float]) -> None:
    ratio = median(ours) / median(theirs)
    print(
        f"{what}, {size / 2**20:,.0f} MB: {median(theirs):.0f} and {median(ours):.0f} MB/s: "
        f"{ratio:.2f} (0.7)"
    )


def resident(process: int) -> int:
    """Peak bytes of memory of a process and its workers."""
    children = Path(f"/proc/{process}/task").glob("*/children")
    ids = [process, *(int(one) for file in children for one in file.read_text().split())]
    peaks = (re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{one}/status").read_text()) for one in ids)
    return sum(int(peak[1]) * 1024 for peak in peaks if peak)


def compare_rdflib(hub: Endpoint, programs: Path, folder: Path, store: Path) -> None:
    dump = (
        "import sys, pyoxigraph as ox; s = ox.Store.read_only(sys.argv[1]); "
        "s.dump(sys.argv[2], ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())"
    )
    subprocess.run([sys.executable, "-c", dump, str(store), str(folder / "all.nt")], check=True)
    port, answered, unanswered = free_port(), list[float](), list[float]()
    command = [programs / "rdflib-endpoint", "serve", "--port", port, folder / "all.nt"]
    waiting = [one for one in list_queries().items() if "GRAPH" not in one[1]]  # the union is all
    while waiting:
        with running(command, port):
            theirs = Endpoint("rdflib-endpoint", port, "/", GIVEN_UP)
            while waiting:
                title, query = waiting.pop(0)
                fast, started = min(hub.ask(query)[0] for _ in range(3)), time.perf_counter()
                try:
                    ratio = theirs.ask(query)[0] / fast
                except (OSError, http.client.HTTPException) as error:
                    waited = time.perf_counter() - started
                    print(f"{title:28} no answer after {waited:.0f} s ({error})")
                    if waited >= GIVEN_UP:
                        unanswered.append(waited / fast)
                    break  # it works on what it was asked, whoever has gone: it is started anew
                except AssertionError:
                    print(f"{title:28} refused")
                    continue
                answered.append(ratio)
                print(f"{title:28} {ratio:.0f} times as long")
    both = answered + unanswered
    print(
        f"rdflib-endpoint takes {geometric_mean(answered):.0f} times as long (geometric mean) for "
        f"the {len(answered)} that it answers, {geometric_mean(both):.0f} at least with the "
        f"{len(unanswered)} that were given up after {GIVEN_UP} s (goal 15)"
    )


def main(companies: int, rdflib: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        programs = install(folder / "peers")
        if programs is None:
            return
        data = make_data(folder, companies)
        store = data / "generations" / "000001" / "store"
        ports = free_port(), free_port()
        oxigraph = [programs / "oxigraph", "serve-read-only", "--location", store]
        ours = [HUB, "--data", data, "--config", folder / "hub.toml", "serve", "--port", ports[1]]
        with (
            running([*oxigraph, "--bind", f"127.0.0.1:{ports[0]}"], ports[0]),
            running(ours, ports[1]) as process,
        ):
            peer = Endpoint("oxigraph", ports[0], "/query")
            hub = Endpoint("hub", ports[1], "/sparql")
            print(f"{companies:,} companies")
            compare_queries(hub, peer)
            compare_lookups(hub, peer, companies)
            compare_streams(hub, peer, process)
            if rdflib:
                compare_rdflib(hub, programs, folder, store)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("companies", nargs="?", type=int, default=16_000)
    parser.add_argument("--rdflib", action="store_true")
    chosen = parser.parse_args()
    main(chosen.companies, chosen.rdflib)
