"""How strong a tie is: the table of kinds (`ontology/strength.ttl`) and the arithmetic in words.

    p(evidence)  = base · 2^(−age / half-life) · (2 / participants)^discount · role
    p(two parties) = 1 − Π (1 − p), of each passage of a document its best piece
    score(way)   = Π p(step) · hand-over^(steps − 1)

Age is counted from the last day on which the tie is known to have held (see `hub.paths.ages`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, Self

from hub.errors import Invalid, Unavailable
from hub.vocabulary import MC

CEILING = 0.99  # no evidence makes a meeting certain; it also keeps every step's cost above 0
# What a question may set otherwise: the attribute of a kind, its bounds, and what it is.
FIGURES = {
    "strength": ("base", 0.01, CEILING, "a chance"),
    "half-life": ("half_life", 0.1, 1_000.0, "years"),
    "discount": ("discount", 0.0, 5.0, "an exponent"),
}


class Value(Protocol):
    """Any RDF term: all that is read of it is its IRI or lexical form."""

    @property
    def value(self) -> str: ...


Row = Mapping[str, Value]
Select = Callable[[str], Iterable[Row]]

_TABLE = f"""PREFIX mc: <{MC}>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?row ?property ?value WHERE {{
  GRAPH ?g {{
    {{ ?row a mc:TieKind }} UNION {{ ?row mc:roleWeight ?w }} UNION {{ ?row mc:handOver ?h }}
    UNION {{ ?row mc:tieBase ?b }}
    ?row ?property ?value
  }}
}}"""


@dataclass(frozen=True)
class TieKind:
    """A row of the table.

    Attributes:
        key: short name, such as `mou`; what users give to choose kinds of evidence.
        base: strength of fresh evidence between two parties, in (0, 1).
        half_life: years.
        discount: exponent of (2 / participants).
        lasts: a state that holds until it ends, not something that happened once.
        covers: IRIs of the classes, roles or kinds of agreement that this row reckons.
        broader: key of the kind that this one narrows; empty at the top.
    """

    key: str
    label: str
    base: float
    half_life: float
    discount: float
    lasts: bool
    reason: str
    covers: tuple[str, ...] = ()
    broader: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON shows it."""
        return asdict(self)


@dataclass(frozen=True, order=True)
class Adjustment:
    """A figure of the table that one question sets otherwise than the hub.

    Attributes:
        figure: a key of `FIGURES`; kind: the key of a row, and of no narrower one.
        own: the hub's own value, 0 before the table is asked.
    """

    figure: str
    kind: str
    value: float
    own: float = 0.0

    @classmethod
    def read(cls, figure: str, text: str) -> Self:
        """`mou=0.6` as an adjustment of `figure`. Raises Invalid where it is none."""
        kind, equals, value = text.partition("=")
        try:
            if equals and "_" not in value:
                return cls(figure, kind.strip(), float(value))
        except ValueError:
            pass
        raise Invalid(
            f"“{text[:60]}” is no {figure} of a kind of evidence.",
            where=figure,
            remedy="Write kind=number, such as mou=0.6; /strengths lists the kinds.",
        )


@dataclass(frozen=True)
class StrengthTable:
    """The whole table; it stands in the generation beside the ties that it weighs.

    Attributes:
        kinds: ordered so that a narrower kind comes after its broader one.
        roles: factor by IRI of the role; a role that is not named counts 1.
        entries: weight by key of the kind of entry point.
        hand_over: factor for each connector of a way.
        reasons: why, by role, by key of the kind of entry point, and by `hand-over`.
    """

    kinds: tuple[TieKind, ...]
    roles: Mapping[str, float] = field(default_factory=dict)
    entries: Mapping[str, float] = field(default_factory=dict)
    hand_over: float = 0.85
    reasons: Mapping[str, str] = field(default_factory=dict)

    def kind(self, key: str) -> TieKind:
        """The row called `key`, or so labelled. Raises Invalid, naming the keys there are."""
        for kind in self.kinds:
            if key in (kind.key, kind.label.replace(" ", "-")):
                return kind
        known = ", ".join(kind.key for kind in self.kinds)
        raise Invalid(f"There is no kind of evidence “{key}”.", remedy=f"Choose among: {known}.")

    def narrow(self, keys: Iterable[str]) -> frozenset[str]:
        """`keys` and all narrower kinds; `agreement` includes `mou`."""
        chosen = {self.kind(key).key for key in keys}
        for kind in self.kinds:  # broader kinds come first
            if kind.broader in chosen:
                chosen.add(kind.key)
        return frozenset(chosen)

    def compare(self, adjustments: Iterable[Adjustment]) -> tuple[Adjustment, ...]:
        """The adjustments with the table's own values, in order, those left out that change none.

        Raises Invalid: there is no such kind, a figure is impossible or given twice.
        """
        found: dict[tuple[str, str], Adjustment] = {}
        for one in adjustments:
            name, least, most, unit = FIGURES[one.figure]
            kind = self.kind(one.kind)
            fits = least <= one.value <= most
            if not fits or (one.figure, kind.key) in found:
                raise Invalid(
                    f"{one.figure} {one.kind}={one.value:g} "
                    f"{'is given twice' if fits else 'cannot be reckoned with'}.",
                    where=one.figure,
                    remedy=f"Give {unit} from {least:g} to {most:g}, once for each kind.",
                )
            own = getattr(kind, name)
            found[one.figure, kind.key] = replace(one, kind=kind.key, own=own)
        return tuple(sorted(one for one in found.values() if one.value != one.own))

    def adjust(self, adjustments: Iterable[Adjustment]) -> StrengthTable:
        """The table with other figures for one question."""
        kinds = {kind.key: kind for kind in self.kinds}
        for one in adjustments:
            changed: dict[str, Any] = {FIGURES[one.figure][0]: one.value}
            kinds[one.kind] = replace(kinds[one.kind], **changed)
        return replace(self, kinds=tuple(kinds.values()))

    def tell(self, adjustments: Iterable[Adjustment]) -> str:
        """Which figures are not the hub's own, in a sentence; empty where all are."""
        told = "; ".join(
            f"{self.kind(one.kind).label}: {one.figure} {one.value:g} instead of {one.own:g}"
            for one in adjustments
        )
        return f"Reckoned with figures that are not the hub's own: {told}." if told else ""

    def as_dict(self) -> dict[str, Any]:
        """The table as JSON, the mirror of `read_saved`."""
        return asdict(self)

    def save(self, path: Path) -> None:
        """Write the table as JSON."""
        path.write_text(json.dumps(self.as_dict(), ensure_ascii=False, indent=1), encoding="utf-8")


