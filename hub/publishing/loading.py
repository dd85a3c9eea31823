"""`hub load`: read, map, check and publish what partners sent.

    1. read each source that changed into sorted N-Quads, as the partner says it      (`intake`)
    2. copy the generation that is served into a draft
    3. rewrite what changed to canonical IRIs and put the difference into the draft
    4. hold it against the shapes; a source that breaks the contract is refused, its old facts stay
    5. derive, index, gather the ties
    6. verify and switch

Two things come in, what partners said and what people judged; everything else is made anew.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import hub
from hub.access import LEVELS, PUBLIC, Viewer
from hub.checking.shapes import find_violations, read_checks
from hub.errors import NotFound, Refused
from hub.history import now, record_event
from hub.identity import Judgement, names_at, read_judgements
from hub.paths.evidence import build_ties
from hub.publishing.catalogue import describe_judgements
from hub.publishing.derivation import derive, read_rules
from hub.publishing.intake import Intake, find_sources, take_in
from hub.search import build_index
from hub.settings import Settings, resource_folder
from hub.store.generations import (
    Draft,
    Generation,
    GraphFact,
    Manifest,
    SourceFact,
    current,
    current_number,
    writing,
)
from hub.store.quads import (
    compare_quads,
    count_lines,
    digest_file,
    present,
    rewrite_quads,
    write_turtle_as_quads,
)
from hub.terms import Term
from hub.vocabulary import MC, NAMESPACES, PUBLIC_UNION, RDFS_LABEL
from loaders.findings import Finding, Severity

ROWS = (
    f"SELECT ?file ?number {{ %s <{NAMESPACES['prov']}wasDerivedFrom> ?row . "
    f"?row <{MC}rowNumber> ?number ; <{MC}rowOf>/<{RDFS_LABEL}> ?file }} ORDER BY ?file ?number"
)


class Progress(Protocol):
    """What is told while a load is under way; `total` is None where it is not known."""

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


def silent(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class SourceOutcome:
    """What became of one source in a load.

    Attributes:
        status: new, changed, unchanged, refused, or withdrawn (no longer configured).
        rows, rejected: rows read, and rows left out for an error in them.
        quads: statements the source now says; added and removed against the last generation.
    """

    name: str
    owner: str
    visibility: str
    status: str
    rows: int
    rejected: int
    quads: int
    added: int
    removed: int
    findings: tuple[Finding, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "findings": [finding.as_dict() for finding in self.findings]}


@dataclass(frozen=True)
class LoadReport:
    """What a load did: `outcome` is published, unchanged, refused or previewed (dry run)."""

    outcome: str
    generation: int | None
    sources: tuple[SourceOutcome, ...]
    statements: int
    derived: int
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[SourceOutcome, ...]:
        """The sources that were refused."""
        return tuple(source for source in self.sources if source.status == "refused")

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "sources": [source.as_dict() for source in self.sources]}


def load(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    dry_run: bool = False,
    progress: Progress = silent,
) -> LoadReport:
    """Load the sources called `names`, or all, and publish a generation if anything changed.

    A source that is refused stays as it was; the others are published. With `dry_run` nothing is
    published and nothing is recorded.

    Raises:
        NotFound: there is no source of a given name.
        Refused: the judgements or the ontology cannot be used, or another load is under way.
    """
    started = time.monotonic()
    folders = find_sources(settings)
    unknown = [name for name in names if name not in folders]
    if unknown:
        raise NotFound(
            f"There is no source {', '.join(unknown)}.", remedy=f"Known are: {', '.join(folders)}."
        )
    judgements = read_judgements(settings.identity, settings.base)
    with writing(settings.data):
        previous = None if current_number(settings.data) is None else current(settings.data)
        if previous and previous.manifest.base != settings.base:
            raise Refused(
                f"The data folder holds things under {previous.manifest.base}, not "
                f"{settings.base}.",
                where=str(settings.data),
                remedy="Use another data folder for another base.",
            )
        run = Run(settings, previous, judgements, progress)
        try:
            return run.carry_out(folders, names or tuple(folders), dry_run, started)
        finally:
            run.draft.discard()


class Run:
    """One load: the draft, what went into it, and what came of each source."""

    def __init__(
        self,
        settings: Settings,
        previous: Generation | None,
        judgements: tuple[Judgement, ...],
        progress: Progress,
    ) -> None:
        self.settings = settings
        self.previous = previous
        self.judgements = judgements
        self.progress = progress
        self.draft = Draft(settings.data, previous)
        self.facts = {f.name: f for f in previous.manifest.sources} if previous else {}
        lasting = {"said", "provenance", "ontology"}
        graphs = previous.manifest.graphs if previous else ()
        self.graph_facts = {g.iri: g for g in graphs if g.kind in lasting}
        self.ontology = settings.graph("ontology")
        self.follow_unions()

    def carry_out(
        self, folders: dict[str, Path], names: Sequence[str], dry_run: bool, started: float
    ) -> LoadReport:
        """Steps 1 to 6. Returns the report; publishes unless `dry_run` or nothing changed."""
        ontology_changed = self.read_ontology()
        outcomes: dict[str, SourceOutcome] = {}
        taken: dict[str, Intake] = {}
        for number, name in enumerate(names):
            self.progress(f"reading {name}", number, len(names))
            intake = take_in(
                self.settings, folders[name], self.facts.get(name), self.draft, self.progress
            )
            outcomes[name] = self.judge_intake(intake)
            if outcomes[name].status in {"new", "changed"}:
                taken[name] = intake
        if set(names) == set(folders):
            for name in self.facts.keys() - folders.keys():
                outcomes[name] = self.withdraw(name)
        identity = digest_judgements(self.judgements)
        regrouped = not self.previous or self.previous.manifest.identity != identity
        moved = taken or any(o.status == "withdrawn" for o in outcomes.values())
        if moved or regrouped or ontology_changed:
            self.progress("putting together what is the same thing", 0, None)
            self.apply(taken, outcomes)
            taken = self.check(taken, outcomes)
            moved = taken or any(o.status == "withdrawn" for o in outcomes.values())
        report = LoadReport(
            outcome="refused" if any(o.status == "refused" for o in outcomes.values()) else "",
            generation=self.previous.number if self.previous else None,
            sources=tuple(outcomes[name] for name in sorted(outcomes)),
            statements=sum(fact.quads for fact in self.facts.values()),
            derived=sum(g.count for g in self.graph_facts.values() if g.kind == "derived"),
            seconds=0.0,
        )
        anything = moved or ontology_changed or (regrouped and self.facts)
        if not anything or not self.facts:
            report = replace(report, outcome=report.outcome or "unchanged")
        elif dry_run:
            report = replace(report, outcome="previewed")
        else:
            generation, derived = self.publish(identity)
            report = replace(
                report,
                outcome="published",
                generation=generation.number,
                statements=sum(fact.quads for fact in self.facts.values()),
                derived=derived,
            )
        report = replace(report, seconds=round(time.monotonic() - started, 3))
        if not dry_run:
            record_event(
                self.settings.data, "load", report.generation, report.outcome, report.as_dict()
            )
        return report

    def read_ontology(self) -> bool:
        """Read the ontology into the draft's work; says whether it changed."""
        out = self.draft.work("ontology.nq")
        write_turtle_as_quads(
            sorted(resource_folder("ontology").glob("*.ttl")),
            self.ontology,
            f"{self.settings.root}genid/",
            out,
            base=self.settings.base,
        )
        self.ontology_digest = digest_file(out)
        return not self.previous or self.previous.manifest.ontology != self.ontology_digest

    def judge_intake(self, intake: Intake) -> SourceOutcome:
        """What is to be done with a source that was read."""
        old = self.facts.get(intake.name)
        fact = intake.fact or old
        if intake.fact is None:
            status = "refused"
        elif old is None:
            status = "new"
        else:
            status = "unchanged" if old.said == intake.fact.said else "changed"
        if status == "unchanged" and intake.fact:
            self.facts[intake.name] = replace(intake.fact, loaded=old.loaded if old else now())
        return SourceOutcome(
            name=intake.name,
            owner=fact.owner if fact else "",
            visibility=fact.visibility if fact else "",
            status=status,
            rows=sum(fact.rows.values()) if fact else 0,
            rejected=intake.fact.rejected if intake.fact else 0,
            quads=fact.quads if fact else 0,
            added=0,
            removed=0,
            findings=intake.findings,
        )

    def withdraw(self, name: str) -> SourceOutcome:
        """Take out a source that is configured no more."""
        fact = self.facts.pop(name)
        for graph in (self.settings.graph(name), self.settings.graph(name) + "/provenance"):
            self.remove_graph(graph)
        for path in (self.draft.said(name), self.draft.view(name), self.draft.subjects(name)):
            path.unlink(missing_ok=True)
        return SourceOutcome(name, fact.owner, fact.visibility, "withdrawn", 0, 0, 0, 0, fact.quads)

    def apply(self, taken: dict[str, Intake], outcomes: dict[str, SourceOutcome]) -> None:
        """Put the sources taken in, and those that a judgement touches, into the store."""
        for name, intake in taken.items():
            assert intake.fact
            old = self.facts.get(name)
            if old and viewer_of(old) != viewer_of(intake.fact):
                self.withdraw(name)
            intake.move_into(self.draft)
            self.facts[name] = intake.fact
        views = self.canonical_names()
        self.follow_unions()
        ontology = self.draft.work("ontology.nq")
        if not self.previous or self.previous.manifest.ontology != self.ontology_digest:
            self.remove_graph(self.ontology)
            self.draft.store.add_file(ontology, self.unions)
        before = self.previous.names() if self.previous else {}
        for name, fact in sorted(self.facts.items()):
            viewer = viewer_of(fact)
            if name in taken or before.get(str(viewer)) != views[viewer]:
                removed, added = self.put(name, views[viewer])
                if name in taken:
                    outcomes[name] = replace(outcomes[name], removed=removed, added=added)

    def follow_unions(self) -> None:
        """Which graphs the unions that stand already are to hold; in an empty store all stand."""
        graphs = self.list_graphs()
        unions = {self.own_graph("union", viewer): viewer for viewer in self.levels()}
        if self.previous:
            facts = self.previous.manifest.graphs
            unions = {f.iri: Viewer(f.level, f.partner) for f in facts if f.kind == "union"}
        self.unions = {union: frozenset(viewer.graphs(graphs)) for union, viewer in unions.items()}

    def list_graphs(self) -> list[GraphFact]:
        """Every graph of the generation to be, unions aside, not measured yet."""
        graphs = [GraphFact(self.ontology, "public", None, "ontology")]
        for name, fact in sorted(self.facts.items()):
            level = (fact.visibility, fact.partner)
            iri = self.settings.graph(name)
            graphs.append(GraphFact(iri, *level, "said", name))
            graphs.append(GraphFact(iri + "/provenance", *level, "provenance", name))
        for viewer in self.levels():
            for kind in ("identity", "derived"):
                iri = self.own_graph(kind, viewer)
                graphs.append(GraphFact(iri, viewer.level, viewer.partner, kind))
        return graphs

    def levels(self) -> list[Viewer]:
        """The levels in use, lower ones first."""
        used = {PUBLIC} | {viewer_of(fact) for fact in self.facts.values()}
        used |= {judgement.viewer for judgement in self.judgements}
        return sorted(used, key=lambda v: (LEVELS.index(v.level), v.partner or ""))

    def own_graph(self, kind: str, viewer: Viewer) -> str:
        """The graph of the hub's own that is `kind` (identity, derived, union) at a level."""
        if kind == "union" and viewer == PUBLIC:
            return PUBLIC_UNION
        return self.settings.graph(f"{kind}/{str(viewer).replace(':', '/')}")

    def remove_graph(self, graph: str) -> None:
        self.draft.store.remove_graph(graph, self.unions)
        self.graph_facts.pop(graph, None)

    def canonical_names(self) -> dict[Viewer, dict[str, str]]:
        """For each level in use: former IRI → canonical IRI; kept in the draft as names.json."""
        judged = frozenset(i for j in self.judgements for i in (j.left, j.right))
        seen_from: dict[str, Viewer] = {}
        for fact in sorted(self.facts.values(), key=lambda f: LEVELS.index(f.visibility)):
            for iri in present(self.draft.subjects(fact.name), judged):
                seen_from.setdefault(iri, viewer_of(fact))
        self.seen_from = seen_from
        self.names = {v: names_at(v, self.judgements, seen_from) for v in self.levels()}
        self.draft.keep_names({str(level): names for level, names in self.names.items()})
        return self.names

    def put(self, name: str, names: dict[str, str]) -> tuple[int, int]:
        """Bring the store from the old view of a source to the new; returns (removed, added)."""
        old = self.draft.view(name)
        new = self.draft.work(f"{name}.view")
        rewrite_quads(self.draft.said(name), new, names)
        if not old.exists():
            self.draft.store.add_file(new, self.unions)
            new.rename(old)
            return 0, self.facts[name].quads
        gone, come = self.draft.work("removed.nq"), self.draft.work("added.nq")
        removed, added = compare_quads(old, new, gone, come)
        if removed or added:
            self.draft.store.change(gone, come, self.unions)
            for graph in (self.settings.graph(name), self.settings.graph(name) + "/provenance"):
                self.graph_facts.pop(graph, None)
        old.unlink()
        new.rename(old)
        return removed, added

    def check(
        self, taken: dict[str, Intake], outcomes: dict[str, SourceOutcome]
    ) -> dict[str, Intake]:
        """Hold what was taken in against the shapes; put back what breaks them."""
        checks = read_checks(resource_folder("ontology") / "shapes.ttl", self.settings.base)
        kept = dict(taken)
        for number, (name, intake) in enumerate(taken.items()):
            self.progress(f"checking {name}", number, len(taken))
            select = partial(
                self.draft.store.select, graphs=[self.settings.graph(name), self.ontology]
            )
            findings = tuple(
                intake.finding(violation, self.rows(name, violation.focus))
                for violation in find_violations(checks, select)
            )
            if any(finding.severity == Severity.ERROR for finding in findings):
                del kept[name]
                self.put_back(name)
                outcomes[name] = replace(
                    outcomes[name], status="refused", added=0, removed=0,
                    findings=outcomes[name].findings + findings,
                )  # fmt: skip
            elif findings:
                outcomes[name] = replace(
                    outcomes[name], findings=outcomes[name].findings + findings
                )
                fact = self.facts[name]
                more = tuple(finding.as_dict() for finding in findings)
                self.facts[name] = replace(fact, findings=fact.findings + more)
        if len(kept) < len(taken):
            views = self.canonical_names()
            for name, fact in sorted(self.facts.items()):
                self.put(name, views[viewer_of(fact)])
        return kept

    def rows(self, name: str, subject: Term) -> list[tuple[str, int]]:
        """(file, row) of every row from which the source speaks of `subject`."""
        if subject.kind != "iri":
            return []
        found = self.draft.store.select(
            ROWS % subject.n3(), [self.settings.graph(name) + "/provenance"]
        )
        return [(row["file"].value, int(row["number"].value)) for row in found]

    def put_back(self, name: str) -> None:
        """Undo the taking in of one source: its last version, or nothing."""
        old = self.previous.manifest.source(name) if self.previous else None
        self.withdraw(name)
        if old and self.previous:
            self.facts[name] = old
            for folder in ("said", "view"):
                for file in (self.previous.path / folder).glob(f"{name}.*"):
                    (self.draft.path / folder / file.name).hardlink_to(file)
            self.follow_unions()
            self.draft.store.add_file(self.draft.view(name), self.unions)

    def publish(self, identity: str) -> tuple[Generation, int]:
        """Steps 5 and 6: everything that is derived, the manifest, the switch."""
        store = self.draft.store
        graphs = self.list_graphs()
        self.follow_unions()
        unions = {viewer: self.own_graph("union", viewer) for viewer in self.levels()}
        known = {PUBLIC_UNION, *unions.values(), *(graph.iri for graph in graphs)}
        for stray in set(store.graph_names()) - known:
            store.remove_graph(stray, {})
        for viewer in unions:
            self.remove_graph(self.own_graph("derived", viewer))
            self.remove_graph(self.own_graph("identity", viewer))
            nothing, come = self.draft.work("nothing.nq"), self.draft.work("identity.nq")
            nothing.touch()
            lines = describe_judgements(self.settings, viewer, self.judgements, self.names)
            come.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            store.change(nothing, come, self.unions)
        for viewer, union in unions.items():
            if union not in self.unions:
                self.progress(f"uniting what {viewer} sees", 0, None)
                self.unions[union] = frozenset(viewer.graphs(graphs))
                store.unite(self.unions[union], union)
        rules = read_rules(store, self.ontology)
        for viewer, union in unions.items():
            self.progress(f"deriving what follows, for {viewer}", 0, None)
            target = self.own_graph("derived", viewer)
            seeing = [goal for goal, members in self.unions.items() if target in members]
            derive(store, rules, union, [target, *seeing])
        iris = [graph.iri for graph in graphs]
        self.progress("indexing names", 0, None)
        files = [self.draft.work("ontology.nq"), *map(self.draft.view, self.facts)]
        build_index(store, self.ontology, iris, files, self.draft.path / "search.sqlite")
        self.progress("gathering ties", 0, None)
        build_ties(lambda query: store.select(query, iris), None, self.draft.path / "ties")
        self.progress("verifying", 0, None)
        graphs += [GraphFact(u, v.level, v.partner, "union") for v, u in unions.items()]
        manifest = Manifest(
            number=self.draft.number,
            created=now(),
            base=self.settings.base,
            software=hub.__version__,
            ontology=self.ontology_digest,
            identity=identity,
            sources=tuple(self.facts[name] for name in sorted(self.facts)),
            graphs=tuple(self.graph_facts.get(graph.iri, graph) for graph in graphs),
        )
        expected: dict[tuple[str, ...], int] = {
            (self.settings.graph(name), self.settings.graph(name) + "/provenance"): count_lines(
                self.draft.view(name)
            )
            for name in self.facts
        }
        generation = self.draft.publish(manifest, self.settings.keep, expected)
        counts = [g.count for g in generation.manifest.graphs if g.kind == "derived"]
        return generation, sum(counts)


def viewer_of(fact: SourceFact) -> Viewer:
    """The lowest level that sees a source."""
    return Viewer(fact.visibility, fact.partner)


def digest_judgements(judgements: Sequence[Judgement]) -> str:
    """A hash of what is judged, whatever the order."""
    text = "\n".join(
        sorted(f"{j.iri} {j.by} {j.date} {j.reason}".replace("\n", " ") for j in judgements)
    )
    return sha256(text.encode()).hexdigest()
