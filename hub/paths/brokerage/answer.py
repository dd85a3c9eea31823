"""The answer about brokers and gaps, in words and figures; and the same as plain text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from hub.paths.facts import show_date
from hub.paths.sentences import ToldStep
from hub.paths.strength import show_strength


@dataclass(frozen=True)
class Named:
    """A thing by its IRI and name."""

    iri: str
    label: str


@dataclass(frozen=True)
class ToldBroker:
    """A broker in words; `share`, `contacts`, `effective_size` and `constraint` are the figures."""

    iri: str
    label: str
    sentences: tuple[str, ...]
    share: float
    contacts: int
    effective_size: float
    constraint: float
    steps: tuple[ToldStep, ...]


@dataclass(frozen=True)
class ToldNarrow:
    """A single point of failure: a party or a piece of evidence, and how many members it cuts off,
    and doors; the first fifty of them by name."""

    iri: str
    sentence: str
    members_lost: int
    doors_lost: int
    members: tuple[Named, ...]
    doors: tuple[Named, ...]


@dataclass(frozen=True)
class ToldProposal:
    """An agreement to sign next, and how many members it would bring within reach; the first fifty
    of them by name."""

    party: Named
    door: Named
    sentence: str
    members: int
    gained: tuple[Named, ...]


@dataclass(frozen=True)
class ToldMarket:
    """How members come into a market, in words and figures."""

    iri: str
    label: str
    doors: int
    members: int
    near: int
    reached: int
    sentences: tuple[str, ...]
    narrows: tuple[ToldNarrow, ...]
    proposals: tuple[ToldProposal, ...]


@dataclass(frozen=True)
class ToldEnding:
    """An agreement about to end, and what that would close."""

    agreement: Named
    end: date
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class ToldReport:
    """The whole answer in words.

    Attributes:
        scope: what is told of: the market, or `any of 12 of 23 markets`.
        notes: what was left out, sampled or is not known.
        coverage: for each cluster the strength of the best way to each of `markets`, None where
            it was not looked at.
    """

    title: str
    scope: str
    as_of: date
    hops: int
    above: float
    notes: tuple[str, ...]
    brokers: tuple[ToldBroker, ...]
    markets: tuple[ToldMarket, ...]
    clusters: tuple[Named, ...]
    coverage: tuple[tuple[float | None, ...], ...]
    endings: tuple[ToldEnding, ...]
    cut: bool
    found_markets: int
    found_clusters: int

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON shows it."""
        told = asdict(self) | {"as_of": self.as_of.isoformat()}
        for one in told["endings"]:
            one["end"] = one["end"].isoformat()
        return told


def tell_brokers(told: ToldReport) -> str:
    """The answer as plain text, for a terminal."""
    parts = [told.title, *told.notes]
    if told.brokers:
        parts.append(f"\nOver whom most runs to {told.scope}")
    for number, broker in enumerate(told.brokers, 1):
        parts.append(f"{number}. {broker.label}")
        parts += [f"   {sentence}" for sentence in broker.sentences]
        for step in broker.steps:
            said = step.evidence[0].sentence if step.evidence else ""
            ends = f"{step.source_label} – {step.target_label}"
            parts.append(f"   • {ends}: {show_strength(step.strength)}. {said}")
    for market in told.markets:
        if not (market.sentences or market.narrows):
            continue
        parts.append(f"\n{market.label}")
        parts += [f"   {sentence}" for sentence in market.sentences]
        parts += [f"   ! {narrow.sentence}" for narrow in market.narrows]
        parts += [f"   + {proposal.sentence}" for proposal in market.proposals]
    if told.endings:
        parts.append("\nAgreements about to end")
    for ending in told.endings:
        parts.append(f"   {ending.agreement.label}, {show_date(ending.end.isoformat())}")
        parts += [f"     {sentence}" for sentence in ending.sentences]
    if told.cut:
        parts.append("\nThe search took too long and was cut; what is missing was not looked at.")
    return "\n".join(parts)
