"""From the published store to arrays: who took part in what, said by which graph, and when.

The graph of ties is two-sided, party – evidence – party, so that a project of 80 partners is 80
incidences and not 3,160 edges. Every row keeps its graph, because strength is reckoned only from
what the caller may see; nothing here weighs or merges. Statements are joined within their graph.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
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
    wanted = list_properties(), list_classes(table), expand("mc:involvedIn")
    statements = read_statements(*wanted, files, select, folder, kept)
    gathering = _Gathering(statements, table)
    gathering.save(folder)
    table.save(folder / "strength.json")
    return len(gathering.incidences[0])


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
    """The columns of all arrays; things are numbers of terms until `number` gives them their own.

    Statements come as three rows: subjects, objects and graphs.
    """

    def __init__(self, statements: Statements, table: StrengthTable) -> None:
        self.statements = statements
        self.involved = self.join("mc:involvedIn", to="mc:involves")
        self.incidences = self.gather_incidences()
        self.is_party, self.is_evidence = map(self.mask, self.incidences[:2])
        kinds = {concept_key(iri): at for at, kind in enumerate(table.kinds) for iri in kind.covers}
        self.facts = np.concatenate(list(self.gather_facts(kinds)), axis=1)
        self.is_document = self.mask(self.facts[3, self.facts[2] == Field.DOCUMENT])
        self.documents = np.concatenate(list(self.gather_documents()), axis=1)
        sorts = [
            np.stack((subject, graph, np.full_like(graph, sort)))
            for sort, names in _SORTS.items()
            for subject, _, graph in [self.typed(*names.split())]
        ]
        parties = np.concatenate(sorts, axis=1)
        self.parties = parties[:, self.is_party[parties[0]]]

    def of(self, *names: str) -> np.ndarray:
        """The statements of some properties."""
        return self.statements.of(*map(expand, names))

    def typed(self, *names: str) -> np.ndarray:
        """The statements that something is of one of some classes."""
        return self.statements.typed(*map(expand, names))

    def mask(self, numbers: np.ndarray) -> np.ndarray:
        """Which terms are among the numbers."""
        found = np.zeros(self.statements.size, dtype=bool)
        found[numbers] = True
        return found

    def join(self, *names: str, to: str) -> np.ndarray:
        """The statements, and in a fourth row the objects of a property `to` of their subjects."""
        left, right = self.of(*names), self.of(to)
        columns, others = match(left[::2], right[::2])
        return np.concatenate((left[:, columns], right[1:2, others]))

    def gather_incidences(self) -> np.ndarray:
        """Every party, evidence, graph, role, since and until; each once, by evidence and party."""
        # 1. An involvement of its own, with role and dates: evidence, party, graph, node.
        node, evidence, graph, party = self.involved
        parts: list[_Part] = [(evidence, party, graph, node, True)]
        # 2. Memberships: the member with its role, the organisation, the post.
        members = self.of("org:member")
        known, _ = match(members[::2], self.typed(*_MEMBERSHIP)[::2])
        member, party, graph = members[:, np.unique(known)]
        parts.append((member, party, graph, member, False))
        for name in ("org:organization", "mc:post"):
            member, _, graph, party = self.join("org:member", to=name)
            parts.append((member, party, graph, None, False))
        # 3. A post and its organisation.
        post, house, graph = self.of("org:postIn")
        parts += [(post, party, graph, None, False) for party in (post, house)]
        # 4. Not ties, having one party: so that what opens a market has an age like all evidence.
        opening, party, graph = self.of("mc:opener", "mc:targetedBy")
        parts.append((opening, party, graph, None, False))
        # 5. Posts, in what those who held them then took part in.
        parts.append(self.gather_offices())
        incidences = np.concatenate([self.complete(*part) for part in parts], axis=1)
        keys = incidences[1].astype(np.int64) << 32 | incidences[0]
        return incidences[:, np.argsort(keys, kind="stable")]

    def gather_offices(self) -> _Part:
        """The posts in what their holders took part in while they are known to have held them.

        So that what was done in office stays with the post when its holder leaves.
        """
        held = self.join("org:member", to="mc:post")
        taken, holding = match(self.involved[3:1:-1], held[1:3])
        _, evidence, graph, _ = self.involved[:, taken]
        membership, _, _, post = held[:, holding]
        first, last = self.find_days(evidence, graph, _BEGIN)
        since, _ = self.find_days(membership, graph, _BEGIN[:1])
        _, until = self.find_days(membership, graph, _END[:1])
        begun = (first != NEVER) & (since != NEVER) & (since <= last)
        over = self.mask(self.typed("mc:EndedMembership")[0])[membership]
        known = begun & np.where(until == NEVER, ~over, until >= first)
        return evidence[known], post[known], graph[known], None, False

    def find_days(
        self, things: np.ndarray, graphs: np.ndarray, names: tuple[str, ...]
    ) -> np.ndarray:
        """First and last day of a date of each thing in a graph, NEVER where none is said."""
        said = self.of(*names)
        columns, found = match((things, graphs), said[::2])
        days = np.full((2, len(things)), NEVER)
        days[:, columns] = self.spans(said[1, found])
        return days

    def complete(
        self,
        evidence: np.ndarray,
        party: np.ndarray,
        graph: np.ndarray,
        node: np.ndarray | None,
        dated: bool,
    ) -> np.ndarray:
        """The incidences with the roles and the dates that their nodes carry."""
        made = np.empty((6, len(party)), dtype=np.int32)
        made[0], made[1], made[2] = party, evidence, graph
        made[3], made[4:] = self.statements.none, NEVER
        if node is None:
            return made
        carries = self.mask(node)
        for row, names in ((3, _ROLE), (4, _BEGIN[:1]), (5, _END[:1]))[: 3 if dated else 1]:
            said = self.of(*names)
            said = said[:, carries[said[0]]]
            if not said.size:
                continue
            columns, found = match((node, made[2]), said[::2], outer=True)
            made, node, told = made[:, columns], node[columns], found >= 0
            values = said[1, found[told]]
            if row > 3:
                low, high = self.spans(values)
                values = low if row == 4 else np.where(low == NEVER, low, (low + high) // 2)
            made[row, told] = values
        return made

    def gather_facts(self, kinds: Mapping[str, int]) -> Iterator[np.ndarray]:
        """Every evidence, graph, field, low and high."""
        # 1. What it is.
        roles = self.of(*_ROLE)
        in_role, _ = match(roles[::2], self.of("org:member")[::2])
        unnamed = self.join("mc:involvedIn", to="mc:unnamedParty")
        agreed, _ = match(unnamed[1:3], self.typed("mc:Agreement")[::2])
        for subject, value, graph in (
            self.of("rdf:type"),
            self.of("mc:agreementKind"),
            roles[:, in_role],
        ):
            kind = self.read(value, lambda text: kinds.get(concept_key(text), -1))
            made = self.fact(Field.KIND, subject, graph, kind)
            yield made[:, made[3] >= 0]
        for name, (subject, graph) in (
            ("mc:unnamedParty", unnamed[1:3, agreed]),
            ("org:Post", self.join("org:member", to="mc:post")[::2]),
            ("org:postIn", self.of("org:postIn")[::2]),
        ):
            if expand(name) in kinds:
                yield self.fact(Field.KIND, subject, graph, kinds[expand(name)])
        # 2. When it was.
        for field, names in ((Field.BEGIN, _BEGIN), (Field.END, _END)):
            subject, value, graph = self.of(*names)
            made = self.fact(field, subject, graph, *self.spans(value))
            yield made[:, made[3] != NEVER]
        subject, _, graph = self.typed("mc:EndedMembership")
        yield self.fact(Field.ENDED, subject, graph)
        # 3. Who tells it.
        subject, document, graph = self.of("prov:hadPrimarySource")
        yield self.fact(Field.DOCUMENT, subject, graph, document)
        _, evidence, graph, document = self.join("mc:involvedIn", to="prov:hadPrimarySource")
        yield self.fact(Field.DOCUMENT, evidence, graph, document)
        told = self.join("prov:hadPrimarySource", to="mc:place")
        subject, document, graph, place = told[:, self.is_evidence[told[0]]]
        prints = self.read(document, fingerprint) * 31 + self.read(place, fingerprint)
        yield self.fact(Field.PASSAGE, subject, graph, prints & 0x7FFFFFFF)
        # 4. How many are not named.
        counted = self.of("mc:partyCount")
        columns, found = match(unnamed[::2], counted[::2], outer=True)
        numbers = np.ones(len(found), dtype=np.int32)
        numbers[found >= 0] = self.read(counted[1, found[found >= 0]], parse_count)
        _, evidence, graph, _ = unnamed[:, columns]
        yield self.fact(Field.UNNAMED, evidence, graph, numbers)

    def fact(
        self,
        field: Field,
        evidence: np.ndarray,
        graph: np.ndarray,
        low: np.ndarray | int = 0,
        high: np.ndarray | int = 0,
    ) -> np.ndarray:
        """Facts about what is evidence."""
        made = np.empty((5, len(evidence)), dtype=np.int32)
        for row, values in enumerate((evidence, graph, field, low, high)):
            made[row] = values
        about: np.ndarray = made[:, self.is_evidence[evidence]]
        return about

    def gather_documents(self) -> Iterator[np.ndarray]:
        """Every document, graph, low and high."""
        for names, own in ((_ISSUED, True), (("mc:notBefore",), False)):
            said = self.of(*names)
            subject, value, graph = said[:, self.is_document[said[0]]]
            low, high = self.spans(value)
            made = np.stack((subject, graph, low, high if own else np.full_like(high, NEVER)))
            yield made[:, low != NEVER]

    def spans(self, numbers: np.ndarray) -> np.ndarray:
        """First and last day of dates, NEVER for what is none."""
        return self.read(numbers, lambda text: parse_date(text) or (NEVER, NEVER)).reshape(-1, 2).T

    def read(self, numbers: np.ndarray, parse: Callable[[str], object]) -> np.ndarray:
        """What is made of terms, of IRIs or of what stands in the quotes of literals."""
        distinct = np.flatnonzero(self.mask(numbers))
        places = np.empty(self.statements.size, dtype=np.int32)
        places[distinct] = np.arange(len(distinct))
        values = [parse(self.statements.value(number)) for number in distinct.tolist()]
        found: np.ndarray = np.array(values, dtype=np.int32)[places[numbers]]
        return found

    def save(self, folder: Path) -> None:
        """Save all; parties, evidence, graphs, roles and documents get numbers of their own."""
        statements, facts, incidences = self.statements, self.facts, self.incidences
        graphs = (incidences[2], facts[1], self.documents[1], self.parties[1])
        masks = {
            "party": self.is_party,
            "evidence": self.is_evidence,
            "graph": self.mask(np.concatenate(graphs)),
            "role": self.mask(incidences[3]),
            "document": self.is_document,
        }

        def save_names(name: str) -> None:
            packed = statements.way.pack(statements.texts, np.flatnonzero(masks[name]))
            Names.save(folder / name, *packed)

        with ThreadPoolExecutor(1) as pool:
            saving = pool.map(save_names, masks)
            own = {name: np.cumsum(mask, dtype=np.int32) - 1 for name, mask in masks.items()}
            about = facts[2] == Field.DOCUMENT
            facts[3, about] = own["document"][facts[3, about]]
            for array, names in (
                (incidences, ("party", "evidence", "graph", "role")),
                (facts, ("evidence", "graph")),
                (self.documents, ("document", "graph")),
                (self.parties, ("party", "graph")),
            ):
                for row, name in zip(array, names, strict=False):
                    row[:] = own[name][row]
            told = {"facts": facts, "documents": self.documents, "parties": self.parties}
            columns = {name: np.ascontiguousarray(array.T) for name, array in told.items()}
            save_arrays(folder, incidences=incidences, **columns)
            list(saving)  # raises what went wrong


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


def parse_count(text: str) -> int:
    """A number of parties; 1 for what is none."""
    return int(text) if text.isdecimal() and len(text) < 9 else 1


def fingerprint(text: str) -> int:
    """31 bits of a text alone, so that nothing hidden can change them."""
    return zlib.crc32(text.encode()) >> 1


def middle(span: tuple[int, int]) -> int:
    """The day from which age is counted: the middle errs least when only a year is said."""
    return (span[0] + span[1]) // 2
