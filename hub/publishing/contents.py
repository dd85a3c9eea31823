"""What a generation in the making holds: sources, their graphs under canonical names, and unions.

Each source stands in two files, as it was said and as it is in the store, and in two graphs of the
store. What moves there is noted, so that what depends on it is made anew and nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path

from hub.access import LEVELS, PUBLIC, Viewer
from hub.checking.touched import find_touched
from hub.identity import Judgement, names_at
from hub.publishing.catalogue import describe_judgements
from hub.publishing.derivation import Movement
from hub.publishing.intake import Intake
from hub.search import name_records
from hub.settings import Settings
from hub.store.files import (
    compare_quads,
    count_lines,
    present,
    rewrite_quads,
    write_turtle_as_quads,
)
from hub.store.generations import Draft, Generation
from hub.store.manifest import GraphFact, SourceFact
from hub.vocabulary import PUBLIC_UNION

SUFFIXES = ("nq", "subjects")
SLOW = 5  # statements that are loaded while one is taken out


class Contents:
    """The sources of a draft, at first those of the generation before it."""

    def __init__(
        self,
        settings: Settings,
        previous: Generation | None,
        judgements: Sequence[Judgement],
        folder: Path,
    ) -> None:
        self.settings, self.previous, self.judgements = settings, previous, judgements
        self.draft = Draft(settings.data, previous)
        self.facts = {f.name: f for f in previous.manifest.sources} if previous else {}
        graphs = previous.manifest.graphs if previous else ()
        self.graph_facts = {g.iri: g for g in graphs if g.kind != "union"}
        self.ontology, self.ontology_folder = settings.graph("ontology"), folder
        self.movement = Movement(everything=previous is None)
        self.moved: dict[str, list[tuple[Path, Path]]] = {}
        self.copies: list[GraphFact] = []
        self.outdated = False  # the store holds what is to go; it is filled anew in the end
        self.erased = previous.manifest.erased if previous else ""
        self.follow_unions()

    # ------------------------------------------------------------ graphs and levels

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

    def list_graphs(self) -> list[GraphFact]:
        """Every graph of the generation to be, unions aside, not measured yet."""
        graphs = [GraphFact(self.ontology, "public", None, "ontology")]
        for name, fact in sorted(self.facts.items()):
            for kind, iri in zip(("said", "provenance"), self.graphs_of(name), strict=True):
                graphs.append(GraphFact(iri, fact.visibility, fact.partner, kind, name))
        graphs += self.copies
        lower: list[str] = []
        for viewer in self.levels():
            place = (viewer.level, viewer.partner)
            graphs.append(GraphFact(self.own_graph("identity", viewer), *place, "identity"))
            derived = self.own_graph("derived", viewer)
            hidden = tuple(lower) if viewer in self.renamed else ()
            graphs.append(GraphFact(derived, *place, "derived", stands_for=hidden))
            if viewer.level != LEVELS[-1]:
                lower.append(derived)
        return graphs

    @property
    def renamed(self) -> set[Viewer]:
        """The levels that see sources of lower ones under names of their own."""
        return {Viewer(copy.level, copy.partner) for copy in self.copies}

    def follow_unions(self) -> None:
        """Which graphs the unions that stand already are to hold; in an empty store all stand."""
        graphs = self.list_graphs()
        unions = {self.own_graph("union", viewer): viewer for viewer in self.levels()}
        if self.previous:
            facts = self.previous.manifest.graphs
            unions = {f.iri: Viewer(f.level, f.partner) for f in facts if f.kind == "union"}
        self.unions = {union: frozenset(viewer.graphs(graphs)) for union, viewer in unions.items()}

    # ------------------------------------------------------------ sources

    def withdraw(self, name: str) -> SourceFact:
        """Take a source out; returns what was known of it."""
        self.outdated = True
        for path in (self.draft.said(name), self.draft.view(name), self.draft.subjects(name)):
            path.unlink(missing_ok=True)
        return self.facts.pop(name)

    def admit(self, intake: Intake) -> None:
        """Take a source in, or its new version; it is not in the store yet."""
        assert intake.fact
        old = self.facts.get(intake.name)
        if old and viewer_of(old) != viewer_of(intake.fact):
            self.outdated = True
        intake.move_into(self.draft)
        self.facts[intake.name] = intake.fact

    def name_things(self) -> None:
        """Find for each level in use former IRI → canonical IRI; kept in the draft."""
        judged = frozenset(i for j in self.judgements for i in (j.left, j.right))
        seen_from: dict[str, Viewer] = {}
        for fact in sorted(self.facts.values(), key=lambda f: LEVELS.index(f.visibility)):
            for iri in present(self.draft.subjects(fact.name), judged):
                seen_from.setdefault(iri, viewer_of(fact))
        self.names = {v: names_at(v, self.judgements, seen_from) for v in self.levels()}
        self.draft.keep_names({str(level): names for level, names in self.names.items()})

    def put(self, name: str) -> tuple[int, int]:
        """Bring the store from the old view of a source to the new; returns (removed, added)."""
        store, turn = self.draft.store, len(self.moved.get(name, ()))
        old, new = self.draft.view(name), self.draft.work(f"{name}.view")
        gone, come = (self.draft.work(f"{name}.{way}-{turn}") for way in ("gone", "come"))
        rewrite_quads(self.draft.said(name), new, self.names[viewer_of(self.facts[name])])
        if old.exists():
            removed, added = compare_quads(old, new, gone, come)
            much = removed * SLOW > sum(fact.quads for fact in self.facts.values())
            if (removed or added) and not much:
                store.change(gone, come, self.graphs_of(name), self.unions)
                for graph in self.graphs_of(name):
                    self.graph_facts.pop(graph, None)
            old.unlink()
        else:
            gone.touch()
            come.hardlink_to(new)
            much, removed, added = False, 0, self.facts[name].quads
            store.add_file(new, self.graphs_of(name), self.unions)
        new.rename(old)
        if much:
            self.fill_store()
        self.moved.setdefault(name, []).append((gone, come))
        self.movement.note(gone, come)
        return removed, added

    def find_move(self, name: str) -> tuple[Path, Path] | None:
        """The files of what the source said before and not now, and the reverse.

        None where they are not at hand, as where things have other names in the store.
        """
        moves = self.moved.get(name, ())
        older = self.previous.path if self.previous else self.draft.path
        plain = all(
            (view := folder / "view" / f"{name}.nq").exists()
            and view.samefile(folder / "said" / f"{name}.nq")
            for folder in (older, self.draft.path)
        )
        return moves[0] if len(moves) == 1 and plain else None

    def put_back(self, name: str) -> None:
        """Undo the taking in of one source: its last version, or nothing."""
        old = self.previous.manifest.source(name) if self.previous else None
        self.withdraw(name)
        if old and self.previous:
            self.facts[name] = old
            for folder in ("said", "view"):
                for suffix in SUFFIXES:
                    file = self.previous.path / folder / f"{name}.{suffix}"
                    if file.exists():
                        (self.draft.path / folder / file.name).hardlink_to(file)

    def count_moved(self, name: str) -> tuple[int, int]:
        """(removed, added) statements of a source against the last generation."""
        new = self.draft.view(name)
        old = self.previous.path / "view" / new.name if self.previous else None
        if not old or not old.exists():
            return 0, count_lines(new)
        return compare_quads(old, new, *map(self.draft.work, ("removed.nq", "added.nq")))

    def list_touched(self, name: str) -> set[str] | None:
        """The things of a source that shapes may judge otherwise than before; None for all."""
        known = self.previous and self.previous.manifest.source(name)
        if self.outdated or self.movement.everything or not known:
            return None
        said = self.graphs_of(name)[0]
        moved = (path for move in self.moved[name] for path in move)
        return find_touched(moved, said, partial(self.draft.store.select, graphs=[said]))

    # ------------------------------------------------------------ what the hub states itself

    @cached_property
    def ontology_file(self) -> Path:
        """The ontology as quads, among the draft's work. Raises Refused where it is no Turtle."""
        out, skolem = self.draft.work("ontology.nq"), f"{self.settings.root}genid/"
        paths = sorted(self.ontology_folder.glob("*.ttl"))
        write_turtle_as_quads(paths, self.ontology, skolem, out, base=self.settings.base)
        return out

    def put_ontology(self) -> None:
        """Put the ontology in place of the one before."""
        if self.previous:
            self.draft.store.remove_graph(self.ontology)
            self.outdated = True
        self.draft.store.add_file(self.ontology_file, [self.ontology], self.unions)

    def unite(self) -> dict[Viewer, str]:
        """Give each level its graph of identity and its union; returns level → union.

        Where anything is to go that is more than statements of a source, the store is filled anew:
        to take out what is large takes longer.
        """
        self.follow_unions()
        standing = self.unions.keys()
        self.copy_sources()
        graphs = self.list_graphs()
        unions = {viewer: self.own_graph("union", viewer) for viewer in self.levels()}
        self.unions = {u: frozenset(viewer.graphs(graphs)) for viewer, u in unions.items()}
        copied = self.previous and any(f.stands_for for f in self.previous.manifest.graphs)
        if self.outdated or self.copies or copied or standing != self.unions.keys():
            self.fill_store()
        for viewer in unions:
            self.state_identity(viewer)
        return unions

    def fill_store(self) -> None:
        """Fill an empty store with what the ontology and the sources say, each in its names."""
        self.draft.store.empty()
        self.graph_facts.clear()
        self.movement.everything = True
        files: list[tuple[Path, Sequence[str]]] = [(self.ontology_file, [self.ontology])]
        for name in self.facts:
            if (view := self.draft.view(name)).exists():
                files.append((view, self.graphs_of(name)))
        copies = iter(self.copies)
        files += [
            (self.draft.path / "view" / said.view, (said.iri, provenance.iri))
            for said, provenance in zip(copies, copies, strict=True)
        ]
        for file, graphs in files:
            self.draft.store.add_file(file, graphs, self.unions)

    def copy_sources(self) -> None:
        """Give levels whose judgements rename things in sources of lower levels copies of these.

        The lower levels' graphs stay as they are. What such a level sees is put together anew in
        each load, and so is what follows.
        """
        for path in (self.draft.path / "view").glob("*@*.nq"):
            path.unlink()
        for viewer in self.levels():
            for name, fact in sorted(self.facts.items()):
                own = self.names[viewer_of(fact)]
                other = {k: v for k, v in self.names[viewer].items() if own.get(k) != v}
                if other and viewer != viewer_of(fact) and viewer.sees(fact):
                    self.copy_source(name, viewer, other)

    def copy_source(self, name: str, viewer: Viewer, names: Mapping[str, str]) -> None:
        """Write the file of a source in a level's names; none where they are those it has."""
        renamed, view = self.draft.work(f"{name}.renamed"), self.draft.view(name)
        rewrite_quads(view, renamed, names)
        if renamed.samefile(view):
            return
        graph, provenance = self.graphs_of(name)
        own = f"{graph}/as/{str(viewer).replace(':', '/')}"
        graphs = {graph: own, provenance: f"{own}/provenance"}
        rewrite_quads(renamed, self.draft.view(name, viewer), graphs)
        for kind, (iri, copy) in zip(("said", "provenance"), graphs.items(), strict=True):
            fact = GraphFact(copy, viewer.level, viewer.partner, kind, name, stands_for=(iri,))
            self.copies.append(fact)

    def state_identity(self, viewer: Viewer) -> None:
        """Put the judgements known at a level into its graph of identity."""
        graph = self.own_graph("identity", viewer)
        judged = [judgement for judgement in self.judgements if judgement.viewer == viewer]
        files = [self.draft.said(name) for name, f in self.facts.items() if viewer.sees(f)]
        labels = name_records(files, (end for j in judged for end in (j.left, j.right)))
        lines = describe_judgements(self.settings, viewer, judged, self.names, labels)
        new = self.draft.work("identity.nq")
        new.write_text("".join(sorted(f"{line}\n" for line in set(lines))), encoding="utf-8")
        old = self.draft.path / "view" / f"{str(viewer).replace(':', '-')}.identity"
        if graph not in self.graph_facts:
            old.unlink(missing_ok=True)  # of a level that was out of use
        old.touch()
        gone, come = self.draft.work("gone.nq"), self.draft.work("come.nq")
        if any(compare_quads(old, new, gone, come)):
            self.draft.store.change(gone, come, [graph], self.unions)
            self.graph_facts.pop(graph, None)
            self.movement.note(gone, come)
        old.unlink()
        new.rename(old)


def viewer_of(fact: SourceFact) -> Viewer:
    """The lowest level that sees a source."""
    return Viewer(fact.visibility, fact.partner)
