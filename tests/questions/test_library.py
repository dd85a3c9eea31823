"""The library as files: complete, plain SPARQL, in the ontology's own terms; and how it refuses."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pyoxigraph
import pytest
import rdflib

from hub.errors import NotFound, Refused
from hub.questions import Column, Parameter, Question, read_library
from hub.settings import resource_folder
from hub.vocabulary import MC

LIBRARY = read_library(resource_folder("queries"))
QUESTIONS = [pytest.param(q, id=q.name) for q in LIBRARY]


def terms_of(text: str) -> set[str]:
    return set(re.findall(r"\bmc:\w+", text))


@cache
def declared_terms() -> set[str]:
    ontology = rdflib.Graph()
    for path in resource_folder("ontology").glob("*.ttl"):
        ontology.parse(path)
    subjects = {str(s) for s in ontology.subjects(rdflib.RDF.type)}
    return {"mc:" + s.removeprefix(MC) for s in subjects if s.startswith(MC) and s != MC}


@pytest.mark.parametrize("question", QUESTIONS)
def test_query_is_plain_sparql_and_gives_the_columns_described(question: Question) -> None:
    found = pyoxigraph.Store().query(question.text)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    assert [v.value for v in found.variables] == [c.name for c in question.columns]


@pytest.mark.parametrize("question", QUESTIONS)
def test_metadata_tells_a_reader_what_and_why(question: Question) -> None:
    assert question.title.endswith("?")
    assert len(question.description) > 60
    assert len(question.why) > 40
    assert question.tags == tuple(dict.fromkeys(question.tags))
    named: list[Parameter | Column] = [*question.parameters, *question.columns]
    assert all(n.label and n.description.endswith((".", "…")) for n in named)


@pytest.mark.parametrize("name", LIBRARY.texts)
def test_every_query_is_sparql_in_declared_terms(name: str) -> None:
    pyoxigraph.Store().query(LIBRARY.text(name))
    assert terms_of(LIBRARY.text(name)) <= declared_terms()


def test_every_term_of_the_ontology_is_needed_by_a_question() -> None:
    used = set().union(*(terms_of(question.text) for question in LIBRARY))
    assert declared_terms() - used == set()


def test_library_holds_what_was_asked_for() -> None:
    assert len(LIBRARY.questions) >= 28
    assert LIBRARY.text("market-barriers") == LIBRARY["market-barriers"].text


def test_unknown_question_names_the_nearest() -> None:
    with pytest.raises(NotFound, match="market-barriers"):
        LIBRARY["market-bariers"]


GOOD = """\
#+ title: Which things are there?
#+ description: All of them.
#+ why: To see them.
#+ tags: [things]
#+ parameters:
#+   kind: {type: choice, label: Kind, description: A kind., required: false, choices: {a: mc:City}}
#+ columns:
#+   thing: {type: thing, label: Thing, description: The thing.}
SELECT ?thing WHERE { ?thing a ?kind }
"""


def test_pages_in_a_folder_are_texts_and_not_questions(tmp_path: Path) -> None:
    (tmp_path / "things.rq").write_text(GOOD)
    (tmp_path / "pages").mkdir()
    page = "#+ title: A thing\n#+ description: What a page shows.\nSELECT * WHERE { ?s ?p ?o }\n"
    (tmp_path / "pages" / "thing.rq").write_text(page)
    library = read_library(tmp_path)
    assert list(library.questions) == ["things"]
    assert library.text("pages/thing") == page
    assert library["things"].parameters[0].choices == {"a": "mc:City"}


def test_concepts_come_under_the_base_of_the_hub() -> None:
    moved = read_library(resource_folder("queries"), "https://hub.example.org/id/")
    assert "<https://hub.example.org/id/concept/gap>" in moved.text("capability-gaps")
    sizes = moved["needs-by-company-size"].parameters[0].choices
    assert sizes["sme"] == "https://hub.example.org/id/concept/company-size/sme"


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (("#+ why: To see them.\n", ""), 1, "lacks “why”"),
        (("#+ tags", "#+ tag"), 4, "no key “tag”; title"),
        (("description: All", "description: %All"), 2, "not YAML"),
        (("#+ why: To see them.\n", "#+ why: To.\n#+ why: See.\n"), 4, "“why” twice"),
        (("type: choice", "type: chioce"), 6, "must be one of iri, text"),
        (("required: false", "required: maybe"), 6, "must be one of true, false"),
        (("required: false", "required: true"), 6, "has no example"),
        (("required: false", "required: false, default: b"), 6, "“b” is not among the choices"),
        ((", choices: {a: mc:City}", ""), 6, "lacks “choices”"),
        (("#+   kind:", "#+   sort:"), 6, r"no variable \?sort"),
        (("#+   thing: {type: thing", "#+   thing: {kind: thing"), 8, "no key “kind”"),
        (("label: Thing", "label: [Thing]"), 8, "must be a text"),
        (("#+ title: Which things are there?\n", "# nothing\n"), 1, "no metadata"),
        (("#+ tags: [things]", "#+ tags: []"), 4, "list of texts"),
    ],
)
def test_mistake_is_refused_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, says: str
) -> None:
    assert change[0] in GOOD
    (tmp_path / "things.rq").write_text(GOOD.replace(*change))
    with pytest.raises(Refused, match=says) as refusal:
        read_library(tmp_path)
    assert refusal.value.where == f"things.rq, line {line}"


def test_empty_or_unreadable_library_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="empty"):
        read_library(tmp_path)
    (tmp_path / "things.rq").write_bytes(b"\xff\xfe")
    with pytest.raises(Refused, match="cannot be read"):
        read_library(tmp_path)


def test_readme_lists_every_question() -> None:
    readme = (resource_folder("queries") / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(.+)\]\(\1\.rq\) \| (.+) \|$", readme, re.MULTILINE)
    assert listed == [(question.name, question.title) for question in LIBRARY]
