"""From the published store to arrays: who took part in what, said by which graph, and when.

The graph of ties is two-sided, party – evidence – party, so that a project of 80 partners is 80
incidences and not 3,160 edges. Every row keeps its graph, because strength is reckoned only from
what the caller may see; nothing here weighs or merges.

    incidences   party, evidence, graph, role, since, until     who took part
    facts        evidence, graph, field, low, high              what is said of the evidence
    documents    document, graph, low, high                     when a document was issued; high is
                                                                NEVER where it is only not older
    parties      party, graph, sort                             person, post or organisation
    aliases      table, former, canonical, graph                judged the same by whom sees `graph`

Days are counted from 1970-01-01. A date that is only a year or a month is the span of its days.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from pathlib import Path

import numpy as np

from hub.paths.strength import Row, Select, StrengthTable, concept_key, read_table
from hub.paths.ties import Names, save_arrays
from hub.vocabulary import NAMESPACES

NEVER = np.iinfo(np.int32).min  # a date that is not said


ALIASED = ("party", "evidence")


class Field(IntEnum):
    """What a fact says of evidence; `low` and `high` are days but where noted."""

    KIND = 0  # low: position of the row in the table of strength
    BEGIN = 1
    END = 2
    ENDED = 3
    DOCUMENT = 4  # low: number of the document
    UNNAMED = 5  # low: how many participants are counted without being named
    PASSAGE = 6  # low: fingerprint of the passage of a document that tells it


class Sort(IntEnum):
    """What a party is; the higher wins where a party is said to be several."""

    ORGANISATION = 0
    GATEWAY = 1  # cluster, network, agency: introduces by office
    PERSON = 2
    POST = 3


_PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in NAMESPACES.items())
_INCIDENCES = (
    "?node mc:involvedIn ?evidence ; mc:involves ?party . "
    "OPTIONAL { ?node mc:inRole ?role } OPTIONAL { ?node schema:startDate ?since } "
    "OPTIONAL { ?node schema:endDate ?until }",
    "VALUES ?class { org:Membership mc:EndedMembership } ?evidence a ?class ; org:member ?party "
    "OPTIONAL { ?evidence mc:inRole ?role }",
    "?evidence org:member [] ; org:organization ?party",
    "?evidence org:member [] ; mc:post ?party",
    "?evidence org:postIn ?owner BIND(?evidence AS ?party)",
    "?evidence org:postIn ?party",
    # Not ties, having one party: here so that what opens a market has an age like all evidence.
    "?evidence mc:opener|mc:targetedBy ?party",
)
_TAKES_PART = (
    "{ ?node mc:involvedIn ?evidence } UNION { ?evidence org:member|mc:opener|mc:targetedBy ?m }"
)
_KINDS = (
    f"{{ {_TAKES_PART} }} ?evidence a ?kind",
    "?evidence a mc:Agreement ; mc:agreementKind ?kind",
    "?evidence a mc:Agreement . ?node mc:involvedIn ?evidence ; mc:unnamedParty ?who "
    "BIND(mc:unnamedParty AS ?kind)",
    "?evidence org:member ?m ; mc:inRole ?kind",
    "?evidence org:member ?m ; mc:post ?p BIND(org:Post AS ?kind)",
    "?evidence org:postIn ?p BIND(org:postIn AS ?kind)",
)
_DATES = {
    Field.BEGIN: "schema:startDate|mc:signed|schema:validFrom",
    Field.END: "schema:endDate|schema:validThrough",
}
_ISSUED = {"dcterms:issued|dcterms:date|schema:datePublished": True, "mc:notBefore": False}
_SORTS = {
    Sort.PERSON: "foaf:Person mc:Expert",
    Sort.POST: "org:Post",
    Sort.GATEWAY: "mc:Cluster mc:Network mc:MetaCluster mc:Agency mc:Office mc:Association",
}


class _Numbers(dict[str, int]):
    """Numbers given out in order of first sight."""

    def __missing__(self, key: str) -> int:
        self[key] = number = len(self)
        return number


@dataclass
class _Tables:
    party: _Numbers = field(default_factory=_Numbers)
    evidence: _Numbers = field(default_factory=_Numbers)
    graph: _Numbers = field(default_factory=_Numbers)
    role: _Numbers = field(default_factory=_Numbers)
    document: _Numbers = field(default_factory=_Numbers)


def build_ties(select: Select, table: StrengthTable | None, folder: Path) -> int:
    """Write the graph of ties of a published store into `folder`.

    Args:
        select: runs a SELECT over the canonical view, each source in its named graph.
        table: the table of strength; None reads it through `select`.
        folder: made if need be; holds `.npy` arrays, string tables and `strength.json`.

    Returns:
        The number of incidences.
    """
    table = table or read_table(select)
    names = _Tables()
    names.role[""] = 0  # no role is said
    incidences = _array(_read_incidences(select, names), 6)
    facts = _array(_read_facts(select, names, table), 5)
    documents = _array(_read_documents(select, names), 4)
    sorts = _array(_read_sorts(select, names), 3)
    folder.mkdir(parents=True, exist_ok=True)
    aliases = _array(_read_aliases(select, names), 4)
    order = {}
    for name in ("party", "evidence", "graph", "role", "document"):
        numbers: _Numbers = getattr(names, name)
        order[name] = Names.save(folder / name, numbers)
    for rows, columns in (
        (incidences, ("party", "evidence", "graph", "role")),
        (facts, ("evidence", "graph")),
        (documents, ("document", "graph")),
        (sorts, ("party", "graph")),
    ):
        for position, name in enumerate(columns):
            rows[:, position] = order[name][rows[:, position]]
    about_document = facts[:, 2] == Field.DOCUMENT
    facts[about_document, 3] = order["document"][facts[about_document, 3]]
    for number, name in enumerate(ALIASED):
        rows = aliases[:, 0] == number
        aliases[rows, 1:3] = order[name][aliases[rows, 1:3]]
    aliases[:, 3] = order["graph"][aliases[:, 3]]
    incidences = incidences[np.lexsort((incidences[:, 0], incidences[:, 1]))]
    save_arrays(
        folder,
        incidences=np.ascontiguousarray(incidences.T),
        facts=facts,
        documents=documents,
        parties=sorts,
        aliases=aliases,
    )
    table.save(folder / "strength.json")
    return len(incidences)


def _read_incidences(select: Select, names: _Tables) -> Iterator[tuple[int, ...]]:
    for pattern in _INCIDENCES:
        for row in select(_query("?g ?evidence ?party ?role ?since ?until", pattern)):
            since = parse_date(row["since"].value) if row.get("since") else None
            until = parse_date(row["until"].value) if row.get("until") else None
            yield (
                names.party[row["party"].value],
                names.evidence[row["evidence"].value],
                names.graph[row["g"].value],
                names.role[row["role"].value if row.get("role") else ""],
                since[0] if since else NEVER,
                middle(until) if until else NEVER,
            )


def _read_facts(select: Select, names: _Tables, table: StrengthTable) -> Iterator[tuple[int, ...]]:
    covers = {concept_key(iri): at for at, kind in enumerate(table.kinds) for iri in kind.covers}
    for pattern in _KINDS:
        for row in select(_query("?g ?evidence ?kind", pattern)):
            at = covers.get(concept_key(row["kind"].value))
            if at is not None and row["evidence"].value in names.evidence:
                yield _fact(names, row, Field.KIND, at, 0)
    for what, path in _DATES.items():
        for row in select(_query("?g ?evidence ?date", f"?evidence {path} ?date")):
            span = parse_date(row["date"].value)
            if span and row["evidence"].value in names.evidence:
                yield _fact(names, row, what, *span)
    for row in select(_query("?g ?evidence", "?evidence a mc:EndedMembership")):
        if row["evidence"].value in names.evidence:
            yield _fact(names, row, Field.ENDED, 0, 0)
    said = "{ ?evidence prov:hadPrimarySource ?d } UNION "
    said += "{ ?node mc:involvedIn ?evidence ; prov:hadPrimarySource ?d }"
    for row in select(_query("?g ?evidence ?d", said)):
        if row["evidence"].value in names.evidence:
            yield _fact(names, row, Field.DOCUMENT, names.document[row["d"].value], 0)
    passage = "?evidence prov:hadPrimarySource ?d ; mc:place ?place"
    for row in select(_query("?g ?evidence ?d ?place", passage)):
        if row["evidence"].value in names.evidence:
            text = f"{row['d'].value} {row['place'].value}"
            yield _fact(names, row, Field.PASSAGE, zlib.crc32(text.encode()) >> 1, 0)
    counted = "?node mc:involvedIn ?evidence ; mc:unnamedParty ?who "
    counted += "OPTIONAL { ?node mc:partyCount ?n }"
    for row in select(_query("?g ?evidence ?n", counted)):
        if row["evidence"].value in names.evidence:
            text = row["n"].value if row.get("n") else "1"
            yield _fact(names, row, Field.UNNAMED, int(text) if text.isdecimal() else 1, 0)


def _fact(names: _Tables, row: Row, what: Field, low: int, high: int) -> tuple[int, ...]:
    evidence, graph = names.evidence[row["evidence"].value], names.graph[row["g"].value]
    return (evidence, graph, what, low, high)


def _read_documents(select: Select, names: _Tables) -> Iterator[tuple[int, ...]]:
    for path, own in _ISSUED.items():
        for row in select(_query("?g ?d ?date", f"?d {path} ?date")):
            span = parse_date(row["date"].value)
            if span and row["d"].value in names.document:
                document, graph = names.document[row["d"].value], names.graph[row["g"].value]
                yield document, graph, span[0], span[1] if own else NEVER


def _read_sorts(select: Select, names: _Tables) -> Iterator[tuple[int, ...]]:
    for sort, classes in _SORTS.items():
        for row in select(_query("?g ?party", f"VALUES ?class {{ {classes} }} ?party a ?class")):
            if row["party"].value in names.party:
                yield (names.party[row["party"].value], names.graph[row["g"].value], sort)


def _read_aliases(select: Select, names: _Tables) -> Iterator[tuple[int, ...]]:
    # A graph of identity says so where a partner's judgement joins what the public keeps apart.
    pattern = "?former dcterms:isReplacedBy ?canonical ; owl:sameAs ?canonical"
    for row in select(_query("?g ?former ?canonical", pattern)):
        former, canonical = row["former"].value, row["canonical"].value
        for number, name in enumerate(ALIASED):
            table: _Numbers = getattr(names, name)
            if former in table:
                graph = names.graph[row["g"].value]
                yield (number, table[former], table[canonical], graph)


def _query(variables: str, pattern: str) -> str:
    return f"{_PREFIXES}SELECT DISTINCT {variables} WHERE {{ GRAPH ?g {{ {pattern} }} }}"


def _array(rows: Iterator[tuple[int, ...]], width: int) -> np.ndarray:
    return np.array(list(rows), dtype=np.int32).reshape(-1, width)


_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T.*)?)?)?(?:Z|[+-]\d\d:\d\d)?")
EPOCH = date(1970, 1, 1).toordinal()  # day 0


def parse_date(text: str) -> tuple[int, int] | None:
    """First and last day of a gYear, gYearMonth, date or dateTime; None for anything else."""
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        first = date(year, month or 1, day or 1)
        if day:
            last = first.toordinal()
        elif month == 12 or not month:
            last = date(year, 12, 31).toordinal()
        else:
            last = date(year, month + 1, 1).toordinal() - 1
    except ValueError:
        return None
    return first.toordinal() - EPOCH, last - EPOCH


def middle(span: tuple[int, int]) -> int:
    """The day from which age is counted: the middle errs least when only a year is said."""
    return (span[0] + span[1]) // 2
