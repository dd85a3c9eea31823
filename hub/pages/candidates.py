"""Pairs that may be one thing, still to be judged, the most valuable first.

What is published is gathered as one record a thing, compared (`hub.matching`), and ranked by what a
yes would open: two pieces of the graph of ties that become one, else the ties of both, each counted
by how likely the yes is.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date

from hub.access import LEVELS, Viewer
from hub.errors import Invalid, Refused
from hub.identity import Judgement
from hub.identity.names import Clusters
from hub.matching import Evidence, Proposal, Record, propose
from hub.matching.proposing import Progress
from hub.matching.records import Kind
from hub.pages.reader import Reader
from hub.paths.introductions import open_ties
from hub.paths.pieces import Pieces, Place
from hub.search import RANKS, choose_name
from hub.terms import iri
from hub.vocabulary import expand

KINDS: dict[str, Kind] = {
    expand("org:Organization"): "organisation", expand("foaf:Person"): "person",
}  # fmt: skip
Said = dict[str, dict[str, None]]  # property → values, in order
PLACES = frozenset(map(expand, ("mc:city", "mc:region")))
SCHEMES = frozenset({"ror", "lei", "vat", "pic", "wikidata", "isni"})
KEPT = 4  # lists of pairs, one for each viewer of a generation


@dataclass(frozen=True)
class Pair:
    """Two things that may be one, with what a yes would open.

    Attributes:
        left, right: the records as they were compared; `sources` names who speaks of each.
        opens: pairs of parties that a yes gives a way to each other; 0 where one leads already.
        places: where the two stand in the graph of ties; None where nothing ties them.
    """

    left: Record
    right: Record
    sources: tuple[tuple[str, ...], tuple[str, ...]]
    probability: float
    band: str
    evidence: tuple[Evidence, ...]
    places: tuple[Place | None, Place | None] = (None, None)

    @property
    def key(self) -> str:
        """The same for the same two things, whatever was loaded since."""
        ends = "\n".join(sorted((self.left.iri, self.right.iri)))
        return hashlib.sha256(ends.encode()).hexdigest()[:12]

    @property
    def opens(self) -> int:
        one, other = self.places
        return one.size * other.size if one and other and one.piece != other.piece else 0

    @property
    def worth(self) -> float:
        """What deciding it is worth: the log of what a yes opens, times how likely that is."""
        ties = min(place.ties if place else 0 for place in self.places)
        return self.probability * (math.log1p(ties) + math.log1p(self.opens))

    @property
    def told(self) -> str:
        """What a yes would open, in words."""
        one, other = self.places
        if one and other and self.opens:
            return (
                f"A yes joins {one.size:,} and {other.size:,} parties between which no way leads."
            )
        if one and other:
            return f"Both have ties already: {one.ties:,} and {other.ties:,}."
        return "A yes would open no new way: one of the two has no ties yet."

    def because(self, verdict: str) -> str:
        """The evidence that speaks for a verdict, in words, as the reason of a judgement."""
        sign = {"same": 1, "different": -1}.get(verdict, 0)
        reasons = [e for e in self.evidence if not e.start]
        told = [e.text for e in reasons if not sign or e.weight * sign > 0]
        return "; ".join(told) or "nothing in the records speaks for it"

    def as_dict(self) -> dict[str, object]:
        return {
            "left": self.left.iri, "left_label": label_of(self.left),
            "right": self.right.iri, "right_label": label_of(self.right),
            "sources": self.sources, "probability": round(self.probability, 4),
            "band": self.band, "opens": self.opens, "worth": round(self.worth, 3),
            "evidence": [{"text": e.text, "weight": round(e.weight, 2)} for e in self.evidence],
        }  # fmt: skip


def label_of(record: Record) -> str:
    return record.names[0] if record.names else record.iri


@dataclass(frozen=True)
class Gathered:
    """Records of what a viewer sees, by canonical IRI, and the sources that speak of each."""

    records: Mapping[str, Record]
    sources: Mapping[str, tuple[str, ...]]


def gather(reader: Reader, things: Sequence[str] = ()) -> Gathered:
    """The records of `things`, or of all organisations and people that the reader's viewer sees."""
    if things:
        known = {name for thing in things for name in reader.hub.members(thing, reader.viewer)}
        rows = reader.select("records", thing=[iri(name) for name in sorted(known)])
    else:
        rows = [row for name in KINDS for row in reader.select("records", **{"class": iri(name)})]
    said: dict[str, Said] = defaultdict(lambda: defaultdict(dict))
    names: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    kinds: dict[str, Kind] = {}
    graphs: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        thing = reader.hub.canonical(row["thing"].value, reader.viewer)
        kinds.setdefault(thing, KINDS[row["class"].value])
        name, value = row["property"].value, row["value"]
        if name in RANKS:
            names[thing].append((RANKS[name], value.language, value.value))
        else:
            said[thing][name][value.value] = None
        graphs[thing].add(row["graph"].value)
    facts = reader.hub.generation.manifest.graphs
    speaking = {g.iri: g.source for g in facts if g.kind == "said"}
    sources = {
        thing: tuple(sorted({speaking[graph] for graph in found if graph in speaking}))
        for thing, found in graphs.items()
    }
    pointed = {*PLACES, expand("org:memberOf")}
    others = {v for about in said.values() for p in pointed for v in about.get(p, ())}
    called = {address: hit.label for address, hit in reader.describe(others).items()}
    country = f"{reader.base}country/"
    records = {
        thing: _record(thing, kind, names[thing], said[thing], called, sources[thing], country)
        for thing, kind in kinds.items()
    }
    return Gathered(records, sources)


