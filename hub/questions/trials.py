"""How kept questions fare: each is asked with its examples after a load, and compared.

What is wrong stays so until the question fares again as it did when it was last right, or until
its trials begin anew: it is changed, or who keeps it says that it is right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
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

    `wrong` is empty, or says it: an error, half of the rows gone or all of them, other columns.
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
    query = "SELECT version, at, columns, rows, error FROM tried WHERE question = ? ORDER BY rowid"
    for question in questions:
        right: Trial | None = None
        trial: Trial | None = None
        for version, at, columns, rows, error in read_rows(data, query, (question.name,)):
            names = tuple(json.loads(columns))
            trial = Trial(question.name, question.title, version, at, names, rows, error, "")
            if wrong := _compare(trial, right):
                trial = replace(trial, wrong=wrong)
            else:
                right = trial
        found += [trial] if trial else []
    return found


def _compare(trial: Trial, right: Trial | None) -> str:
    """What is wrong with a trial beside the last that was right."""
    if trial.error:
        return f"It fails: {trial.error}"
    if right and trial.rows * 2 < right.rows:
        now = f"has {trial.rows:,} of" if trial.rows else "is empty; it had"
        rows = f"{right.rows:,} row{'' if right.rows == 1 else 's'}"
        return f"It {now} the {rows} of {right.at[:10]}."
    if right and trial.columns != right.columns:
        return f"Its columns changed from {', '.join(right.columns)}."
    return ""


def ask_example(hub: Hub, question: Question, viewer: Viewer) -> tuple[list[str], int]:
    """The columns of the answer to a question with its examples, and how many rows it has."""
    bindings = bind(hub, question, question.examples, viewer)
    with hub.query(question.text, viewer, bindings=bindings, format="json", timeout=WAIT) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found["head"]["vars"], len(found["results"]["bindings"])
