"""The statements of one source on their way out, and how many rows they were made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import BinaryIO

LINES_BUFFERED = 20_000
ROWS_A_STEP = 1_000

Progress = Callable[[str, int], None]


class Output:
    """Writes lines of N-Quads, some thousand at a time.

    ``rows`` are counted by file or part of a file, and so are ``lost``, those that were left out;
    ``rejected`` are all of these.
    """

    def __init__(self, out: BinaryIO, progress: Progress) -> None:
        self.out, self.progress = out, progress
        self.lines: list[str] = []
        self.rows: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.rejected = self.quads = 0

    def step(self, file: str, done: int) -> None:
        """After a row: write what has gathered, and tell how far it is."""
        if len(self.lines) > LINES_BUFFERED:
            self.flush()
        if done % ROWS_A_STEP == 0:
            self.progress(file, done)

    def flush(self) -> None:
        """Write all that has gathered."""
        text = "".join(self.lines)
        self.quads += text.count("\n")
        self.out.write(text.encode())
        self.lines.clear()