def _record(
    thing: str, kind: Kind, names: list[tuple[int, str, str]], said: Said,
    called: Mapping[str, str], sources: tuple[str, ...], country: str,
) -> Record:  # fmt: skip
    """What is said of a thing, as a record; `country` is what IRIs of countries begin with."""

    def named(properties: Iterable[str]) -> tuple[str, ...]:
        found = (v for p in properties for v in said.get(p, ()))
        return tuple(sorted({called[v] for v in found if called.get(v)}))

    texts = [choose_name(names)[0], *(text for _, _, text in sorted(names))]
    marked = (value.partition(":") for value in said.get(expand("schema:identifier"), ()))
    countries = said.get(expand("mc:country"), ())
    return Record(
        iri=thing,
        kind=kind,
        names=tuple(dict.fromkeys(filter(None, texts))),
        countries=tuple(c.removeprefix(country) for c in countries if c.startswith(country)),
        places=named(sorted(PLACES)),
        domains=tuple(sorted(said.get(expand("foaf:homepage"), ()))),
        identifiers=frozenset((s, value) for s, _, value in marked if s in SCHEMES and value),
        source=sources[0] if len(sources) == 1 else "",
        employers=named([expand("org:memberOf")]),
    )


def find_pairs(reader: Reader, progress: Progress | None = None) -> tuple[Pair, ...]:
    """All pairs that may be one thing, as far as the viewer sees, the most valuable first."""
    gathered = gather(reader)
    records = gathered.records
    hub = reader.hub
    ties = open_ties(hub.generation.ties)
    pieces = Pieces(ties.view(hub.graphs(reader.viewer), date.today()))
    pairs = (
        replace(pair_from(p, gathered), places=(pieces.find(p.left), pieces.find(p.right)))
        for p in propose(list(records.values()), progress=progress)
        if p.band != "apart"
    )
    return tuple(sorted(pairs, key=lambda pair: (-pair.worth, -pair.probability, pair.key)))


def pair_from(proposal: Proposal, gathered: Gathered) -> Pair:
    left, right = proposal.left, proposal.right
    records, sources = gathered.records, gathered.sources
    return Pair(
        records[left], records[right], (sources[left], sources[right]),
        proposal.probability, proposal.band, proposal.evidence,
    )  # fmt: skip


