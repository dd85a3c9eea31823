"""How kept questions fare: each is asked with its examples after a load, and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.access import Viewer
from hub.history import ledger, now, read_rows
from hub.questions.answer import bind
from hub.questions.library import Question

if TYPE_CHECKING:
    from hub.hub import Hub

WAIT = 10.0  # seconds for a question while it is tried


@dataclass(frozen=True)
class Trial:
    """How a question fared on a version (of `Sight`), and what is wrong compared with before.

    `wrong` is empty, or says it: an error, no rows any more, other columns.
    """

    name: str
    title: str
    version: str
    at: str
    columns: tuple[str, ...]
    rows: int
    error: str
    wrong: str


def try_out(hub: Hub, question: Question, viewer: Viewer) -> None:
    """Ask a question with its examples, and note how it fared on what `viewer` sees now."""
    columns, rows, error = [column.name for column in question.columns], 0, ""
    version = hub.served.sight(viewer).version
    try:
        columns, rows = ask_example(hub, question, viewer)
    except Exception as failure:  # whatever it is, who keeps the question must see it
        error = str(failure) or type(failure).__name__
    with ledger(hub.settings.data) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO tried VALUES (?, ?, ?, ?, ?, ?)",
            (question.name, version, now(), json.dumps(columns), rows, error),
        )


def read_trials(data: Path, questions: Iterable[Question]) -> list[Trial]:
    """The latest trial of each question that was tried."""
    found = []
    for question in questions:
        rows = read_rows(
            data,
            "SELECT version, at, columns, rows, error FROM tried WHERE question = ? "
            "ORDER BY rowid DESC LIMIT 2",
            (question.name,),
        )
        if not rows:
            continue
        (version, at, columns, count, error), *before = rows
        wrong = f"It fails: {error}" if error else ""
        if before and not wrong and not before[0][4]:
            if before[0][3] and not count:
                wrong = f"It is empty; it had {before[0][3]:,} rows before."
            elif before[0][2] != columns:
                wrong = f"Its columns changed from {', '.join(json.loads(before[0][2]))}."
        names = tuple(json.loads(columns))
        found.append(Trial(question.name, question.title, version, at, names, count, error, wrong))
    return found


def ask_example(hub: Hub, question: Question, viewer: Viewer) -> tuple[list[str], int]:
    """The columns of the answer to a question with its examples, and how many rows it has."""
    bindings = bind(hub, question, question.examples, viewer)
    with hub.query(question.text, viewer, bindings=bindings, format="json", timeout=WAIT) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found["head"]["vars"], len(found["results"]["bindings"])
