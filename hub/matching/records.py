"""What is compared, and what comes of it: records, evidence, proposals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["organisation", "person"]
Band = Literal["same", "ask", "apart"]


@dataclass(frozen=True)
class Record:
    """What one source says of one organisation or person, as far as it helps to tell it.

    Attributes:
        iri: the record's name in its source; two records of one IRI are never compared.
        kind: records of different kinds are never compared.
        names: labels, alternative labels, acronyms, former names, in any language and script.
        countries: ISO 3166-1 alpha-2 codes.
        places: names of cities and regions.
        domains: hosts of homepages; whole web addresses are taken too.
        identifiers: pairs of scheme and value (vat, lei, ror, pic, wikidata, isni …).
        source: who says it; two records of one source need more to be held the same.
        employers: of a person, the names or IRIs of organisations that the person belongs to.
    """

    iri: str
    kind: Kind
    names: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    identifiers: frozenset[tuple[str, str]] = frozenset()
    source: str = ""
    employers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """One reason: a sentence for a reader, and how many units of log-odds it adds or takes.

    `start` marks what every pair starts from: it belongs to the sum, and is no reason of this pair.
    """

    text: str
    weight: float
    start: bool = False


@dataclass(frozen=True)
class Proposal:
    """Two records that may be one thing.

    Attributes:
        left, right: IRIs of the records.
        probability: that they are one; the logistic function of the weights' sum, bent towards a
            ceiling where it is high.
        band: ``same`` may be decided without a person, ``ask`` is for a person, ``apart`` is
            left alone.
        evidence: all that was weighed, the heaviest first, what every pair starts from last.
    """

    left: str
    right: str
    probability: float
    band: Band
    evidence: tuple[Evidence, ...]