def compare_two(reader: Reader, left: str, right: str) -> Pair | None:
    """The two as a pair, compared with each other alone; None where the viewer sees one at most."""
    left, right = (reader.hub.canonical(end, reader.viewer) for end in (left, right))
    gathered = gather(reader, [left, right])
    records = gathered.records
    if left not in records or right not in records:
        return None
    found = next(propose([records[left]], [records[right]]), None)
    return pair_from(found or Proposal(left, right, 0.0, "apart", ()), gathered)


def open_pairs(
    pairs: Iterable[Pair], judgements: Iterable[Judgement], viewer: Viewer
) -> Iterator[Pair]:
    """Those of `pairs` that nobody whose judgement `viewer` sees has judged, directly or through
    what was judged the same; judgements count at once, before they are published."""
    seen = [judgement for judgement in judgements if viewer.sees(judgement)]
    find = Clusters(judgement for judgement in seen if judgement.verdict == "same").find
    judged = {
        frozenset((find(judgement.left), find(judgement.right)))
        for judgement in seen
        if judgement.verdict != "same"
    }
    for pair in pairs:
        ends = frozenset((find(pair.left.iri), find(pair.right.iri)))
        if len(ends) == 2 and ends not in judged:
            yield pair


def levels_for(viewer: Viewer) -> list[Viewer]:
    """The levels that `viewer` sees, the lowest first."""
    lower = [Viewer(level) for level in LEVELS[: LEVELS.index(viewer.level)]]
    return [*lower, viewer]


def find_levels(reader: Reader, left: str, right: str) -> list[Viewer]:
    """The levels at which a judgement on two things may be visible, the first of which is advised.

    That is the lowest from which on the same evidence is seen as by the reader's viewer: what a
    judgement rests on must not show through it. Raises Invalid where the viewer does not see both.
    """
    levels = levels_for(reader.viewer)
    if len(levels) == 1:
        return levels
    whole = compare_two(reader, left, right)
    if whole is None:
        raise Invalid("Only organisations and people that you see can be judged.")
    for number, level in enumerate(levels[:-1]):
        lower = compare_two(replace(reader, viewer=level), left, right)
        if lower is not None and lower.evidence == whole.evidence:
            return levels[number:]
    return levels[-1:]


def choose_level(reader: Reader, left: str, right: str, wanted: Viewer | None = None) -> Viewer:
    """The level of a judgement on two things: `wanted`, or the lowest that what it rests on allows.

    Raises Refused where `wanted` would show what it rests on to those who may not see that.
    """
    levels = find_levels(reader, left, right)
    if wanted is None:
        return levels[0]
    if wanted not in levels:
        raise Refused(
            f"A judgement on these two rests on what {levels[0]} sees, and would show it to "
            f"{wanted}.",
            remedy=f"Leave the level out, or say {' or '.join(map(str, levels))}.",
        )
    return wanted


class Candidates:
    """The pairs of each viewer, found once for each state of what they see. Thread safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker = ThreadPoolExecutor(1, "candidates")
        self._found: OrderedDict[tuple[str, Viewer], Future[tuple[Pair, ...]]] = OrderedDict()

    def pairs(self, reader: Reader, patience: float) -> tuple[Pair, ...] | None:
        """The pairs, or None where finding them takes longer than `patience` seconds.

        It then goes on, and they are there when asked for again. Raises as `find_pairs`.
        """
        key = (reader.sight.mark, reader.viewer)
        with self._lock:
            if key not in self._found:
                self._found[key] = self._worker.submit(find_pairs, reader)
            self._found.move_to_end(key)
            while len(self._found) > KEPT:
                self._found.popitem(last=False)[1].cancel()
            looking = self._found[key]
        try:
            return looking.result(patience)
        except TimeoutError:
            return None
        except Exception:
            with self._lock:
                self._found.pop(key, None)  # it may go better when asked again
            raise
