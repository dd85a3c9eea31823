"""Steps 5 and 6 of a load: what follows from the contents of a draft, and the switch to it.

Only what moved is made anew; what was made of what stands is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hub
from hub.access import PUBLIC, Viewer
from hub.accounts.audit import head
from hub.history import now
from hub.paths.strength import read_table
from hub.publishing.contents import Contents
from hub.publishing.derivation import Rule, read_rules, renew
from hub.publishing.report import Progress
from hub.search import build_index, renew_index
from hub.store.files import count_lines
from hub.store.generations import Generation
from hub.store.manifest import GraphFact, Manifest
from hub.terms import Term
from hub.vocabulary import RDF_TYPE

MADE_OF = "made_of.json"  # the predicates and classes that the ties of a generation are made of


def make_generation(
    contents: Contents, identity: str, ontology: str, progress: Progress, keep: int
) -> Generation:
    """Derive, index, gather the ties, verify and publish the draft.

    `identity` and `ontology` are hashes of the judgements and of the ontology; of older generations
    the newest `keep` stay. Raises HubError where the disk does not hold what is expected.
    """
    draft = contents.draft
    progress("uniting what each level sees", 0, None)
    unions = contents.unite()
    graphs = contents.list_graphs()
    rules = read_rules(draft.store, contents.ontology)
    with ThreadPoolExecutor(1) as beside:
        indexing = beside.submit(index_names, contents, [graph.iri for graph in graphs])
        derive_levels(contents, rules, unions, progress)
        indexing.result()
    progress("gathering ties", 0, None)
    gather_ties(contents, rules, graphs)
    progress("verifying", 0, None)
    graphs += [GraphFact(u, v.level, v.partner, "union") for v, u in unions.items()]
    manifest = Manifest(
        number=draft.number,
        created=now(),
        base=contents.settings.base,
        software=hub.__version__,
        ontology=ontology,
        identity=identity,
        erased=contents.erased,
        sources=tuple(fact for _, fact in sorted(contents.facts.items())),
        graphs=tuple(contents.graph_facts.get(graph.iri, graph) for graph in graphs),
        audit=str(head(contents.settings.data)),
    )
    views: dict[str, list[str]] = {}
    for graph in graphs:
        if graph.source:
            views.setdefault(graph.view, []).append(graph.iri)
    folder = draft.path / "view"
    expected = {tuple(iris): count_lines(folder / view) for view, iris in views.items()}
    return draft.publish(manifest, keep, expected)


def derive_levels(
    contents: Contents, rules: Sequence[Rule], unions: Mapping[Viewer, str], progress: Progress
) -> None:
    """Bring up to date what follows at each level, lower ones first."""
    store, work = contents.draft.store, contents.draft.work("derived.nt")
    for viewer, union in unions.items():
        progress(f"deriving what follows, for {viewer}", 0, None)
        target = contents.own_graph("derived", viewer)
        repeated = sum(
            store.remove_repeated(target, come)
            for name, moves in contents.moved.items()
            if contents.graphs_of(name)[0] in contents.unions[union]
            for _, come in moves
        )
        place = (target, union, contents.unions, contents.movement, viewer == PUBLIC)
        if renew(store, rules, *place, work, progress) or repeated:
            contents.graph_facts.pop(target, None)


def index_names(contents: Contents, graphs: Sequence[str]) -> None:
    """Index the names of things: all of them, or what moved in the index of before."""
    draft, path = contents.draft, contents.draft.path / "search.sqlite"
    if contents.previous and not contents.movement.everything:
        renew_index(contents.previous.search, path, graphs, contents.moved)
    else:
        files = [contents.ontology_file, *list_views(contents)]
        build_index(draft.store, contents.ontology, graphs, files, path)


def gather_ties(contents: Contents, rules: Sequence[Rule], graphs: Sequence[GraphFact]) -> None:
    """Gather the ties, or keep those of before where nothing moved that they are made of."""
    draft, previous, folder = contents.draft, contents.previous, contents.draft.path / "ties"
    others = [graph.iri for graph in graphs if graph.kind not in {"said", "provenance"}]

    def select(query: str) -> Iterator[dict[str, Term]]:
        return draft.store.select(query, others)

    kept = previous.ties if previous else None
    if kept and (kept / MADE_OF).exists() and not contents.movement.everything:
        made_of = set(json.loads((kept / MADE_OF).read_text(encoding="utf-8")))
        if not made_of & contents.movement.spread(rules):
            folder.mkdir()
            for file in kept.iterdir():
                (folder / file.name).hardlink_to(file)
            return
    from hub.paths.evidence import build_ties, list_classes, list_properties  # and numpy

    table = read_table(select)
    build_ties(list_views(contents), select, folder, table, kept)
    names = {*list_properties(), *list_classes(table)} - {RDF_TYPE}
    (folder / MADE_OF).write_text(json.dumps(sorted(names), indent=0), encoding="utf-8")


def list_views(contents: Contents) -> list[Path]:
    """The files of what sources say, in the names of their own and of higher levels."""
    return sorted((contents.draft.path / "view").glob("*.nq"))
