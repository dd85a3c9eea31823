"""The whole evaluation: read, find the cases, rank, measure; and the fit of the strengths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from hub.errors import Invalid
from hub.paths.evaluation.cases import History, describe_cases, find_cases
from hub.paths.evaluation.collaborations import Tell, read_collaborations
from hub.paths.evaluation.measures import compare, measure
from hub.paths.evaluation.ranking import HUB, RANKINGS, TRIALS, connect, weigh_candidates
from hub.paths.strength import TieKind, read_table
from hub.vocabulary import DEFAULT_BASE
from loaders.reading.rdf import read_statements

DISCOUNTS = (0.0, 0.2, 0.35, 0.5, 1.0)
HALF_LIVES = (1.0, 3.0, 6.0, 12.0)


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found: the cases by number, rows left out, and the rankings' measures."""

    cases: Mapping[str, float]
    left_out: Mapping[str, int]
    kind: TieKind
    rankings: tuple[Mapping[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON shows it."""
        strength = {key: getattr(self.kind, key) for key in ("base", "half_life", "discount")}
        return {**self.cases, "rows left out": dict(self.left_out), "strength": strength,
                "rankings": self.rankings}  # fmt: skip


def evaluate(
    path: Path, cut: int, until: int, kind: TieKind, tell: Tell, *, trial: bool = False,
    fit: bool = False,
) -> Evaluation:  # fmt: skip
    """Hold out the projects of `path` from `cut` to before `until`, days since 1970-01-01.

    Args:
        kind: the row of the table of strength for joint projects.
        trial: measure what was tried too; fit: rank by other half-lives and discounts than `kind`'s
            instead, each compared with `kind`.

    Raises:
        Invalid: `until` is not after `cut`.
        Refused: the file cannot be used, or holds no case.
    """
    if until <= cut:
        raise Invalid("What is held out ends before it begins.", remedy="Give --until after --cut.")
    everything = read_collaborations(path, tell)
    history = History(everything, cut)
    cases = find_cases(everything, history, cut, until, tell)
    weighed = weigh_candidates(everything, history, cases, cut, kind, tell)
    scores = {
        name: ranking(weighed)
        for name, ranking in {**RANKINGS, **(TRIALS if trial else {})}.items()
    }
    if fit:
        scores = {f"{HUB}: half-life {kind.half_life:g}, discount {kind.discount:g}": scores[HUB]}
        grid = list(product(HALF_LIVES, DISCOUNTS))
        for done, (half_life, discount) in enumerate(grid):
            name = f"half-life {half_life:g}, discount {discount:g}"
            tell(name, done, len(grid))
            other = replace(kind, half_life=half_life, discount=discount)
            scores[name] = connect(
                weigh_candidates(everything, history, cases, cut, other, lambda *_: None)
            )
    measured = {name: measure(weighed.case, weighed.right, s) for name, s in scores.items()}
    hub = next(iter(measured.values()))
    projects = [case.project for case in cases]
    rankings = []
    for name, measures in measured.items():
        above, error = compare(measures, hub, projects)
        rankings.append({"ranking": name, **measures.as_dict(), "above": above, "error": error})
    return Evaluation(describe_cases(cases), everything.left_out, kind, tuple(rankings))


def read_project_kind(ontology: Path) -> TieKind:
    """The row for joint projects of the table of strength in the folder `ontology`."""
    statements = read_statements(ontology / "strength.ttl", ".ttl", DEFAULT_BASE)
    rows = [{"row": s, "property": p, "value": o} for s, p, o, _ in statements]
    return read_table(lambda _: rows).kind("project")  # the file holds what the query asks for
