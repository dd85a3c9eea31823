"""The pool with real workers: answers, limits, deaths, and that it serves on after each."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.compare import isomorphic
from sparql_stores import EX, PRIVATE, PUBLIC, build_store

from hub.sparql.errors import Busy, QueryRefused, QueryTimeout, QueryTooLarge, WorkerFailed
from hub.sparql.frames import Failure, Request
from hub.sparql.limits import Limits
from hub.sparql.pool import Pool
from hub.sparql.process import Process
from hub.terms import iri, literal
from hub.vocabulary import RDF_TYPE

OpenPool = Callable[..., Pool]
ALL = "SELECT * { ?s ?p ?o }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?f && ?f < ?i) }"
HUNGRY = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f"


def small_answer(pool: Pool) -> bool:
    with pool.query("ASK { ?s ?p ?o }", graphs=[PUBLIC], format="csv") as answer:
        return answer.read() == b"true"


# Answers


def test_rows_come_as_terms(pool: Pool) -> None:
    text = f"SELECT ?p ?o ?none {{ <{EX}biom> ?p ?o }} ORDER BY ?p"
    rows = pool.select(text, graphs=[PUBLIC, PRIVATE])
    assert [str(row["p"]).removeprefix(EX) for row in rows[:3]] == ["founded", "label", "share"]
    assert [row["o"] for row in rows[:3]] == [
        literal(1997),
        literal("BioM"),
        literal(Decimal("0.5")),
    ]
    assert rows[3] == {"p": iri(RDF_TYPE), "o": iri(EX + "Cluster")}


def test_bindings_narrow_a_variable_that_is_not_projected(pool: Pool) -> None:
    text = "SELECT ?label { ?s <http://example.org/label> ?label }"
    one = pool.select(text, graphs=[PUBLIC], bindings={"s": iri(EX + "biom")})
    assert [str(row["label"]) for row in one] == ["BioM"]
    assert pool.select(text, graphs=[PUBLIC], bindings={"s": []}) == []


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_every_format_of_rows_holds_the_same(pool: Pool, name: str) -> None:
    text = "SELECT ?s ?o { ?s <http://example.org/label> ?o } ORDER BY ?o"
    with pool.query(text, graphs=[PUBLIC], format=name) as answer:
        body = answer.read()
    if name == "csv":
        assert list(csv.reader(io.StringIO(body.decode(), newline="")))[1][0] == EX + "biom"
        return
    rows = ox.parse_query_results(body, ox.QueryResultsFormat.from_media_type(answer.media_type))
    assert isinstance(rows, ox.QuerySolutions)
    assert [row["o"].value for row in rows] == ["BioM", "Biocat", 'Biocat\n"Catalunya"']


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_every_format_says_yes_and_no(pool: Pool, name: str) -> None:
    for text, expected in (("ASK {}", b"true"), ("ASK { ?s ?p 'none' }", b"false")):
        with pool.query(text, graphs=[PUBLIC], format=name) as answer:
            assert expected in answer.read()


@pytest.mark.parametrize(
    ("name", "parser"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")]
)
def test_every_format_of_graphs_holds_the_same(pool: Pool, name: str, parser: str) -> None:
    text = "PREFIX x: <http://example.org/> CONSTRUCT WHERE { ?s ?p ?o }"
    with pool.query(text, graphs=[PUBLIC], format=name) as answer:
        body = answer.read()
    rows = pool.select("SELECT * { ?s ?p ?o }", graphs=[PUBLIC])
    lines = (f"{row['s'].n3()} {row['p'].n3()} {row['o'].n3()} ." for row in rows)
    expected = Graph().parse(data="\n".join(lines), format="nt")
    assert len(expected) == 8
    assert isomorphic(Graph().parse(data=body, format=parser), expected)
    if name == "ttl":
        assert b"x:biom" in body


def test_an_answer_names_its_type(pool: Pool) -> None:
    with pool.query("ASK {}", graphs=[], accept="text/csv") as answer:
        assert answer.content_type == "text/csv; charset=utf-8"


def test_many_threads_get_their_own_answers(open_pool: OpenPool) -> None:
    pool = open_pool(size=2, wait=30)

    def ask(number: int) -> bool:
        thing = iri(f"{EX}thing/{number}")
        rows = pool.select("SELECT ?o { ?s ?p ?o }", graphs=[PUBLIC], bindings={"s": thing})
        return [str(row["o"]) for row in rows] == [f"value {number}"]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(400)))


# Refusals of the engine


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("SELECT * {\n  ?s ?p\n}", (3, 1), "} cannot stand here"),
        ("SELECT * { ?s ?p <x> }", (1, 18), "not an absolute IRI"),
        ("SELECT ?x (COUNT(*) AS ?n) { ?x ?y ?z }", (1, 40), "unbound"),
        ("SELECT * { ?s ?p ?o } LIMIT", (1, 28), "ends too early"),
        ("ASK {} # one\nASK {}", (2, 1), "ASK cannot stand here"),
        ("SELECT * { ?s \\u003Fp ?o FILTER STRLEN(?o, 1) }", (1, 42), ", cannot stand here"),
    ],
)
def test_syntax_errors_name_their_place(
    pool: Pool, text: str, place: tuple[int, int], says: str
) -> None:
    with pytest.raises(QueryRefused, match=r".+") as caught:
        pool.query(text, graphs=[PUBLIC])
    assert says in caught.value.message
    assert (caught.value.line, caught.value.column) == place
    assert caught.value.as_dict()["line"] == place[0]


def test_unknown_functions_are_refused(pool: Pool) -> None:
    with pytest.raises(QueryRefused, match="custom function"):
        pool.select("SELECT (<http://x/f>(1) AS ?x) { ?s ?p ?o }", graphs=[PUBLIC])
    assert small_answer(pool)


# Limits


@pytest.mark.parametrize(
    "text",
    [
        RUNAWAY,
        "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
        "ASK { ?a ?b ?c . ?d ?e ?f FILTER(?c = STR(?d)) }",
    ],
)
def test_a_runaway_query_ends_at_its_limit_and_the_pool_serves_on(
    open_pool: OpenPool, text: str
) -> None:
    pool = open_pool(seconds=1.0, memory=4 * 2**30, rows=10**12, bytes=10**15)
    started = time.monotonic()
    with (
        pytest.raises(QueryTimeout, match="time limit of 1 s") as caught,
        pool.query(text, graphs=[PUBLIC]) as answer,
    ):
        for _ in answer:
            pass
    assert time.monotonic() - started < 2.0
    assert caught.value.status == 504
    assert small_answer(pool)


def test_a_shorter_time_can_be_asked_for(open_pool: OpenPool) -> None:
    pool = open_pool(seconds=60.0, memory=4 * 2**30)
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"limit of 0\.3 s"):
        pool.query(RUNAWAY, graphs=[PUBLIC], timeout=0.3)
    assert time.monotonic() - started < 1.3


def test_a_hungry_query_ends_at_its_limit_and_the_pool_serves_on(open_pool: OpenPool) -> None:
    pool = open_pool(memory=200 * 2**20)
    with pytest.raises(QueryTooLarge, match="memory than the limit of 200 MB"):
        pool.query(HUNGRY, graphs=[PUBLIC])
    assert small_answer(pool)


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_more_rows_than_allowed_never_look_whole(open_pool: OpenPool, name: str) -> None:
    pool = open_pool(rows=59_999)
    answer = pool.query(ALL, graphs=[PUBLIC], format=name)
    received = bytearray()
    with pytest.raises(QueryTooLarge, match="more rows than the limit of 59,999"):
        deque((received.extend(piece) for piece in answer), maxlen=0)
    assert len(received) > 2**20
    if name == "json":
        with pytest.raises(json.JSONDecodeError):
            json.loads(received)
    assert small_answer(pool)


def test_as_many_rows_as_allowed_are_given(open_pool: OpenPool) -> None:
    pool = open_pool(rows=60_000)
    for suffix in ("", " LIMIT 60000", " OFFSET 0 LIMIT 70000"):
        with pool.query(ALL + suffix, graphs=[PUBLIC], format="csv") as answer:
            assert answer.read().count(b"\n") == 60_001


def test_more_bytes_than_allowed_are_an_error(open_pool: OpenPool) -> None:
    pool = open_pool(bytes=100_000)
    with pytest.raises(QueryTooLarge, match="100,000 bytes"):
        pool.query("CONSTRUCT WHERE { ?s ?p ?o }", graphs=[PUBLIC])
    assert small_answer(pool)


@pytest.mark.parametrize("piece", ["!", "-", "1+", "NOT EXISTS{} || ", "<http://x/p>/", "^"])
@pytest.mark.parametrize("times", [300, 5_000, 19_000])
def test_deep_expressions_without_brackets_do_no_harm(pool: Pool, piece: str, times: int) -> None:
    path = piece in ("<http://x/p>/", "^")
    inner = f"?s {piece * times}<http://x/p> ?o" if path else f"FILTER({piece * times}1)"
    with contextlib.suppress(QueryRefused, QueryTooLarge, QueryTimeout):
        pool.query(f"ASK {{ {inner} }}", graphs=[PUBLIC], timeout=1)
    assert small_answer(pool)


# Deaths and departures


def worker_pids(pool: Pool) -> list[int]:
    return [process.pid for process in (*pool._idle, *pool._busy)]


def test_a_worker_that_is_killed_from_outside_is_replaced(open_pool: OpenPool) -> None:
    pool = open_pool(size=2)
    for _ in range(3):
        for pid in worker_pids(pool):
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
        assert small_answer(pool)


def test_a_worker_that_dies_at_work_is_an_error_and_is_replaced(open_pool: OpenPool) -> None:
    pool = open_pool(memory=4 * 2**30)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(pool.query, RUNAWAY, graphs=[PUBLIC])
        time.sleep(0.5)
        os.kill(next(iter(pool._busy)).pid, signal.SIGTERM)
        with pytest.raises(WorkerFailed, match="status -15"):
            answer.result(5)
    assert small_answer(pool)


def test_an_answer_closed_early_frees_its_worker(open_pool: OpenPool) -> None:
    pool = open_pool(seconds=60, memory=4 * 2**30, rows=10**12, bytes=10**15)
    for _ in range(3):
        started = time.monotonic()
        with pool.query(ALL.replace("?o", "?o . ?a ?b ?c"), graphs=[PUBLIC]) as answer:
            next(iter(answer))
        assert small_answer(pool)
        assert time.monotonic() - started < 2
    pool.query(ALL.replace("?o", "?o . ?a ?b ?c"), graphs=[PUBLIC])  # nobody holds it at all
    assert small_answer(pool)


def test_a_reader_that_falls_asleep_loses_its_worker(open_pool: OpenPool) -> None:
    pool = open_pool(stall=0.5, wait=5, memory=4 * 2**30, rows=10**12, bytes=10**15)
    answer = pool.query(ALL.replace("?o", "?o . ?a ?b ?c"), graphs=[PUBLIC])
    started = time.monotonic()
    assert small_answer(pool)
    assert 0.3 < time.monotonic() - started < 1.5
    with pytest.raises(QueryTimeout, match=r"read for 0\.5 s"):
        answer.read()


def test_a_slow_reader_does_not_use_up_the_time_of_the_query(open_pool: OpenPool) -> None:
    pool = open_pool(seconds=1.0)
    size = 0
    with pool.query(ALL, graphs=[PUBLIC], format="xml") as answer:
        for chunk in answer:
            size += len(chunk)
            time.sleep(0.02)
    assert size > 5 * 2**20


def test_small_answers_do_not_hold_a_worker(open_pool: OpenPool) -> None:
    pool = open_pool(size=1, wait=0.2)
    held = [pool.query("ASK {}", graphs=[PUBLIC]) for _ in range(20)]
    assert all(b"true" in answer.read() for answer in held)


def test_when_all_are_busy_the_caller_is_told_when_to_come_back(open_pool: OpenPool) -> None:
    pool = open_pool(size=1, wait=0.2, seconds=2, memory=4 * 2**30)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.query, RUNAWAY, graphs=[PUBLIC])
        time.sleep(0.2)
        with pytest.raises(Busy) as caught:
            small_answer(pool)
        assert caught.value.status == 503
        assert "again" in caught.value.remedy
        with pytest.raises(QueryTimeout):
            running.result(5)
    assert small_answer(pool)


def test_switching_moves_to_another_store_while_answers_finish(
    open_pool: OpenPool, tmp_path: Path
) -> None:
    pool = open_pool(size=2)
    old = pool.query(ALL, graphs=[PUBLIC], format="csv")
    other = build_store(tmp_path / "other", f"<{PUBLIC}> {{ <{EX}new> <{EX}in> 'new' }}")
    pool.switch(other)
    assert [str(row["o"]) for row in pool.select(ALL, graphs=[PUBLIC])] == ["new"]
    assert old.read().count(b"\n") == 60_001
    with pool.query(ALL, graphs=[PUBLIC]) as answer:
        assert answer.process.store == other
    with pytest.raises(WorkerFailed, match="could not be opened"):
        pool.switch(tmp_path / "absent")
    assert len(pool.select(ALL, graphs=[PUBLIC])) == 1


def test_switching_does_not_wait_for_runaway_queries(open_pool: OpenPool, small: Path) -> None:
    pool = open_pool(size=1, seconds=3, memory=4 * 2**30)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.query, RUNAWAY, graphs=[PUBLIC])
        time.sleep(0.2)
        started = time.monotonic()
        pool.switch(small)
        assert small_answer(pool)
        assert time.monotonic() - started < 2
        with pytest.raises(QueryTimeout):
            running.result(5)


def test_a_store_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no store")
    for path in (tmp_path / "absent", tmp_path / "file", tmp_path):
        with pytest.raises(WorkerFailed, match="could not be opened"):
            Pool(path)


def test_closing_ends_every_worker(small: Path) -> None:
    before = threading.active_count()
    pool = Pool(small, size=3)
    assert small_answer(pool)
    pids = worker_pids(pool)
    pool.close()
    pool.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert threading.active_count() == before
    with pytest.raises(WorkerFailed, match="shutting down"):
        small_answer(pool)


def test_workers_die_with_their_parent(large: Path) -> None:
    program = (
        "import sys, threading, time; from pathlib import Path; from hub.sparql.pool import Pool\n"
        "pool = Pool(Path(sys.argv[1]), size=1)\n"
        f"run = lambda: pool.query({RUNAWAY!r}, graphs=[{PUBLIC!r}])\n"
        "threading.Thread(target=run).start(); time.sleep(0.5)\n"
        "print(next(iter(pool._busy)).pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, large], stdout=subprocess.PIPE)
    assert parent.stdout
    with parent.stdout:
        worker = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline and Path(f"/proc/{worker}").exists():
        state = Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()[0]
        if state == "Z":  # dead; whoever adopted it has not looked yet
            return
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


def test_streaming_takes_constant_memory(large: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path; from hub.sparql.pool import Pool\n"
        "with Pool(Path(sys.argv[1]), size=1) as pool:\n"
        "  peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"  query = lambda n: pool.query('SELECT * {{ ?s ?p ?o . ?a ?b ?c }} LIMIT %d' % n,"
        f" graphs=[{PUBLIC!r}], format='xml')\n"
        "  few = sum(map(len, query(10_000))); low = peak()\n"
        "  many = sum(map(len, query(300_000))); print(few, many, peak() - low)"
    )
    out = subprocess.run([sys.executable, "-c", program, large], capture_output=True, check=True)
    few, many, growth = map(int, out.stdout.split())
    assert many > 25 * few
    assert growth < 4_000  # kilobytes


# Isolation


@pytest.fixture
def canary() -> Iterator[tuple[str, list[bytes]]]:
    """A listener that notes whoever comes, and its address."""
    visits: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    visitor, _ = server.accept()
                except OSError:
                    return
                with visitor:
                    visits.append(visitor.recv(100))

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", visits
        server.shutdown(socket.SHUT_RDWR)


def test_a_worker_without_the_scanner_still_reaches_nobody(
    small: Path, canary: tuple[str, list[bytes]]
) -> None:
    address, visits = canary
    process = Process(small, Limits())
    try:
        process.await_ready()
        assert "seccomp" in process.guards["network"] or "namespace" in process.guards["network"]  # type: ignore[operator]
        for host in (address, "http://localhost.example/", "http://[::1]:1234/"):
            text = f"SELECT * {{ SERVICE <{host}> {{ ?s ?p ?o }} }}"
            process.send(Request(text, format="json", rows=10, size=10**6))
            kind, payload = process.receive()
            assert kind == b"E"
            assert Failure.decode(payload).kind == "engine"
    finally:
        process.end()
    assert visits == []
    # The control: the same engine without the guards does call.
    with pytest.raises(OSError, match=r".+"):
        ox.Store().query(f"ASK {{ SERVICE <{address}> {{ ?s ?p ?o }} }}")
    assert visits


@pytest.mark.parametrize("action", [
    "socket.socket()", "socket.socketpair()", "os.execv('/bin/true', ['true'])",
    "socket.socket(socket.AF_UNIX)", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
])  # fmt: skip
def test_rights_that_are_given_up_are_gone(action: str) -> None:
    program = (
        "import os, socket; from hub.sparql import isolation\n"
        f"print(isolation.leave_network())\ntry: {action}\nexcept PermissionError: print('denied')"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout
    assert "seccomp" not in out or "denied" in out
    if sys.platform == "linux" and os.uname().machine in ("x86_64", "aarch64"):
        assert "seccomp" in out
