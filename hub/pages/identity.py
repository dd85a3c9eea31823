"""The page on which two records are judged, and judgements as they are shown to people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from hub.access import Viewer
from hub.errors import NotFound
from hub.identity.decisions import find_present, read_record, tell_effects
from hub.identity.judgements import refuse_kinds, shorten
from hub.matching.subjects import read_address
from hub.matching.weights import clip
from hub.pages.candidates import KINDS, Pair, compare_two, find_levels
from hub.pages.evidence import best
from hub.pages.parts import Citation, Fact, Link, page_of
from hub.pages.reader import Reader
from hub.pages.relations import READINGS
from hub.pages.things import ThingPage, read_thing
from hub.search import fold
from hub.vocabulary import expand

IDENTITY = READINGS[expand("mc:left")].title  # what was judged before stands apart
SHOWN = 6  # facts of a side in a row; the page of the thing has all


class Name:
    """What judged records are called, for the reader's viewer: by the name of their own sources,
    since what is published calls all that are one by one name, and by their own key."""

    def __init__(self, reader: Reader, iris: Iterable[str]) -> None:
        self._base = reader.base
        self._own = reader.hub.name_records(iris, reader.viewer)

    def label(self, iri: str) -> str:
        """The name alone, cut where it is very long; empty where there is none."""
        return clip(self._own.get(iri, ""))

    def link(self, iri: str) -> Link:
        kind = iri.removeprefix(self._base).partition("/")[0]
        return Link(iri, self.label(iri) or iri, page_of(iri, self._base), kind)

    def __call__(self, iri: str) -> str:
        label, key = self.label(iri), shorten(iri, self._base)
        return f"“{label}” ({key})" if label else key


def find_ends(reader: Reader, left: str, right: str, verdict: str) -> tuple[str, str]:
    """The IRIs that are judged where somebody says `left` and `right`: as given, as the keys that
    records are shown by, or what the names mean.

    Raises as `Hub.find`; NotFound where one is neither organisation nor person; Refused where the
    one is a person and the other an organisation, and they are said to be the same.
    """
    ends, kinds = [], []
    for text in (left, right):
        found = reader.hub.find(text, reader.viewer, ("org:Organization", "foaf:Person"))
        ends.append(reader.hub.iri_in(text, reader.viewer) or found.iri)
        kinds.append({KINDS[kind] for kind in found.types if kind in KINDS})
    if verdict == "same" and kinds[0].isdisjoint(kinds[1]):
        refuse_kinds(*ends)
    return ends[0], ends[1]


def tell_reason(reader: Reader, pair: Pair, verdict: str, level: Viewer) -> str:
    """What speaks for a verdict on a pair, in words that everybody at `level` may read.

    What the reader's viewer sees besides can speak too, such as a rival's name: that may not show.
    """
    ends = pair.left.iri, pair.right.iri
    seen = pair if level == reader.viewer else compare_two(replace(reader, viewer=level), *ends)
    return seen.because(verdict) if seen else ""


@dataclass(frozen=True)
class ToldJudgement:
    """A judgement for people. `reference` is what `hub undo` takes; empty once it is taken back."""

    number: str
    verdict: str
    left: Link
    right: Link
    by: str
    date: str
    level: str
    effect: str
    reason: str
    reference: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        ends = (f"{e.label} ({e.href.removeprefix('/id/')})" for e in (self.left, self.right))
        first = (self.number, self.verdict, *ends, self.by, self.date)
        return (*first, self.level, self.effect, self.reason)

    def as_dict(self) -> dict[str, str]:
        ends = {"left": self.left.iri, "right": self.right.iri}
        labels = {"left_label": self.left.label, "right_label": self.right.label}
        return {**{name: str(value) for name, value in vars(self).items()}, **ends, **labels}


def tell_record(reader: Reader, latest: int = 0) -> list[ToldJudgement]:
    """The judgements that the viewer sees, those taken back among them.

    With `latest`, only so many decisions, the newest first.
    """
    entries = [e for e in read_record(reader.hub.settings) if reader.viewer.sees(e.judgement)]
    if latest:
        entries = [entry for entry in entries if entry.judgement.number][-latest:][::-1]
    ends = [end for e in entries for end in (e.judgement.left, e.judgement.right)]
    name = Name(reader, ends)
    effects = tell_effects(entries, find_present(reader.hub.generation.path, ends))
    return [
        ToldJudgement(
            number=one.reference, verdict=one.verdict,
            left=name.link(one.left), right=name.link(one.right),
            by=one.by, date=one.date, level=str(one.viewer), effect=effect, reason=one.reason,
            reference="" if entry.undo else one.reference,
        )
        for entry, effect in zip(entries, effects, strict=True)
        for one in [entry.judgement]
    ]  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """A piece of evidence; `share` is its weight beside the heaviest, from -1 to 1."""

    text: str
    weight: float
    share: float


@dataclass(frozen=True)
class Told:
    """A fact on one side; `shared` where the other side says the same."""

    fact: Fact
    shared: bool


@dataclass(frozen=True)
class Row:
    """What both sides say under one heading; `more` counts what is left out on each.

    `mark` is `same` where they share a value, `differs` where both say something and share none,
    and empty where only one says anything.
    """

    title: str
    left: tuple[Told, ...]
    right: tuple[Told, ...]
    more: tuple[int, int]
    mark: str


@dataclass(frozen=True)
class ReviewPage:
    """Two records side by side, and what is needed to judge them; without `pair`, none is left.

    Attributes:
        key: of the pair; the page of the next is asked for with it.
        levels: who may see the judgement, the advised first.
        reasons: what is recorded as the reason of each verdict if nothing is written.
        remaining: pairs to judge, this among them; `waiting`: they are being looked for still.
        decided: the latest decisions.
    """

    key: str = ""
    left: Link | None = None
    right: Link | None = None
    sources: tuple[tuple[Link, ...], tuple[Link, ...]] = ((), ())
    probability: float = 0.0
    band: str = ""
    told: str = ""
    evidence: tuple[Reason, ...] = ()
    rows: tuple[Row, ...] = ()
    levels: tuple[str, ...] = ()
    remaining: int = 0
    waiting: bool = False
    decided: tuple[ToldJudgement, ...] = ()


def choose_pair(pairs: Sequence[Pair], still: Sequence[Pair], after: str, key: str) -> Pair | None:
    """The pair called `key`, judged or not; else the first one to judge that follows `after`.

    Raises NotFound where there is none called `key`.
    """
    if key:
        for pair in pairs:
            if pair.key == key:
                return pair
        raise NotFound("There is no such pair any more.", remedy="Start at /identity.")
    keys = [pair.key for pair in pairs]
    following = set(keys[keys.index(after) + 1 if after in keys else 0 :])
    return next((pair for pair in still if pair.key in following), still[0] if still else None)


def read_review(reader: Reader, pair: Pair, remaining: int) -> ReviewPage:
    """The page of a pair."""
    left, right = (read_thing(reader, record.iri) for record in (pair.left, pair.right))
    heaviest = max((abs(e.weight) for e in pair.evidence), default=0) or 1
    return ReviewPage(
        key=pair.key,
        left=left.link,
        right=right.link,
        sources=(left.sources, right.sources),
        probability=pair.probability,
        band=pair.band,
        told=pair.told,
        evidence=tuple(Reason(e.text, e.weight, e.weight / heaviest) for e in pair.evidence),
        rows=tuple(compare(left, right)),
        levels=tuple(map(str, find_levels(reader, pair.left.iri, pair.right.iri))),
        remaining=remaining,
    )


def compare(left: ThingPage, right: ThingPage) -> list[Row]:
    """What two pages say, heading by heading: first where both say something."""
    one, other = (index_facts(page) for page in (left, right))
    rows = []
    for title in dict.fromkeys(chain(one, other)):
        sides = one.get(title, ()), other.get(title, ())
        said = [{simplify(fact) for fact in side} for side in sides]
        told = []
        for at, side in enumerate(sides):
            marked = [Told(fact, simplify(fact) in said[1 - at]) for fact in side]
            told.append(tuple(sorted(marked, key=lambda one: not one.shared)[:SHOWN]))
        more = tuple(max(0, len(side) - SHOWN) for side in sides)
        mark = "same" if said[0] & said[1] else "differs" if all(said) else ""
        rows.append(Row(title, told[0], told[1], (more[0], more[1]), mark))
    return sorted(rows, key=lambda row: not row.mark)


def simplify(fact: Fact) -> str:
    """What two facts share where they say the same: words, or a web address as it is matched."""
    told = best(fact.value)
    address = read_address(told) if told.startswith(("http://", "https://")) else None
    return "/".join(address) if address else fold(told)


def index_facts(page: ThingPage) -> dict[str, tuple[Fact, ...]]:
    found: dict[str, tuple[Fact, ...]] = {}
    for title, facts in list_facts(page):
        found[title] = (*found.get(title, ()), *facts)
    return found


def list_facts(page: ThingPage) -> Iterator[tuple[str, tuple[Fact, ...]]]:
    """The facts of a page under their headings; names and kinds among them."""
    cited = tuple(Citation(source=source) for source in page.sources)
    yield "Name", (Fact(page.link, citations=cited),)
    if page.also:
        yield "Also called", tuple(map(Fact, page.also))
    yield "Is a", tuple(map(Fact, page.kinds))
    if page.description:
        yield "Description", page.description
    for group in (*page.profile, *page.groups):
        if group.title != IDENTITY:
            yield group.title, group.facts
