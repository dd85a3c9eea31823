"""What the hub itself states: about sources and their files, and about judgements of identity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hub.access import PUBLIC, Viewer
from hub.identity import Judgement
from hub.settings import Settings
from hub.store.manifest import SourceFact
from hub.terms import Term
from hub.vocabulary import NAMESPACES, expand
from loaders.provenance import write_file_iri

XSD = NAMESPACES["xsd"]


def iri(value: str) -> Term:
    return Term("iri", expand(value))


def text(value: str, datatype: str = "") -> Term:
    return Term("literal", value, "", XSD + datatype if datatype else "")


def quads(subject: str, values: Mapping[str, Term | None], graph: str) -> Iterator[str]:
    """N-Quads lines, one for each value that there is."""
    for name, value in values.items():
        if value is not None and value.value:
            yield f"<{subject}> {iri(name).n3()} {value.n3()} <{graph}> ."


def describe_source(settings: Settings, fact: SourceFact) -> Iterator[str]:
    """N-Quads about a source and its files, for its graph of provenance.

    The source is the graph that holds what it says, so that `GRAPH ?g { … } ?g mc:owner ?owner`
    tells who says so.
    """
    source = settings.graph(fact.name)
    graph = source + "/provenance"
    load = f"{settings.base}load/{fact.name}.{fact.load}"
    yield from quads(
        source,
        {
            "rdf:type": iri("mc:Source"),
            "rdfs:label": text(fact.title),
            "dcterms:identifier": text(fact.name),
            "mc:owner": text(fact.owner),
            "mc:visibility": text(fact.visibility),
            "dcterms:rights": text(fact.licence),
            "dcterms:description": text(fact.description),
            "mc:loadedAt": text(fact.loaded, "dateTime"),
            "prov:wasGeneratedBy": iri(load),
        },
        graph,
    )
    yield from quads(
        load,
        {
            "rdf:type": iri("mc:Load"),
            "rdfs:label": text(f"Load {fact.load} of {fact.title}"),
            "prov:endedAtTime": text(fact.loaded, "dateTime"),
        },
        graph,
    )
    # Said here, what follows from it stays as it is when nothing but the load is new.
    yield from quads(load, {"rdf:type": iri("prov:Activity")}, graph)
    for file in fact.files:
        name = write_file_iri(settings.base, fact.name, file["name"])
        yield from quads(load, {"prov:used": iri(name)}, graph)
        yield from quads(
            name,
            {
                "rdf:type": iri("mc:SourceFile"),
                "rdfs:label": text(file["name"]),
                "mc:fileOf": iri(source),
                "mc:sha256": text(file["sha256"]),
                "mc:bytes": text(str(file["bytes"]), "integer"),
            },
            graph,
        )


def describe_judgements(
    settings: Settings,
    viewer: Viewer,
    judgements: Iterable[Judgement],
    names: Mapping[Viewer, Mapping[str, str]],
    labels: Mapping[str, str],
) -> Iterator[str]:
    """N-Quads about the `judgements` of a level, and which IRI replaces which there.

    `labels` are what the sources seen there call the records, each by itself.
    """
    graph = settings.graph(f"identity/{str(viewer).replace(':', '/')}")
    for judgement in judgements:
        yield from quads(
            f"{settings.base}judgement/{judgement.iri}",
            {
                "rdf:type": iri("mc:Judgement"),
                "mc:verdict": text(judgement.verdict),
                "mc:left": iri(judgement.left),
                "mc:right": iri(judgement.right),
                "mc:leftLabel": text(labels.get(judgement.left, "")),
                "mc:rightLabel": text(labels.get(judgement.right, "")),
                "mc:judgedBy": text(judgement.by),
                "mc:judgedOn": text(judgement.date, "date" if judgement.date else ""),
                "mc:reason": text(judgement.reason),
            },
            graph,
        )
    lower = names.get(PUBLIC, {}) if viewer != PUBLIC else {}
    for former, canonical in sorted(names.get(viewer, {}).items()):
        if lower.get(former) != canonical:
            yield from quads(former, {"dcterms:isReplacedBy": iri(canonical)}, graph)
