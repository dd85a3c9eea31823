"""`hub load`: read, map, check and publish what partners sent.

    1. read each source that changed into sorted N-Quads, as the partner says it      (`intake`)
    2. copy the generation that is served into a draft
    3. rewrite what changed to canonical IRIs and put the difference into the draft
    4. hold it against the shapes; rows that break the contract are left out, and where too much
       would be missing then, the source is refused and its old facts stay
    5. derive, index, gather the ties
    6. verify and switch

Two things come in, what partners said and what people judged; everything else is made anew.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import hub
from hub.access import LEVELS, PUBLIC, Viewer
from hub.checking.shapes import Check, read_checks
from hub.errors import NotFound, Refused
from hub.history import next_number, now, record_event
from hub.identity import Judgement, all_judgements, names_at
from hub.paths.evidence import build_ties
from hub.publishing.catalogue import describe_judgements
from hub.publishing.derivation import derive, read_rules
from hub.publishing.difference import Version, compare_versions
from hub.publishing.intake import Intake, find_sources, miss_rows, read_rows, take_in
from hub.publishing.quarantine import hold_rows
from hub.publishing.report import LoadReport, Progress, SourceOutcome, silent
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
from hub.vocabulary import PUBLIC_UNION
from loaders.description import Location
from loaders.interpretation import LeftOut


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
    judgements = all_judgements(settings)
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
        self.number = next_number(settings.data)
        self.follow_unions()

    def carry_out(
        self, folders: dict[str, Location], names: Sequence[str], dry_run: bool, started: float
    ) -> LoadReport:
        """Steps 1 to 6. Returns the report; publishes unless `dry_run` or nothing changed."""
        ontology_changed = self.read_ontology()
        outcomes: dict[str, SourceOutcome] = {}
        taken: dict[str, Intake] = {}
        for number, name in enumerate(names):
            self.progress(f"reading {name}", number, len(names))
            place = (folders[name], self.facts.get(name), self.draft, self.progress, self.number)
            intake = take_in(self.settings, *place)
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
            self.compare(outcomes)
        report = self.report(outcomes)
        anything = moved or ontology_changed or (regrouped and self.facts)
        if not anything or not self.facts:
            report = replace(report, outcome=report.outcome or "unchanged")
        elif dry_run:
            report = replace(report, outcome="previewed")
        else:
            report = self.finish(report, identity, "published")
        report = replace(report, seconds=round(time.monotonic() - started, 3))
        if not dry_run:
            self.record("load", report)
        return report

    def report(self, outcomes: dict[str, SourceOutcome]) -> LoadReport:
        """What came of the sources, before anything is published."""
        return LoadReport(
            outcome="refused" if any(o.status == "refused" for o in outcomes.values()) else "",
            generation=self.previous.number if self.previous else None,
            sources=tuple(outcomes[name] for name in sorted(outcomes)),
            statements=sum(fact.quads for fact in self.facts.values()),
            derived=sum(g.count for g in self.graph_facts.values() if g.kind == "derived"),
            seconds=0.0,
        )

    def finish(self, report: LoadReport, identity: str, outcome: str) -> LoadReport:
        """Publish the draft; gives the report with what was published."""
        generation, derived = self.publish(identity)
        return replace(
            report,
            outcome=outcome,
            generation=generation.number,
            statements=sum(fact.quads for fact in self.facts.values()),
            derived=derived,
        )

    def record(self, action: str, report: LoadReport) -> None:
        """Keep the report in the history."""
        details = report.as_dict()
        record_event(self.settings.data, action, report.generation, report.outcome, details)

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
        old, fact = self.facts.get(intake.name), intake.fact
        if fact is None:
            status = "refused"
        elif old is None:
            status = "new"
        else:
            status = "unchanged" if says_same(old, fact) else "changed"
        if status == "unchanged" and fact and old:
            self.facts[intake.name] = replace(fact, loaded=old.loaded, load=old.load)
        described = fact or intake.source or old
        return SourceOutcome(
            name=intake.name,
            owner=described.owner if described else "",
            visibility=described.visibility if described else "",
            partner=(described.partner if described else None) or None,
            status=status,
            rows=sum(fact.rows.values()) if fact else 0,
            rejected=fact.rejected if fact else 0,
            quads=served.quads if (served := fact or old) else 0,
            findings=intake.findings,
            files=intake.files,
        )

    def withdraw(self, name: str) -> SourceOutcome:
        """Take out a source that is configured no more."""
        fact = self.facts.pop(name)
        for graph in self.graphs_of(name):
            self.remove_graph(graph)
        for path in (self.draft.said(name), self.draft.view(name), self.draft.subjects(name)):
            path.unlink(missing_ok=True)
        level = (fact.visibility, fact.partner)
        return SourceOutcome(name, fact.owner, *level, "withdrawn", removed=fact.quads)

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
            self.draft.store.add_file(ontology, [self.ontology], self.unions)
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

    def graphs_of(self, name: str) -> tuple[str, str]:
        """The graphs of a source: what it says, and where that comes from."""
        graph = self.settings.graph(name)
        return graph, f"{graph}/provenance"

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
            self.draft.store.add_file(new, self.graphs_of(name), self.unions)
            new.rename(old)
            return 0, self.facts[name].quads
        gone, come = self.draft.work("removed.nq"), self.draft.work("added.nq")
        removed, added = compare_quads(old, new, gone, come)
        if removed or added:
            self.draft.store.change(gone, come, self.unions)
            for graph in self.graphs_of(name):
                self.graph_facts.pop(graph, None)
        old.unlink()
        new.rename(old)
        return removed, added

    def check(
        self, taken: dict[str, Intake], outcomes: dict[str, SourceOutcome]
    ) -> dict[str, Intake]:
        """Hold what was taken in against the shapes; put back what cannot stay."""
        checks = read_checks(resource_folder("ontology") / "shapes.ttl", self.settings.base)
        kept = dict(taken)
        regroup = False
        for number, name in enumerate(taken):
            self.progress(f"checking {name}", number, len(taken))
            old = self.previous.manifest.source(name) if self.previous else None
            intake = self.hold(taken[name], checks)
            if old and intake.fact:
                intake = intake.warn(*miss_rows(name, old, intake.fact))
            same = old and intake.fact and says_same(old, intake.fact)
            first = taken[name].fact
            regroup = regroup or intake.fact is None or intake.fact.said != (first and first.said)
            if intake.fact is None or same:
                del kept[name]
                self.put_back(name)
                outcome = self.judge_intake(intake)
            else:
                kept[name], self.facts[name] = intake, intake.fact
                outcome = replace(
                    outcomes[name],
                    rows=sum(intake.fact.rows.values()),
                    rejected=intake.fact.rejected,
                    quads=intake.fact.quads,
                    findings=intake.findings,
                )
                if intake.fact.rejected > outcomes[name].rejected:
                    removed, added = self.count_moved(name)
                    outcome = replace(outcome, removed=removed, added=added)
            outcomes[name] = outcome
        if regroup:
            views = self.canonical_names()
            for name, fact in sorted(self.facts.items()):
                self.put(name, views[viewer_of(fact)])
        return kept

    def hold(self, intake: Intake, checks: Sequence[Check]) -> Intake:
        """One source as it stands once the rows that break the shapes are left out."""
        name, graph = intake.name, self.settings.graph(intake.name)
        select = partial(self.draft.store.select, graphs=[graph, self.ontology])
        trace = partial(self.draft.store.select, graphs=[f"{graph}/provenance"])

        def read_again(left_out: LeftOut) -> Intake:
            assert intake.source
            assert intake.fact
            place = (intake.fact.fingerprint, self.draft, self.progress, self.number)
            again = read_rows(self.settings, intake.source, *place, left_out)
            if again.fact:
                again.move_into(self.draft)
                self.facts[name] = again.fact
                self.put(name, self.names[viewer_of(again.fact)])
            return again

        return hold_rows(intake, checks, self.settings.base, select, trace, read_again)

    def count_moved(self, name: str) -> tuple[int, int]:
        """(removed, added) statements of a source against the last generation."""
        new = self.draft.view(name)
        old = self.previous.path / "view" / new.name if self.previous else None
        if not old or not old.exists():
            return 0, count_lines(new)
        return compare_quads(old, new, *map(self.draft.work, ("removed.nq", "added.nq")))

    def compare(self, outcomes: dict[str, SourceOutcome]) -> None:
        """Say of each source that changed which things came, changed and went."""
        for name, outcome in outcomes.items():
            if outcome.status in {"new", "changed", "withdrawn", "restored"}:
                path = self.previous.path if self.previous else None
                old, new = find_version(path, name), find_version(self.draft.path, name)
                place = (self.settings.base, self.settings.graph(name), self.draft.work(""))
                difference = compare_versions(old, new, *place)
                outcomes[name] = replace(outcome, difference=difference)

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
            self.draft.store.add_file(self.draft.view(name), self.graphs_of(name), self.unions)

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
        filed = {"said", "provenance"}
        others = [graph.iri for graph in graphs if graph.kind not in filed]
        views = [self.draft.view(name) for name in sorted(self.facts)]
        build_ties(views, lambda query: store.select(query, others), self.draft.path / "ties")
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
            self.graphs_of(name): count_lines(self.draft.view(name)) for name in self.facts
        }
        generation = self.draft.publish(manifest, self.settings.keep, expected)
        counts = [g.count for g in generation.manifest.graphs if g.kind == "derived"]
        return generation, sum(counts)


DESCRIBED = ("said", "title", "owner", "visibility", "partner", "licence", "description")


def says_same(old: SourceFact, new: SourceFact) -> bool:
    """Whether two versions of a source say the same, of themselves too."""
    return all(getattr(old, name) == getattr(new, name) for name in DESCRIBED)


def find_version(folder: Path | None, name: str) -> Version | None:
    """What a source says in the generation in `folder`; None where it has none."""
    said = folder / "said" / f"{name}.nq" if folder else None
    return Version(said, said.with_suffix(".subjects")) if said and said.exists() else None


def viewer_of(fact: SourceFact) -> Viewer:
    """The lowest level that sees a source."""
    return Viewer(fact.visibility, fact.partner)


def digest_judgements(judgements: Sequence[Judgement]) -> str:
    """A hash of what is judged, whatever the order."""
    text = "\n".join(
        sorted(f"{j.iri} {j.by} {j.date} {j.reason}".replace("\n", " ") for j in judgements)
    )
    return sha256(text.encode()).hexdigest()
