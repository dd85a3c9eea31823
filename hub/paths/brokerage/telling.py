"""Brokers and gaps in sentences: who is the only link, what hangs on whom, what to sign next."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from hub.paths.atlas import Way, count
from hub.paths.brokerage.answer import (
    Named,
    ToldBroker,
    ToldEnding,
    ToldMarket,
    ToldNarrow,
    ToldProposal,
    ToldReport,
)
from hub.paths.brokerage.brokers import MOST_TOGETHER
from hub.paths.brokerage.narrows import Narrow
from hub.paths.brokerage.report import Broker, Reach, Report
from hub.paths.brokerage.sides import SEED
from hub.paths.facts import PREFIXES, Facts, SelectVisible, show_day
from hub.paths.sentences import Sentences
from hub.paths.strength import round_strength, show_strength
from hub.terms import Term

MOST_NAMED, MOST_NARROWS, MOST_LISTED = 5, 6, 50  # in a sentence, for a market, in a list

_PLACES = (
    PREFIXES
    + """SELECT DISTINCT ?party ?place WHERE {
  ?party mc:region|mc:city|mc:country ?seat . ?seat mc:within* ?place
}"""
)


def tell_report(
    report: Report, select: SelectVisible, clusters: Sequence[str], found_markets: int
) -> ToldReport:
    """A report in sentences; `found_markets` counts those that are not in it too."""
    return _Telling(report, select, clusters).tell(found_markets)


class _Telling:
    """One report, with the names and places of what is in it."""

    def __init__(self, report: Report, select: SelectVisible, clusters: Sequence[str]) -> None:
        self.report, self.sides, self.clusters = report, report.sides, clusters
        narrows = [(reach, narrow) for reach in report.reaches for narrow in reach.narrows]
        self.pairs = {
            narrow.node: pair
            for reach, narrow in narrows
            if narrow.node < 0 and (pair := self._pair(reach, narrow))
        }
        steps = [step for broker in report.brokers for step in broker.steps]
        steps += [self.sides.atlas.way(pair).steps[0] for pair in self.pairs.values()]
        ways = [Way((s.source, s.target), (s,), s.strength, 1.0, None) for s in steps]
        told = [narrow for _, narrow in narrows]
        told += [broker.narrow for broker in report.brokers if broker.narrow]
        groups = [group for narrow in told for group in (narrow.members, narrow.doors)]
        groups += [p for r in report.reaches for o in r.proposals for p in (o.gained, o.others)]
        groups += [group for c in report.closings for group in (c.lost, c.weakened, c.doors)]
        numbers = {number for group in groups for number in self._some(group)}
        numbers |= {broker.party for broker in report.brokers}
        numbers |= {narrow.node for narrow in told if narrow.node >= 0}
        numbers |= {end for r in report.reaches for o in r.proposals for end in (o.party, o.door)}
        named = {self._iri(number) for number in numbers}
        others = {self._iri(node) for node in self.pairs} | set(self.sides.doors) | set(clusters)
        others |= {agreement for agreement, _ in report.ends.soon}
        self.places: defaultdict[str, set[str]] = defaultdict(set)
        if named:
            for row in select(_PLACES, party=[Term("iri", iri) for iri in sorted(named)]):
                self.places[row["party"].value].add(row["place"].value)
        others |= {place for places in self.places.values() for place in places}
        self.sentences = Sentences(Facts.read(ways, named, select, others))
        self.common = Counter(place for places in self.places.values() for place in places)

    # ------------------------------------------------------------------ names

    def _iri(self, node: int) -> str:
        if node < 0:
            return self.sides.view.graph.evidence[-node - 1]
        return self.sides.name(self.report.short.party(node))

    def _pair(self, reach: Reach, narrow: Narrow) -> tuple[int, int] | None:
        """Two parties that the best ways join by a piece of evidence."""
        takers = set(self.sides.view.takers([self._iri(narrow.node)]).popitem()[1])
        for path in reach.ways.values():
            for one, other in zip(path or (), (path or ())[1:], strict=False):
                if {one, other} <= takers:
                    return one, other
        return None

    def _name(self, node: int) -> str:
        return self.sentences.name(self._iri(node))

    def _some(self, nodes: Iterable[int]) -> list[int]:
        """As many as are told by name, the first by IRI."""
        return sorted(nodes, key=self._iri)[:MOST_LISTED]

    def _named(self, nodes: Iterable[int]) -> tuple[Named, ...]:
        named = (Named(self._iri(node), self._name(node)) for node in self._some(nodes))
        return tuple(sorted(named, key=lambda one: (one.label.casefold(), one.iri)))

    def _list(self, nodes: Sequence[int]) -> str:
        return list_names((one.label for one in self._named(nodes)), len(nodes))

    def _group(self, nodes: Sequence[int]) -> str:
        """Some by their names, after the narrowest place that all are in where they share one."""
        names, place = self._list(nodes), self._place(nodes) if len(nodes) > 1 else ""
        return f"{self.sentences.name(place)} ({names})" if place else names

    def _place(self, nodes: Sequence[int]) -> str:
        if len(nodes) > MOST_LISTED:
            return ""
        shared = set.intersection(*(self.places[self._iri(node)] for node in nodes))
        return min(shared, key=lambda place: (self.common[place], place), default="")

    def _link(self, nodes: Sequence[int], other: str) -> str:
        """`between Bavaria (A and B) and China`, `from A, B and C to China`."""
        group = self._group(nodes)
        one = len(nodes) == 1 or self._place(nodes)
        return f"between {group} and {other}" if one else f"from {group} to {other}"

    # ------------------------------------------------------------------ parts

    def tell(self, found_markets: int) -> ToldReport:
        report, name = self.report, self.sentences.name
        markets = list(self.sides.doors)
        all_markets = count(found_markets, "market")
        some = f"{len(markets)} of " if len(markets) < found_markets else ""
        scope = name(markets[0]) if len(markets) == 1 else f"any of {some}{all_markets}"
        missed = markets[len(report.reaches) :]
        into = f": {scope}" if len(markets) == 1 else ""
        return ToldReport(
            f"Brokers and gaps{into}, {show_day(report.rules.as_of)}",
            scope,
            report.rules.as_of,
            report.rules.hops,
            report.rules.above,
            tuple(self._tell_notes()),
            tuple(self._tell_broker(broker, scope) for broker in report.brokers),
            (*map(self._tell_market, report.reaches), *map(self._tell_missed, missed)),
            tuple(Named(cluster, name(cluster)) for cluster in self.clusters),
            tuple(
                tuple(_rounded(report.coverage.get((cluster, market))) for market in markets)
                for cluster in self.clusters
            ),
            tuple(self._tell_endings()),
            report.cut,
            found_markets,
            len(self.sides.clusters),
        )

    def _tell_notes(self) -> Iterable[str]:
        report, sides = self.report, self.sides
        if not sides.of:
            yield (
                "No member of a cluster or meta-cluster has a tie here: whose ways to count is not "
                "known."
            )
        if sides.of > len(sides.members):
            yield (
                f"The ways of a sample of {len(sides.members):,} of {sides.of:,} members are "
                f"looked at (seed {SEED})."
            )
        if report.short.hops < report.rules.hops:
            yield (
                "There are too many ties to look at all ways: single points of failure and brokers "
                f"are told of ways of at most {count(report.short.hops, 'step')}."
            )
        if report.between.sources < report.between.of:
            yield (
                f"Shortest ways are counted from a sample of {report.between.sources} of "
                f"{report.between.of} members (seed {SEED})."
            )
        if report.crowds:
            pieces = count(report.crowds, "piece of evidence", "pieces of evidence")
            yield f"Contacts leave out {pieces} with more than {MOST_TOGETHER} participants."
        ends = report.ends
        if not ends.dated:
            yield (
                f"None of the {ends.known} agreements says when it ends."
                if ends.known > 1
                else "The one agreement does not say when it ends."
                if ends.known
                else "No agreement is known."
            )
        else:
            soon = count(len(ends.soon), "agreement ends", "agreements end")
            open_ = ends.known - ends.dated
            yield (
                f"{soon} by {show_day(report.rules.until).removeprefix('on ')}"
                f"{f'; of {open_} no end is said' if open_ else ''}."
            )

    def _tell_broker(self, broker: Broker, scope: str) -> ToldBroker:
        name, circle = self._name(broker.party), broker.circle
        sentences: list[str] = []
        if narrow := broker.narrow:
            sentences += self._tell_cut(name, narrow, self.report.short.members, scope)
        if broker.share:
            around = "" if broker.narrow else "; there are ways around"
            sentences.append(
                f"{name} stands on {_percent(broker.share)} of the shortest ways from members to "
                f"doors{around}."
            )
        if circle.contacts:
            free = circle.effective_size / circle.contacts
            bound = (
                "they hardly know each other, and hear of each other through it"
                if free > 0.8
                else "some of them know each other"
                if free > 0.4
                else "most of them know each other, and can go around it"
            )
            sentences.append(
                f"{count(circle.contacts, 'contact')}, worth {circle.effective_size:.1f} after "
                f"what is redundant: {bound} (constraint {circle.constraint:.2f})."
            )
        return ToldBroker(
            self._iri(broker.party),
            name,
            tuple(sentences),
            round(broker.share, 6),
            circle.contacts,
            round(circle.effective_size, 6),
            round(circle.constraint, 6),
            tuple(self.sentences.tell_step(step) for step in broker.steps),
        )

    def _tell_cut(
        self, name: str, narrow: Narrow, members: Sequence[int], scope: str
    ) -> Iterable[str]:
        """Who is cut off from what where one party or piece of evidence is lost."""
        everybody = bool(narrow.members) and {*narrow.members, narrow.node} >= set(members)
        if everybody:
            yield f"Everything that leads to {scope} passes {name}."
        elif narrow.members:
            yield f"{name} is the only link {self._link(narrow.members, scope)}."
        if narrow.doors and not everybody:
            yield f"None of ours comes to {self._list(narrow.doors)} but through {name}."

    def _tell_market(self, reach: Reach) -> ToldMarket:
        name, looked = self.sentences.name(reach.market), len(reach.ways)
        doors, reached = self.sides.doors[reach.market], sum(map(bool, reach.ways.values()))
        sentences = []
        if not doors:
            sentences.append(f"Nobody is known who opens {name}.")
        elif looked:
            rules = self.report.rules
            within = f"a way of strength {show_strength(rules.above)} or more"
            within += f" in at most {count(rules.hops, 'step')}"
            weaker, none = reached - len(reach.near), looked - reached
            rest = [f"{weaker} by a weaker one"] * bool(weaker) + [f"{none} by none"] * bool(none)
            sentences.append(
                f"{len(reach.near)} of {count(looked, 'member')} can reach {name} by "
                f"{', '.join([within, *rest])}."
            )
            if not reach.proposals and len(reach.near) < looked:
                sentences.append(
                    "No single new agreement of ours with a door would bring another within reach."
                )
        lost = {(narrow.members, narrow.doors) for narrow in reach.narrows if narrow.node >= 0}
        narrows = [
            self._tell_narrow(reach, narrow, name)
            for narrow in reach.narrows
            if narrow.node >= 0 or (narrow.members, narrow.doors) not in lost
        ]
        return ToldMarket(
            reach.market,
            name,
            len(doors),
            looked,
            len(reach.near),
            reached,
            tuple(sentences),
            tuple(narrow for narrow in narrows if narrow)[:MOST_NARROWS],
            tuple(self._tell_proposals(reach, name)),
        )

    def _tell_missed(self, market: str) -> ToldMarket:
        said = ("It was not looked at: the time was over.",)
        doors = len(self.sides.doors[market])
        return ToldMarket(market, self.sentences.name(market), doors, 0, 0, 0, said, (), ())

    def _tell_narrow(self, reach: Reach, narrow: Narrow, market: str) -> ToldNarrow | None:
        name = self._name(narrow.node)
        if narrow.node < 0:
            pair = self.pairs.get(narrow.node)
            if not pair:
                return None
            step = self.sides.atlas.way(pair).steps[0]
            tie = next(tie for tie in step.ties if tie.evidence == self._iri(narrow.node))
            said = self.sentences.tell(tie, step).sentence.rstrip(".")
            name = f"One piece of evidence (‘{said}’)"
        told = " ".join(self._tell_cut(name, narrow, reach.short.members, market))
        told = told.replace(" One piece of evidence", " one piece of evidence")
        parts = self._named(narrow.members), self._named(narrow.doors)
        lost = len(narrow.members), len(narrow.doors)
        return ToldNarrow(self._iri(narrow.node), told, *lost, *parts)

    def _tell_proposals(self, reach: Reach, market: str) -> Iterable[ToldProposal]:
        gained_before = 0
        for proposal in reach.proposals:
            (party,), (door,) = self._named([proposal.party]), self._named([proposal.door])
            gained = self._named(proposal.gained)
            also = self._list(proposal.others)
            yield ToldProposal(
                party,
                door,
                f"An agreement of {party.label} with {door.label} would bring "
                f"{count(len(proposal.gained), 'member')}{' more' if gained_before else ''} within "
                f"reach of {market}: {self._list(proposal.gained)}."
                + (f" One with {also} would do the same." if also else ""),
                len(proposal.gained),
                gained,
            )
            gained_before += len(proposal.gained)

    def _tell_endings(self) -> Iterable[ToldEnding]:
        name = self.sentences.name
        for agreement, end in self.report.ends.soon:
            told = []
            for closing in self.report.closings:
                market = name(closing.market)
                if closing.agreement != agreement:
                    continue
                if closing.lost:
                    told.append(f"{market} would be closed to {self._group(closing.lost)}.")
                if closing.doors:
                    told.append(
                        f"None of ours would come to {self._list(closing.doors)} in {market}."
                    )
                if closing.weakened:
                    told.append(
                        f"The way to {market} would be weaker for {self._group(closing.weakened)}."
                    )
            yield ToldEnding(
                Named(agreement, name(agreement)),
                end,
                tuple(told) or ("Nothing: there are other ways as good.",),
            )


def list_names(names: Iterable[str], total: int, most: int = MOST_NAMED) -> str:
    """`A, B and C`, or of a `total` of more `A, B and 7 more`."""
    listed = list(names)
    if total > most:
        listed = [*listed[: most - 1], f"{total - most + 1} more"]
    return " and ".join(part for part in (", ".join(listed[:-1]), *listed[-1:]) if part)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round_strength(value)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "less than 1%"
