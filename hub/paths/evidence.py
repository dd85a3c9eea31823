"""From the published store to arrays: who took part in what, said by which graph, and when.

The graph of ties is two-sided, party – evidence – party, so that a project of 80 partners is 80
incidences and not 3,160 edges. Every row keeps its graph, because strength is reckoned only from
what the caller may see; nothing here weighs or merges. Statements are joined within their graph.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import numpy as np

from hub.paths.statements import Select, Statements, match, read_statements
from hub.paths.strength import StrengthTable, concept_key, read_table
from hub.paths.ties import EPOCH, NEVER, Field, Names, Sort, save_arrays
from hub.vocabulary import expand

_BEGIN = ("schema:startDate", "mc:signed", "schema:validFrom")
_END = ("schema:endDate", "schema:validThrough")
_ISSUED = ("dcterms:issued", "dcterms:date", "schema:datePublished")
_ROLE = ("mc:inRole", "org:role")
_OTHER = (
    "rdf:type mc:involvedIn mc:involves mc:unnamedParty mc:partyCount org:member org:organization "
    "mc:post org:postIn mc:opener mc:targetedBy mc:agreementKind mc:notBefore "
    "prov:hadPrimarySource mc:place"
)
_MEMBERSHIP = ("org:Membership", "mc:EndedMembership")
_SORTS = {
    Sort.PERSON: "foaf:Person mc:Expert",
    Sort.POST: "org:Post",
    Sort.GATEWAY: "mc:Cluster mc:Network mc:MetaCluster mc:Agency mc:Office mc:Association",
}


def build_ties(
    files: Iterable[Path],
    select: Select,
    folder: Path,
    table: StrengthTable | None = None,
    kept: Path | None = None,
) -> int:
    """Write the graph of ties of a published store into `folder`.

    Args:
        files: what the sources say, canonical N-Quads with canonical IRIs.
        select: runs a SELECT over the named graphs that are not in files: what is derived, what is
            judged, the ontology.
        folder: made if need be; holds `.npy` arrays, string tables and `strength.json`.
        table: the table of strength; None reads it through `select`.
        kept: what this wrote for an earlier generation; files that stayed are not read again.

    Returns:
        The number of incidences.
    """
    table = table or read_table(select)
    folder.mkdir(parents=True, exist_ok=True)
    statements = read_statements(
        list_properties(), list_classes(table), files, select, folder, kept
    )
    gathering = _Gathering(statements, table)
    arrays = gathering.number(folder)
    save_arrays(folder, **arrays)
    table.save(folder / "strength.json")
    return int(arrays["incidences"].shape[1])


def list_properties() -> list[str]:
    """The properties that ties are made of."""
    return [expand(name) for name in (*_BEGIN, *_END, *_ISSUED, *_ROLE, *_OTHER.split())]


def list_classes(table: StrengthTable) -> set[str]:
    """The classes, and kinds of evidence, that ties are made of."""
    named = (*_MEMBERSHIP, *" ".join(_SORTS.values()).split(), "mc:Agreement")
    return {iri for kind in table.kinds for iri in kind.covers} | set(map(expand, named))


# evidence, party, graph; the node that carries role and dates, and whether it carries dates
_Part = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None, bool]


class _Gathering:
    """The rows of all arrays; things are numbers of terms until `number` gives them their own."""

    def __init__(self, statements: Statements, table: StrengthTable) -> None:
        self.statements = statements
        self.texts = statements.texts
        self.incidences = self.gather_incidences()
        self.is_evidence = self.mask(self.incidences[:, 1])
        self.is_party = self.mask(self.incidences[:, 0])
        kinds = {concept_key(iri): at for at, kind in enumerate(table.kinds) for iri in kind.covers}
        self.facts = np.concatenate(list(self.gather_facts(kinds)))
        about = self.facts[:, 2] == Field.DOCUMENT
        self.is_document = self.mask(self.facts[about, 3])
        self.documents = self.gather_documents()
        sorts = [
            np.column_stack((rows[:, 0], rows[:, 2], np.full(len(rows), sort)))
            for sort, names in _SORTS.items()
            for rows in [self.typed(*names.split())]
        ]
        parties = np.concatenate(sorts)
        self.parties = parties[self.is_party[parties[:, 0]]]

    def of(self, *names: str) -> np.ndarray:
        """Subject, object and graph of the statements of some properties."""
        return self.statements.of(*map(expand, names))

    def typed(self, *names: str) -> np.ndarray:
        """The statements that something is of one of some classes."""
        return self.statements.typed(*map(expand, names))

    def mask(self, numbers: np.ndarray) -> np.ndarray:
        """Which terms are among the numbers."""
        found = np.zeros(len(self.texts.starts), dtype=bool)
        found[numbers] = True
        return found

    def join(self, *names: str, to: str) -> np.ndarray:
        """Subject, object, graph and the object of another property `to`, of the same subjects."""
        left, right = self.of(*names), self.of(to)
        rows, others = match(left[:, ::2], right[:, ::2])
        return np.column_stack((left[rows], right[others, 1]))

    def gather_incidences(self) -> np.ndarray:
        """Every party, evidence, graph, role, since and until; each once, by evidence and party."""
        # 1. An involvement of its own, with role and dates: evidence, party, graph, node.
        rows = self.join("mc:involvedIn", to="mc:involves")
        parts: list[_Part] = [(rows[:, 1], rows[:, 3], rows[:, 2], rows[:, 0], True)]
        # 2. Memberships: the member with its role, the organisation, the post.
        members = self.of("org:member")
        known, _ = match(members[:, ::2], self.typed(*_MEMBERSHIP)[:, ::2])
        typed = members[np.unique(known)]
        parts.append((typed[:, 0], typed[:, 1], typed[:, 2], typed[:, 0], False))
        for name in ("org:organization", "mc:post"):
            rows = self.join("org:member", to=name)
            parts.append((rows[:, 0], rows[:, 3], rows[:, 2], None, False))
        # 3. A post and its organisation.
        posts = self.of("org:postIn")
        for party in (posts[:, 0], posts[:, 1]):
            parts.append((posts[:, 0], party, posts[:, 2], None, False))
        # 4. Not ties, having one party: so that what opens a market has an age like all evidence.
        opened = self.of("mc:opener", "mc:targetedBy")
        parts.append((opened[:, 0], opened[:, 1], opened[:, 2], None, False))
        # 5. Posts, in what those who held them then took part in.
        parts.append(self.gather_offices())
        incidences = np.concatenate([self.complete(*part) for part in parts])
        return incidences[np.lexsort((incidences[:, 0], incidences[:, 1]))]

    def gather_offices(self) -> _Part:
        """The posts in what their holders took part in while they are known to have held them.

        So that what was done in office stays with the post when its holder leaves.
        """
        involved = self.join("mc:involvedIn", to="mc:involves")
        held = self.join("org:member", to="mc:post")
        taken, holding = match(involved[:, (3, 2)], held[:, (1, 2)])
        evidence, graph = involved[taken, 1], involved[taken, 2]
        membership, post = held[holding, 0], held[holding, 3]
        first, last = self.find_days(np.column_stack((evidence, graph)), _BEGIN)
        since, _ = self.find_days(np.column_stack((membership, graph)), _BEGIN[:1])
        _, until = self.find_days(np.column_stack((membership, graph)), _END[:1])
        begun = (first != NEVER) & (since != NEVER) & (since <= last)
        over = np.isin(membership, self.typed("mc:EndedMembership")[:, 0])
        known = begun & np.where(until == NEVER, ~over, until >= first)
        return evidence[known], post[known], graph[known], None, False

    def find_days(self, at: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
        """First and last day of a date of each thing in a graph, NEVER where none is said."""
        said = self.of(*names)
        rows, found = match(at, said[:, ::2])
        days = np.full((2, len(at)), NEVER)
        days[:, rows] = self.spans(said[found, 1])
        return days[0], days[1]

    def complete(
        self,
        evidence: np.ndarray,
        party: np.ndarray,
        graph: np.ndarray,
        node: np.ndarray | None,
        dated: bool,
    ) -> np.ndarray:
        """The rows with the roles and the dates that their nodes carry."""
        rows = np.empty((len(party), 6), dtype=np.int32)
        rows.T[:3] = party, evidence, graph
        rows[:, 3:] = self.statements.none, NEVER, NEVER
        if node is None:
            return rows
        at = np.column_stack((node, graph))
        for column, names in ((3, _ROLE), (4, _BEGIN[:1]), (5, _END[:1])):
            if column > 3 and not dated:
                break
            said = self.of(*names)
            if not len(said):
                continue
            kept, found = match(at, said[:, ::2], outer=True)
            rows, at = rows[kept], at[kept]
            told = found >= 0
            values = said[found[told], 1]
            if column > 3:
                low, high = self.spans(values)
                values = low if column == 4 else np.where(low == NEVER, low, (low + high) // 2)
            rows[told, column] = values
        return rows

    def gather_facts(self, kinds: dict[str, int]) -> Iterator[np.ndarray]:
        """Every evidence, graph, field, low and high."""
        # 1. What it is.
        members = self.of("org:member")
        in_role, _ = match(self.of(*_ROLE)[:, ::2], members[:, ::2])
        signed = self.typed("mc:Agreement")
        unnamed = self.join("mc:involvedIn", to="mc:unnamedParty")
        agreed, _ = match(unnamed[:, 1:3], signed[:, ::2])
        for rows in (self.of("rdf:type"), self.of("mc:agreementKind"), self.of(*_ROLE)[in_role]):
            yield self.kind(rows[:, 0], rows[:, 2], self.look_up(rows[:, 1], kinds))
        for name, rows in (
            ("mc:unnamedParty", unnamed[agreed][:, 1:3]),
            ("org:Post", self.join("org:member", to="mc:post")[:, ::2]),
            ("org:postIn", self.of("org:postIn")[:, ::2]),
        ):
            at = kinds.get(expand(name), -1)
            yield self.kind(rows[:, 0], rows[:, 1], np.full(len(rows), at))
        # 2. When it was.
        for field, names in ((Field.BEGIN, _BEGIN), (Field.END, _END)):
            rows = self.of(*names)
            rows = rows[self.is_evidence[rows[:, 0]]]
            low, high = self.spans(rows[:, 1])
            yield self.fact(field, rows[:, 0], rows[:, 2], low, high)[low != NEVER]
        over = self.typed("mc:EndedMembership")
        yield self.fact(Field.ENDED, over[:, 0], over[:, 2])
        # 3. Who tells it.
        told = self.of("prov:hadPrimarySource")
        yield self.fact(Field.DOCUMENT, told[:, 0], told[:, 2], told[:, 1])
        told = self.join("mc:involvedIn", to="prov:hadPrimarySource")
        yield self.fact(Field.DOCUMENT, told[:, 1], told[:, 2], told[:, 3])
        told = self.join("prov:hadPrimarySource", to="mc:place")
        told = told[self.is_evidence[told[:, 0]]]
        prints = [
            zlib.crc32(self.texts[document] + self.texts[place]) >> 1
            for document, place in told[:, (1, 3)].tolist()
        ]
        yield self.fact(Field.PASSAGE, told[:, 0], told[:, 2], np.array(prints, dtype=np.int32))
        # 4. How many are not named.
        counted = self.of("mc:partyCount")
        rows, found = match(unnamed[:, (0, 2)], counted[:, ::2], outer=True)
        texts = [self.value(counted[at, 1]) if at >= 0 else "1" for at in found.tolist()]
        numbers = [int(text) if text.isdecimal() and len(text) < 9 else 1 for text in texts]
        unnamed = unnamed[rows]
        yield self.fact(Field.UNNAMED, unnamed[:, 1], unnamed[:, 2], np.array(numbers, np.int32))

    def kind(self, evidence: np.ndarray, graph: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Facts that evidence is of the kinds `at`, where these are known."""
        known = at >= 0
        return self.fact(Field.KIND, evidence[known], graph[known], at[known])

    def fact(
        self,
        field: Field,
        evidence: np.ndarray,
        graph: np.ndarray,
        low: np.ndarray | int = 0,
        high: np.ndarray | int = 0,
    ) -> np.ndarray:
        """Facts about what is evidence."""
        rows = np.empty((len(evidence), 5), dtype=np.int32)
        for column, values in enumerate((evidence, graph, field, low, high)):
            rows[:, column] = values
        about: np.ndarray = rows[self.is_evidence[evidence]]
        return about

    def gather_documents(self) -> np.ndarray:
        """Every document, graph, low and high."""
        found = []
        for names, own in ((_ISSUED, True), (("mc:notBefore",), False)):
            rows = self.of(*names)
            rows = rows[self.is_document[rows[:, 0]]]
            low, high = self.spans(rows[:, 1])
            end = high if own else np.full(len(rows), NEVER)
            found.append(np.column_stack((rows[:, 0], rows[:, 2], low, end))[low != NEVER])
        return np.concatenate(found)

    def spans(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and last day of dates, NEVER for what is none."""
        distinct, inverse = np.unique(numbers, return_inverse=True)
        known = [parse_date(self.value(number)) or (NEVER, NEVER) for number in distinct.tolist()]
        days = np.array(known, dtype=np.int32).reshape(-1, 2)[inverse]
        return days[:, 0], days[:, 1]

    def look_up(self, numbers: np.ndarray, kinds: Mapping[str, int]) -> np.ndarray:
        """Positions in the table of strength, -1 for what it does not cover."""
        distinct, inverse = np.unique(numbers, return_inverse=True)
        found = [kinds.get(concept_key(self.value(number)), -1) for number in distinct.tolist()]
        return np.array(found, dtype=np.int32)[inverse]

    def value(self, number: int) -> str:
        """An IRI, or what stands in the quotes of a literal."""
        text = self.texts[number]
        return (text[1:-1] if text[:1] == b"<" else text[1 : text.rindex(b'"')]).decode()

    def number(self, folder: Path) -> dict[str, np.ndarray]:
        """Give parties, evidence, graphs, roles and documents their own numbers; save the names."""
        facts, incidences = self.facts, self.incidences
        graphs = (incidences[:, 2], facts[:, 1], self.documents[:, 1], self.parties[:, 1])
        masks = {
            "party": self.is_party,
            "evidence": self.is_evidence,
            "graph": self.mask(np.concatenate(graphs)),
            "role": self.mask(incidences[:, 3]),
            "document": self.is_document,
        }
        own = {}
        for name, mask in masks.items():
            own[name] = np.cumsum(mask, dtype=np.int32) - 1
            packed = self.statements.way.pack(self.texts, np.flatnonzero(mask))
            Names.save(folder / name, *packed)
        for rows, columns in (
            (incidences, ("party", "evidence", "graph", "role")),
            (facts, ("evidence", "graph")),
            (self.documents, ("document", "graph")),
            (self.parties, ("party", "graph")),
        ):
            for position, name in enumerate(columns):
                rows[:, position] = own[name][rows[:, position]]
        about = facts[:, 2] == Field.DOCUMENT
        facts[about, 3] = own["document"][facts[about, 3]]
        return {
            "incidences": np.ascontiguousarray(incidences.T),
            "facts": facts,
            "documents": self.documents,
            "parties": self.parties,
        }


_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T.*)?)?)?(?:Z|[+-]\d\d:\d\d)?")


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
