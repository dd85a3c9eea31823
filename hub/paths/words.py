"""Whole answers in sentences: the ways, or why there is none; and the same as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any

from hub.paths.atlas import count
from hub.paths.facts import PREFIXES, Facts, SelectVisible, show_day
from hub.paths.sentences import Sentences, ToldStep, ToldWay
from hub.paths.strength import show_strength
from hub.paths.ways import Gap, Ways
from hub.requests.drafts import write_draft
from hub.terms import Term

_SHARED = (
    PREFIXES
    + """SELECT DISTINCT ?party ?shared ?other WHERE {
  { ?party mc:city ?shared OPTIONAL {
      ?other mc:city ?shared ; a org:Organization FILTER (?other != ?party) } }
  UNION { ?party prov:hadPrimarySource ?shared OPTIONAL {
      VALUES ?class { org:Organization foaf:Person }
      ?party mc:place ?passage . ?other mc:place ?passage ; prov:hadPrimarySource ?shared ; a ?class
      FILTER (?other != ?party) } }
} ORDER BY ?other"""
)
MOST_SHARING = 5
__all__ = ["ToldStep", "ToldWay", "ToldWays", "describe", "tell_way", "tell_ways"]


@dataclass(frozen=True)
class ToldWays:
    """The whole answer in words; `gap` says why there is no way, sentence by sentence."""

    title: str
    question: Mapping[str, Any]
    ways: tuple[ToldWay, ...]
    gap: tuple[str, ...]
    near: tuple[ToldWay, ...]
    labels: Mapping[str, str]
    cut: bool
    adjusted: str = ""

    def as_dict(self, language: str = "") -> dict[str, Any]:
        """The answer as JSON shows it, with drafts of requests in a language, if one is given."""
        told = asdict(self)
        for shown, way in zip(told["ways"], self.ways, strict=True):
            if language and way.request:
                shown["draft"] = asdict(write_draft(way.request, language))
        return told


def describe(ways: Ways, select_visible: SelectVisible) -> ToldWays:
    """An answer of `find_ways` in sentences.

    Args:
        select_visible: `(query, **bindings)` gives rows of terms, from the caller's graphs alone; a
            binding is a term or a sequence of terms.
    """
    near = [way for way in ways.gap.near if way] if ways.gap else []
    asked = ways.asked
    parties = (asked.start, asked.target, *asked.avoid, *asked.require)
    shared: dict[tuple[str, str], list[str]] = {}
    ends = (asked.start, asked.target)
    alone = (
        [end for end, tied in zip(ends, ways.gap.tied, strict=True) if not tied] if ways.gap else []
    )
    if alone:
        for row in select_visible(_SHARED, party=[Term("iri", end) for end in alone]):
            others = shared.setdefault((row["party"].value, row["shared"].value), [])
            others += [row["other"].value] if "other" in row else []
    beside = chain.from_iterable(ways.gap.beside) if ways.gap else ()
    mentioned = set(beside) | {
        iri for (_, what), others in shared.items() for iri in (what, *others[:MOST_SHARING])
    }
    facts = Facts.read([*ways.ways, *near], parties, select_visible, mentioned)
    names, tell = facts.name, Sentences(facts, asked.as_of).tell_way
    title = f"From {names(asked.start)} to {names(asked.target)}, {show_day(asked.as_of)}"
    return ToldWays(
        f"{title}: {count(len(ways.ways), 'way')}" if ways.ways else f"{title}: no way",
        asked.as_dict(),
        tuple(map(tell, ways.ways)),
        tuple(_tell_gap(ways, ways.gap, facts, shared)) if ways.gap else (),
        tuple(map(tell, near)),
        {iri: label for iri, label in sorted(facts.labels.items()) if label},
        ways.cut,
        ways.adjusted,
    )


def tell_ways(told: ToldWays) -> str:
    """The answer as plain text, for a terminal or a letter."""
    parts = [told.title, *([told.adjusted] if told.adjusted else []), *told.gap]
    steps: dict[ToldStep, int] = {}
    for number, way in enumerate(told.ways, 1):
        parts.append(f"\n{number}. {tell_way(way, steps)}")
        steps |= {step: number for step in way.steps if step not in steps}
    if told.cut:
        parts.append("\nThe search took too long and was cut; there may be better ways.")
    return "\n".join(parts)


def tell_way(way: ToldWay, known: Mapping[ToldStep, int] = MappingProxyType({})) -> str:
    """One way as plain text, each sentence with its sources beneath it.

    Steps `known` from another answer, given by its number, are not told again.
    """
    lines = [f"{way.summary}   [{way.key}]", f"   strength {way.arithmetic}: {way.verdict}"]
    for step in way.steps:
        title = f"   • {step.source_label} – {step.target_label}"
        if step in known:
            lines.append(f"{title}: {show_strength(step.strength)}, as told under {known[step]}")
            continue
        lines.append(f"{title}: {step.arithmetic}")
        for told in step.evidence:
            lines.append(f"     {told.sentence}")
            if len(step.evidence) > 1:
                lines.append(f"       {told.arithmetic}")
            lines += [f"       {citation}" for citation in told.citations]
        if step.more:
            lines.append(f"     and {count(step.more, 'more piece', 'more pieces')} of evidence")
    return "\n".join([*lines, f"   {way.ask}", f"   {way.weakest} {way.freshness}".rstrip()])


def _tell_gap(
    ways: Ways, gap: Gap, facts: Facts, shared: Mapping[tuple[str, str], Sequence[str]]
) -> Iterable[str]:
    asked, name = ways.asked, facts.name
    start, target = name(asked.start), name(asked.target)
    limit = "; kinds of evidence: " + ", ".join(asked.kinds) if asked.kinds else ""
    for iri, tied in zip((asked.start, asked.target), gap.tied, strict=True):
        if tied:
            continue
        rules = " under these rules" if limit or asked.avoid else ""
        yield f"No tie of {name(iri)} to anybody is known in what you may see{rules}."
        for (party, what), others in sorted(shared.items()):
            if party == iri:
                listed = ", ".join(map(name, others[:MOST_SHARING]))
                more = len(others) - MOST_SHARING
                beside = f", beside {listed}{f' and {more} more' if more > 0 else ''}"
                yield f"A place to start: ‘{name(what)}’{beside if others else ''}."
    if all(gap.tied):
        yield (
            f"{start} and {target} both have ties, but no way of at most "
            f"{count(asked.hops, 'step')} joins them{limit}."
        )
        yield (
            f"{count(gap.reached[0], 'party', 'parties')} can be reached from {start}, "
            f"{gap.reached[1]} from {target}."
        )
    avoided = " and ".join(map(name, asked.avoid))
    required = " and ".join(map(name, asked.require))
    for rule in gap.rules:
        steps = count(rule.steps, "step")
        yield {
            "hops": f"The limit of steps stands in the way: with {rule.steps} there is one.",
            "as-of": f"On a later day there is a way of {steps}: the evidence comes after "
            f"{show_day(asked.as_of).removeprefix('on ')}.",
            "kinds": f"The choice of evidence stands in the way: with all kinds there is a way of "
            f"{steps}.",
            "avoid": f"Avoiding {avoided} stands in the way: otherwise there is a way of {steps}.",
            "all": f"Several rules together stand in the way: without, there is a way of {steps}.",
            "require": f"No way passes {required}: without that there is one of {steps}.",
        }[rule.rule]
    one, other, steps_then = gap.missing
    missing = f"a tie between {name(one)} and {name(other)}"
    if all(gap.tied):
        missing += f"; it would open a way of {count(steps_then, 'step')}"
    elif any(gap.tied):
        lone, far = (one, other) if gap.tied[1] else (other, one)
        missing = f"any first tie of {name(lone)}; one to {name(far)} would open a way of "
        missing += count(steps_then, "step")
    yield f"What is missing: {missing}."
    if any(gap.beside):
        yield (
            "Nobody near them introduces by office: no cluster, network or agency. Ask those whom "
            "they are tied to best: "
            + "; ".join(
                f"{end} to {', '.join(map(name, parties))}"
                for end, parties in zip((start, target), gap.beside, strict=True)
                if parties
            )
            + "."
        )
    for way, far in zip(gap.near, (start, target), strict=True):
        if way:
            chain = " → ".join(name(iri) for iri in way.parties)
            yield f"From {far} it is reached by {chain} (strength {show_strength(way.score)})."
