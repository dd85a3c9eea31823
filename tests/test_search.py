"""Finding by name: accents, beginnings, mistakes, many scripts; and nothing that is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.search import Hit, Index, build_index, choose_name, fold
from hub.store.files import sort_quads
from hub.store.quads import QuadStore
from hub.terms import Term
from hub.vocabulary import NAMESPACES, RDF_TYPE, expand

PUBLIC, HIDDEN, ONTOLOGY = "urn:public", "urn:hidden", "urn:ontology"


def line(subject: str, predicate: str, value: Term, graph: str) -> str:
    return f"<urn:{subject}> <{expand(predicate)}> {value.n3()} <{graph}> .\n"


def label(subject: str, text: str, language: str = "", graph: str = PUBLIC) -> str:
    return line(subject, "rdfs:label", Term("literal", text, language), graph)


def make(folder: Path, lines: Sequence[str]) -> Index:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "view.nq"
    file.write_text("".join(lines), encoding="utf-8")
    sort_quads(file)
    store = QuadStore(folder / "store")
    store.add_file(file, [], {})
    path = folder / "search.sqlite"
    build_index(store, ONTOLOGY, [PUBLIC, HIDDEN, ONTOLOGY], [file], path)
    store.close()
    return Index(path)


def names(hits: Sequence[Hit]) -> list[str]:
    return [hit.iri.removeprefix("urn:") for hit in hits]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    cluster, kind = Term("iri", "urn:Cluster"), Term("iri", "urn:Organisation")
    return make(
        tmp_path_factory.mktemp("index"),
        [
            label("biocat", "Biocat", "ca"),
            line("biocat", RDF_TYPE, cluster, PUBLIC),
            line("Cluster", NAMESPACES["rdfs"] + "subClassOf", kind, ONTOLOGY),
            label("sp", "São Paulo"),
            label("park", "Zhangjiang Hi-Tech Park", "en"),
            label("park", "张江高科技园区", "zh"),
            label("secret", "Biocat Secret Office", graph=HIDDEN),
            label("park", "Secret Park", graph=HIDDEN),
            line("park", RDF_TYPE, cluster, HIDDEN),
        ],
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Biocat", ["biocat"]),
        ("BIOCAT", ["biocat"]),
        ("bio", ["biocat"]),
        ("sao paulo", ["sp"]),
        ("paulo são", ["sp"]),
        ("Zhang park", ["park"]),
        ("张江", ["park"]),
        ("biokat", ["biocat"]),
        ("Zhangjang Hi-Tec Park", ["park"]),
        ("secret", []),
        ('"', []),
        ("NEAR( * OR", []),
        ("", []),
    ],
)
def test_what_is_found(index: Index, text: str, found: list[str]) -> None:
    assert names(index.find(text, [PUBLIC])) == found


def test_the_hidden_is_found_by_who_may_see_it(index: Index) -> None:
    assert set(names(index.find("secret", [PUBLIC, HIDDEN]))) == {"secret", "park"}
    assert names(index.named("secret park", [PUBLIC])) == []
    assert index.look_up(["urn:secret"], [PUBLIC]) == {}


def test_classes_above_are_told_only_where_the_class_is_seen(index: Index) -> None:
    assert index.look_up(["urn:biocat"], [PUBLIC])["urn:biocat"].types == (
        "urn:Cluster", "urn:Organisation",
    )  # fmt: skip
    assert index.look_up(["urn:park"], [PUBLIC])["urn:park"].types == ()
    assert index.count(["urn:Organisation"], [PUBLIC]) == {"urn:Organisation": 1}
    assert index.count(["urn:Organisation"], [PUBLIC, HIDDEN]) == {"urn:Organisation": 2}
    assert names(index.of_class("urn:Organisation", [PUBLIC])) == ["biocat"]


def test_the_main_name_is_the_one_that_most_sources_state(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        [
            line("acme", "skos:altLabel", Term("literal", "Acme", "en"), PUBLIC),
            label("acme", "Acme Photonics GmbH", "en"),
            label("acme", "ACME Photonics", "en"),
            label("acme", "ACME Photonics", "en", graph=HIDDEN),
            label("acme", "Zwei", "de"),
            label("plain", "plain"),
            label("plain", "Deutsch", "de"),
        ],
    )
    both = index.look_up(["urn:acme", "urn:plain", "urn:none"], [PUBLIC, HIDDEN])
    assert {iri: hit.label for iri, hit in both.items()} == {
        "urn:acme": "ACME Photonics", "urn:plain": "plain",
    }  # fmt: skip
    assert choose_name([]) == ("", "")
    few = [(0, "en", "B"), (0, "en", "A"), (1, "en-GB", "C"), (2, "en", "C"), (2, "en", "C")]
    assert choose_name(few) == choose_name(reversed(few)) == ("A", "en")


def test_folding_forgets_accents_case_and_blanks() -> None:
    assert fold("  Àrea   METROPOLITANA ") == "area metropolitana"


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    named=st.lists(st.tuples(st.sampled_from("abcd"), texts, st.booleans()), max_size=6),
    asked=texts,
)
def test_hidden_names_change_no_answer(
    tmp_path: Path, named: list[tuple[str, str, bool]], asked: str
) -> None:
    number = len(list(tmp_path.iterdir()))
    lines = [label(who, text, graph=HIDDEN if hide else PUBLIC) for who, text, hide in named]
    both = make(tmp_path / f"both{number}", lines)
    alone = make(tmp_path / f"alone{number}", [each for each in lines if HIDDEN not in each])
    for text in (asked, *(text for _, text, _ in named)):
        assert both.find(text, [PUBLIC]) == alone.find(text, [PUBLIC])
        assert both.named(text, [PUBLIC]) == alone.named(text, [PUBLIC])
    everybody = [f"urn:{who}" for who in "abcd"]
    assert both.look_up(everybody, [PUBLIC]) == alone.look_up(everybody, [PUBLIC])
