"""The rights that a worker gives up, tried from within it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from hub.sparql.frames import Failure, Request
from hub.sparql.limits import Limits
from hub.sparql.process import Process
from tests.guard.serving import listening


def test_a_worker_without_the_scanner_still_reaches_nobody(small: Path) -> None:
    with listening() as canary:
        process = Process(small, Limits())
        try:
            process.await_ready()
            guards = process.guards["network"]
            assert isinstance(guards, list)
            assert {"seccomp", "namespace"} & set(guards)
            for host in (canary.address, "http://localhost.example/", "http://[::1]:1234/"):
                text = f"SELECT * {{ SERVICE <{host}> {{ ?s ?p ?o }} }}"
                process.send(Request(text, format="json", rows=10, size=10**6))
                kind, payload = process.receive()
                assert kind == b"E"
                assert Failure.decode(payload).kind == "engine"
        finally:
            process.end()
        assert canary.visits == []
        # The control: the same engine without the guards does call.
        with pytest.raises(OSError, match=r".+"):
            ox.Store().query(f"ASK {{ SERVICE <{canary.address}> {{ ?s ?p ?o }} }}")
        assert canary.visits


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
