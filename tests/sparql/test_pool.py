"""Workers that die, readers that go, stores that are changed: the pool serves on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.sparql.errors import Busy, QueryTimeout, WorkerFailed
from hub.sparql.pool import Pool
from tests.sparql.sparql_stores import (
    ALL,
    EX,
    PUBLIC,
    RUNAWAY,
    OpenPool,
    build_store,
    small_answer,
)


def worker_pids(pool: Pool) -> list[int]:
    return [process.pid for process in (*pool._idle, *pool._busy)]


def ends(pid: int) -> bool:
    """Whether a process comes to its end, all its threads too; nobody needs to have looked yet."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return True
        except ChildProcessError:  # it is another's, or was looked at
            stat = Path(f"/proc/{pid}/stat")
            if not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        time.sleep(0.02)
    return False


def test_a_worker_that_is_killed_from_outside_is_replaced(open_pool: OpenPool) -> None:
    pool = open_pool(size=2)
    for _ in range(3):
        for pid in worker_pids(pool):
            os.kill(pid, signal.SIGKILL)
            assert ends(pid)
        assert small_answer(pool)


def test_a_worker_that_dies_at_work_is_an_error_and_is_replaced(open_pool: OpenPool) -> None:
    pool = open_pool(memory=4 * 2**30)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(pool.query, RUNAWAY, graphs=[PUBLIC])
        time.sleep(0.5)
        os.kill(next(iter(pool._busy)).pid, signal.SIGTERM)
        with pytest.raises(WorkerFailed, match="status -15"):
            answer.result(30)
    assert small_answer(pool)


def test_an_answer_closed_early_frees_its_worker(open_pool: OpenPool) -> None:
    pool = open_pool(seconds=60, memory=4 * 2**30, rows=10**12, bytes=10**15)
    for _ in range(3):
        started = time.monotonic()
        with pool.query(ALL.replace("?o", "?o . ?a ?b ?c"), graphs=[PUBLIC]) as answer:
            next(iter(answer))
        assert small_answer(pool)
        assert time.monotonic() - started < 20
    pool.query(ALL.replace("?o", "?o . ?a ?b ?c"), graphs=[PUBLIC])  # nobody holds it at all
    assert small_answer(pool)


def test_a_reader_that_falls_asleep_loses_its_worker(open_pool: OpenPool) -> None:
    pool = open_pool(stall=0.5, wait=30, memory=4 * 2**30, rows=10**12, bytes=10**15)
    answer = pool.query(ALL.replace("?o", "?o . ?a ?b ?c"), graphs=[PUBLIC])
    started = time.monotonic()
    assert small_answer(pool)
    assert 0.3 < time.monotonic() - started < 10
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
            running.result(30)
    assert small_answer(pool)


def test_so_many_may_wait_and_others_are_told_at_once(open_pool: OpenPool) -> None:
    pool = open_pool(size=1, wait=20, waiting=1, seconds=2, memory=4 * 2**30)
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(pool.query, RUNAWAY, graphs=[PUBLIC])
        time.sleep(0.3)
        assert not pool.prompt
        waiting = threads.submit(small_answer, pool)
        time.sleep(0.2)
        started = time.monotonic()
        with pytest.raises(Busy):
            small_answer(pool)
        assert time.monotonic() - started < 10
        with pytest.raises(QueryTimeout):
            running.result(30)
        assert waiting.result(30)
    assert pool.prompt


def test_no_payer_takes_all_workers_and_one_is_left_for_the_hub(open_pool: OpenPool) -> None:
    pool = open_pool(size=3, wait=0.2, seconds=4, memory=4 * 2**30)

    def ask(payer: str) -> bytes:
        return pool.query("ASK {}", graphs=[PUBLIC], payer=payer).read()

    with ThreadPoolExecutor(2) as threads:
        running = [threads.submit(pool.query, RUNAWAY, graphs=[PUBLIC], payer="one")]
        time.sleep(0.3)
        with pytest.raises(Busy):
            ask("one")
        assert ask("two")
        running.append(threads.submit(pool.query, RUNAWAY, graphs=[PUBLIC], payer="two"))
        time.sleep(0.3)
        with pytest.raises(Busy):
            ask("three")
        assert small_answer(pool), "that is the hub itself"
        for one in running:
            with pytest.raises(QueryTimeout):
                one.result(30)
    assert ask("one")


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
    pool = open_pool(size=1, seconds=6, memory=4 * 2**30)
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(pool.query, RUNAWAY, graphs=[PUBLIC])
        time.sleep(0.2)
        pool.switch(small)
        assert small_answer(pool)
        assert not running.done()
        with pytest.raises(QueryTimeout):
            running.result(30)


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
    assert ends(worker)
