"""Rights that a worker gives up for good before it sees a query: network, memory, its own life.

Linux does all of it; elsewhere each function says what it could not do, and the worker reports
it, so that the hub can say which guards are in force. The scanner's refusal of SERVICE holds
everywhere; this is the second lock on the same door.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys

# Calls that reach a network, start a program or enter another process, as (x86_64, aarch64).
# connect and the like need no entry: without socket there is nothing to connect.
_DENIED = {
    "socket": (41, 198),
    "socketpair": (53, 199),
    "io_uring_setup": (425, 425),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
}
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050000 | 13, 0x80000000  # 13 is EACCES
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def follow_parent(parent: int) -> None:
    """Ask the kernel to kill this process when the thread that started it ends.

    Where the kernel cannot, the caller must watch `os.getppid()` itself.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def leave_network() -> tuple[str, ...]:
    """Give up the network; call it before the process has threads.

    Returns:
        What is in force: `namespace` (a network namespace of its own, where the process may make
        one), `seccomp` (the kernel denies socket and its like); both, one, or nothing.
    """
    guards = []
    libc = _libc()
    if libc is not None and hasattr(libc, "unshare"):
        if libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
            guards.append("namespace")
        if _filter_calls():
            guards.append("seccomp")
    return tuple(guards)


def limit_memory(size: int) -> bool:
    """Let the process take `size` bytes of data more than it holds now. False: no limit in force.

    The limit is on data, not on address space: files that the store maps do not count.
    """
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = data_size() + size
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    except (OSError, ValueError):
        return False
    return sys.platform == "linux"


def data_size() -> int:
    """Bytes of private writable memory of this process; 0 where the system does not say."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmData:"))
    except (OSError, StopIteration):
        return 0
    return int(line.split()[1]) * 1024


def _filter_calls() -> bool:
    """Install a seccomp filter that denies the calls above (seccomp(2), bpf classic)."""
    machine = platform.machine()
    if machine not in _AUDIT_ARCH:
        return False
    numbers = [pair[machine == "aarch64"] for pair in _DENIED.values()]
    program = [(_LOAD, 0, 0, 4), (_IF_EQUAL, 1, 0, _AUDIT_ARCH[machine]), (_RETURN, 0, 0, _KILL)]
    program.append((_LOAD, 0, 0, 0))
    if machine == "x86_64":  # the x32 calls have other numbers from here on
        program.append((_IF_AT_LEAST, len(numbers) + 1, 0, 0x40000000))
    for index, number in enumerate(numbers):
        program.append((_IF_EQUAL, len(numbers) - index, 0, number))
    program += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    header = struct.pack("HP", len(program), ctypes.addressof(code))
    return _prctl(_PR_SET_NO_NEW_PRIVS, 1) and _prctl(_PR_SET_SECCOMP, 2, header)


def _prctl(option: int, first: int, second: bytes | None = None) -> bool:
    libc = _libc()
    if libc is None or not hasattr(libc, "prctl"):
        return False
    zero = ctypes.c_ulong(0)
    return bool(libc.prctl(option, ctypes.c_ulong(first), second or zero, zero, zero) == 0)


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