def read_saved(path: Path) -> StrengthTable:
    """The table that `StrengthTable.save` wrote."""
    values = json.loads(path.read_text(encoding="utf-8"))
    kinds = tuple(TieKind(**{**row, "covers": tuple(row["covers"])}) for row in values["kinds"])
    return StrengthTable(**{**values, "kinds": kinds})


def read_table(select: Select) -> StrengthTable:
    """The table of `ontology/strength.ttl`, read from a store that holds it in a named graph.

    Raises:
        Unavailable: the store holds no table, or a row lacks a figure or has an impossible one.
    """
    rows: dict[str, dict[str, list[str]]] = {}
    for row in select(_TABLE):
        values = rows.setdefault(row["row"].value, {})
        values.setdefault(_name(row["property"].value), []).append(row["value"].value)
    kinds = [_kind(iri, values) for iri, values in rows.items() if "tieHalfLife" in values]
    hand_over = [float(values["handOver"][0]) for values in rows.values() if "handOver" in values]
    named = {
        "hand-over" if "handOver" in v else iri if "roleWeight" in v else _name(iri): v
        for iri, v in rows.items()
        if "tieHalfLife" not in v
    }
    if not kinds or len(hand_over) != 1:
        raise Unavailable(
            "The table of the strength of ties is missing from the ontology.",
            where="ontology/strength.ttl",
            remedy="It must state mc:TieKind rows and one mc:handOver.",
        )
    return StrengthTable(
        tuple(_broader_first(kinds)),
        {iri: float(v["roleWeight"][0]) for iri, v in rows.items() if "roleWeight" in v},
        {
            _name(iri): float(v["tieBase"][0])
            for iri, v in rows.items()
            if "tieBase" in v and "tieHalfLife" not in v
        },
        hand_over[0],
        {key: v["tieReason"][0] for key, v in named.items() if "tieReason" in v},
    )


def _kind(iri: str, values: Mapping[str, list[str]]) -> TieKind:
    try:
        kind = TieKind(
            key=_name(iri),
            label=values["prefLabel"][0],
            base=float(values["tieBase"][0]),
            half_life=float(values["tieHalfLife"][0]),
            discount=float(values["participantDiscount"][0]),
            lasts=values["tieLasts"][0] in ("true", "1"),
            reason=values["tieReason"][0],
            covers=tuple(sorted(set(values.get("tieCovers", [])))),
            broader=_name(values["broader"][0]) if "broader" in values else "",
        )
    except (KeyError, ValueError) as error:
        raise Unavailable(
            f"A row of the table of ties lacks or breaks {error}.", where=iri
        ) from None
    if not (0 < kind.base <= CEILING and kind.half_life > 0 and kind.discount >= 0):
        raise Unavailable("A row of the table of ties has an impossible figure.", where=iri)
    return kind


def _broader_first(kinds: list[TieKind]) -> Iterator[TieKind]:
    by_key = {kind.key: kind for kind in kinds}

    def depth(kind: TieKind, seen: int = 0) -> int:
        if seen > len(kinds):
            raise Unavailable("The kinds of ties are broader than each other.", where=kind.key)
        return 1 + depth(by_key[kind.broader], seen + 1) if kind.broader in by_key else 0

    yield from sorted(kinds, key=lambda kind: (depth(kind), kind.base, kind.key))


def concept_key(iri: str) -> str:
    """`role/funder` of a concept, whatever the base; any other IRI unchanged."""
    return iri.rpartition("/concept/")[2]


def _name(iri: str) -> str:
    return iri.replace("#", "/").rpartition("/")[2]


def show_age(years: float) -> str:
    """Completed years, below two months: `13 years`, `20 months`, `fresh`."""
    if years >= 1.999:  # a year has 365 or 366 days
        return f"{int(years + 0.001)} years"
    months = round(years * 12)
    return "fresh" if months < 1 else "1 month" if months == 1 else f"{months} months"


def round_strength(value: float) -> float:
    """Six digits that count, as all answers for programs give strengths: the rest is noise."""
    return float(f"{value:.6g}")


def show_strength(value: float) -> str:
    """Two digits, more where two would say nothing: `0.62`, `0.0042`."""
    value += 1e-9  # halves go up, whichever way they were reckoned
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}" if value > 1e-8 else "0"
