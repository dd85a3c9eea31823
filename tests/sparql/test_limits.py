"""Limits of time, memory, rows and bytes, with real workers; and that the pool serves on."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import pytest

from hub.sparql.errors import QueryRefused, QueryTimeout, QueryTooLarge
from hub.sparql.pool import Pool
from tests.sparql.sparql_stores import (
    ALL,
    HUNGRY,
    PUBLIC,
    RUNAWAY,
    OpenPool,
    small_answer,
)


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
    assert time.monotonic() - started < 10
    assert caught.value.status == 504
    assert small_answer(pool)


def test_a_shorter_time_can_be_asked_for(open_pool: OpenPool) -> None:
    pool = open_pool(seconds=60.0, memory=4 * 2**30)
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"limit of 0\.3 s"):
        pool.query(RUNAWAY, graphs=[PUBLIC], timeout=0.3)
    assert time.monotonic() - started < 20


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


@pytest.mark.parametrize("name", ["ttl", "nt", "rdf", "jsonld"])
def test_statements_count_as_rows(open_pool: OpenPool, name: str) -> None:
    pool = open_pool(rows=1_000)
    query = "CONSTRUCT {{ ?s ?p ?o }} {{ SELECT * {{ ?s ?p ?o }} LIMIT {} }}"
    assert pool.query(query.format(1_000), graphs=[PUBLIC], format=name).read()
    with pytest.raises(QueryTooLarge, match="more rows than the limit of 1,000"):
        pool.query(query.format(1_001), graphs=[PUBLIC], format=name).read()
    assert pool.query(query.format(1_001), graphs=[PUBLIC], format=name, whole=True).read()


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
