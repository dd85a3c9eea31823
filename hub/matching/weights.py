"""The weights of findings, read from `weights.toml`, and the arithmetic of a score."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hub.matching.comparison import Finding
from hub.matching.records import Band, Evidence
from loaders.findings import HIDDEN

LONGEST = 120
STARTS = ("start", "person.start")
WEIGHTS = Path(__file__).with_name("weights.toml")


@dataclass(frozen=True)
class Weight:
    """What a finding weighs per unit, how it is said, and whether it calls for a person."""

    weight: float
    says: str
    asks: bool


@dataclass(frozen=True)
class Weights:
    """The table of weights, and the probabilities from which pairs are decided or asked about.

    No probability reaches `ceiling`.
    """

    table: dict[str, Weight]
    same: float
    ask: float
    ceiling: float

    def score(self, findings: Iterable[Finding]) -> float:
        """Log-odds that the two are one, were there no other that fits."""
        table = self.table
        return sum(table[found.feature].weight * found.value for found in findings)

    def find_probability(self, score: float) -> float:
        """The logistic function of the score, which from `same` on bends towards `ceiling`.

        Findings depend on each other, so their sum promises more than they hold where many agree;
        lists have errors of their own, which no finding tells. Bent as a hyperbola, scores stay
        apart however high they are.
        """
        sure, most = find_log_odds(self.same), find_log_odds(self.ceiling)
        if score > sure:
            score = sure + 1 / (1 / (score - sure) + 1 / (most - sure))
        odds = math.exp(max(score, -700.0))
        return odds / (1 + odds)

    def explain(self, findings: Iterable[Finding]) -> tuple[Evidence, ...]:
        """The findings as sentences, the heaviest first and what all pairs start from last.

        Their weights sum to the score.
        """
        said = (
            Evidence(
                weight.says.format(*map(clip, found.words)),
                weight.weight * found.value,
                found.feature in STARTS,
            )
            for found in findings
            for weight in (self.table[found.feature],)
        )
        return tuple(sorted(said, key=lambda evidence: (evidence.start, -abs(evidence.weight))))

    def choose_band(self, probability: float, findings: Iterable[Finding]) -> Band:
        if probability < self.ask:
            return "apart"
        asks = any(self.table[found.feature].asks for found in findings)
        return "ask" if asks or probability < self.same else "same"


@cache
def read_weights() -> Weights:
    """The weights that come with the hub."""
    read = tomllib.loads(WEIGHTS.read_text("utf-8"))
    table = {
        feature: Weight(entry["weight"], entry["says"], entry.get("asks", False))
        for feature, entry in read["weight"].items()
    }
    return Weights(table, **read["bands"])


def clip(text: str) -> str:
    """At most `LONGEST` letters of a text that a partner wrote, none of which turns the others."""
    text = HIDDEN.sub("", text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def find_log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))
