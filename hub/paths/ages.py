"""How old each piece of evidence is, on the day that is asked about.

Rules of age, in one sentence each:

- A tie is as old as the last day on which it is known to have held.
- What happened once (`lasts` is false) held on its day; what lasts held until its end, or, while no
  end is said, until the latest document that states it.
- Where only a year or month is said, age counts from its middle; it exists from its first day.
- Evidence that begins after the as-of day does not exist yet.
- A document without a date is at least as late as the day before which it cannot have been written
  (`mc:notBefore`) and as what it reports: the latest beginning, or end of what is over, in the
  visible evidence that cites it. What it calls present held then, or later. What lies after this
  very day was planned when it was written, and dates nothing.
- What has no date at all counts as one half-life old; what has ended at an unknown time counts as
  one half-life older than it was last heard of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np

from hub.paths.ties import EPOCH, NEVER, Field, Ties

YEAR = 365.25
_LATER = np.iinfo(np.int32).max


class Standing(IntEnum):
    """On what the age of evidence rests."""

    DATED = 0
    IN_FORCE = 1
    ENDED = 2
    STATED = 3  # dated by the document that states it
    MENTIONED = 4  # dated by the earliest day on which an undated document can have been written
    UNDATED = 5
    ENDED_SOMETIME = 6


@dataclass(frozen=True)
class Ages:
    """One entry for each piece of evidence.

    Attributes:
        exists: whether it has begun on the day asked about.
        held: last day on which it is known to have held, NEVER where it is undated.
        halves: age in half-lives of its kind; standing: what that rests on.
    """

    exists: np.ndarray
    held: np.ndarray
    halves: np.ndarray
    standing: np.ndarray


def date_evidence(
    graph: Ties, visible: np.ndarray, facts: np.ndarray, kind: np.ndarray, today: int
) -> Ages:
    """Reckon the ages of all evidence.

    Args:
        visible: for each graph, whether it is seen; facts: the visible rows of `graph.facts`.
        kind: for each piece of evidence the row of the table of strength.
        today: the day asked about, counted from 1970-01-01.
    """
    size = len(kind)
    # 1. What is said of each piece of evidence.
    begin, end, stated = (np.full(size, NEVER) for _ in range(3))
    first, first_stated = np.full(size, _LATER), np.full(size, _LATER)
    about, low, middles = facts_of(facts, Field.BEGIN)
    np.maximum.at(begin, about, middles)
    np.minimum.at(first, about, low)
    about, low, middles = facts_of(facts, Field.END)
    np.maximum.at(end, about, middles)
    ended = np.zeros(size, dtype=bool)
    ended[facts_of(facts, Field.ENDED)[0]] = True
    about, numbers, _ = facts_of(facts, Field.DOCUMENT)
    reported = np.where(ended, np.maximum(begin, end), begin)[about]
    reported[reported > date.today().toordinal() - EPOCH] = NEVER
    issued_low, issued, has_date = _issued(graph, visible, numbers, reported)
    np.maximum.at(stated, about, issued[numbers])
    by_mention = np.zeros(size, dtype=bool)
    newest = issued[numbers] == stated[about]
    by_mention[about[newest & ~has_date[numbers]]] = True
    by_mention[about[newest & has_date[numbers]]] = False
    dated = issued[numbers] != NEVER
    np.minimum.at(first_stated, about[dated], issued_low[numbers[dated]])
    # 2. How old it is, and whether it exists yet.
    lasts = np.array([row.lasts for row in graph.table.kinds])[kind]
    half_life = np.array([row.half_life for row in graph.table.kinds])[kind]
    held = np.where(
        end != NEVER,
        np.maximum(end, begin),
        np.where(
            lasts | (begin == NEVER), np.where(lasts, np.maximum(begin, stated), stated), begin
        ),
    )
    first_stated[(end != NEVER) | (stated == NEVER)] = NEVER
    first = np.where(first != _LATER, first, first_stated)
    exists = first <= today
    undated = held == NEVER
    held = np.minimum(held, today)
    age = np.where(undated, half_life, (today - held.astype(np.int64)) / YEAR)
    sometime = ended & (end == NEVER)
    halves = age / half_life + sometime
    standing = np.select(
        [
            sometime,
            undated,
            (end != NEVER) & (end >= today),
            end != NEVER,
            (held > begin) & by_mention,
            held > begin,
        ],
        [
            Standing.ENDED_SOMETIME,
            Standing.UNDATED,
            Standing.IN_FORCE,
            Standing.ENDED,
            Standing.MENTIONED,
            Standing.STATED,
        ],
        Standing.DATED,
    )
    return Ages(exists, np.where(undated, NEVER, held), halves, standing)


def _issued(
    graph: Ties, visible: np.ndarray, cited: np.ndarray, reported: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First day and middle of the latest date of each document, and whether it is its own date.

    A document without a visible date gets the day before which it cannot have been written, or
    the latest day `reported` of evidence for which it is `cited`; NEVER where there is none.
    """
    low, middles, mentioned = (np.full(max(1, len(graph.document)), NEVER) for _ in range(3))
    rows = graph.documents[visible[graph.documents[:, 1]]]
    bound = rows[:, 3] == NEVER
    np.maximum.at(mentioned, rows[bound, 0], rows[bound, 2])
    rows = rows[~bound]
    np.maximum.at(low, rows[:, 0], rows[:, 2])
    np.maximum.at(middles, rows[:, 0], (rows[:, 2] + rows[:, 3]) // 2)
    has_date = middles != NEVER
    np.maximum.at(mentioned, cited, reported)
    return np.where(has_date, low, mentioned), np.where(has_date, middles, mentioned), has_date


def facts_of(facts: np.ndarray, what: Field) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Evidence, `low`, and the middle of `low` and `high`, of the facts of one field."""
    rows = facts[facts[:, 2] == what]
    return rows[:, 0], rows[:, 3], (rows[:, 3] + rows[:, 4]) // 2
