"""The arrays that the search walks and works on; the loops over them stand in `kernel`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

FAR = 2**30  # steps away of whom nobody has come to


class Ground(NamedTuple):
    """What is walked: incidences, sorted by evidence; numbers of parties and evidence are indices.

    Attributes:
        columns: bounds of each party's `places`; places: its incidences, those told by one passage
            beside each other.
        rows: bounds of each evidence's incidences; evidence, party, quality: of each incidence.
        base, passage: of each evidence; passage 0 is independent of all other.
    """

    columns: np.ndarray
    places: np.ndarray
    rows: np.ndarray
    evidence: np.ndarray
    party: np.ndarray
    quality: np.ndarray
    base: np.ndarray
    passage: np.ndarray
    ceiling: float
    hand_over: float


class Desk(NamedTuple):
    """Scratch with an entry for each party or piece of evidence, left as it is found.

    Attributes:
        state: a row for each party: its place among the labels from the start and from the target,
            -1 where it has none.
        away: the same: how many steps it is away from them, FAR where nobody came to it.
        marks: 0 for each piece of evidence.
    """

    state: np.ndarray
    away: np.ndarray
    marks: np.ndarray

    @classmethod
    def make(cls, parties: int, evidence: int) -> Desk:
        """A desk for a graph of that size."""
        state, away = (np.full((parties, 2), value, dtype=np.int32) for value in (-1, FAR))
        return cls(state, away, np.zeros(evidence, dtype=np.int8))


class Known(NamedTuple):
    """Neighbours and costs (−ln(strength · hand-over) > 0) of the parties expanded so far.

    `span` is −1 where a party is not; `fill` counts the entries of `near` and `cost` in use;
    `least` is no more than the least cost of each party's steps; `none` and `best` are scratch, one
    entry for each party.
    """

    span: np.ndarray
    near: np.ndarray
    cost: np.ndarray
    fill: np.ndarray
    none: np.ndarray
    best: np.ndarray
    least: np.ndarray

    @classmethod
    def make(cls, parties: int, capacity: int) -> Known:
        """Nothing known yet; `capacity` entries are kept before all are forgotten."""
        room = parties + max(parties, capacity)
        return cls(
            np.full((parties, 2), -1, dtype=np.int64),
            np.empty(room, dtype=np.int32),
            np.empty(room, dtype=np.float64),
            np.zeros(1, dtype=np.int64),
            np.full(parties, 2.0),
            np.zeros(parties),
            np.zeros(parties),
        )
