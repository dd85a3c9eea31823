"""Every question against the bundled sources, each answer as a reader of the documents gives it."""

from __future__ import annotations

import pytest

from hub.access import Viewer
from hub.hub import Hub
from hub.questions import Answer, Question, ask, read_library
from hub.settings import resource_folder
from hub.terms import Term
from hub.vocabulary import NAMESPACES
from tests.questions.expected import EXPECTED
from tests.questions.expected.answers import Expected

LIBRARY = read_library(resource_folder("queries"))


def cells(answer: Answer, columns: str) -> set[tuple[str, ...]]:
    places = [[c.name for c in answer.columns].index(name) for name in columns.split()]
    return {tuple(answer.show(row[place]) for place in places) for row in answer.rows}


def fold(name: str) -> str:
    """Sources differ in “bioXclusters” and “BioXclusters”, and in titles before a name."""
    return name.casefold().removeprefix("dr. ")


@pytest.mark.parametrize("expected", EXPECTED, ids=str)
def test_answer_is_what_the_documents_say(hub: Hub, expected: Expected) -> None:
    answer = ask(hub, LIBRARY[expected.question], expected.values, expected.viewer)
    found = {tuple(map(fold, row)) for row in cells(answer, expected.columns)}
    wanted = {tuple(map(fold, row)) for row in expected.rows}
    assert wanted - found == set()
    assert expected.more or found - wanted == set()


@pytest.mark.parametrize("name", LIBRARY.questions)
def test_every_question_has_a_checked_answer(name: str) -> None:
    assert any(expected.question == name and expected.rows for expected in EXPECTED)


@pytest.mark.parametrize("question", list(LIBRARY), ids=lambda q: q.name)
def test_examples_have_an_answer_of_the_types_declared(hub: Hub, question: Question) -> None:
    answer = ask(hub, question, question.examples, Viewer(question.audience))
    assert answer.rows
    for place, column in enumerate(answer.columns):
        terms = [row[place] for row in answer.rows if row[place]]
        assert all(is_of(term, column.type) for term in terms), column.name
    assert len({len(line) for line in answer.table()}) == 1
    assert len(answer.as_dict()["rows"]) == len(answer.rows)  # type: ignore[arg-type]


def is_of(term: Term | None, kind: str) -> bool:
    if term is None:
        return False
    name = term.datatype.removeprefix(NAMESPACES["xsd"])
    if kind == "thing":
        return term.kind == "iri"
    if kind == "number":
        return name in ("integer", "decimal")
    if kind == "date":
        return name in ("gYear", "gYearMonth", "date", "dateTime")
    return kind == "any" or term.kind == "literal"


def test_every_parameter_narrows_its_answer(hub: Hub) -> None:
    """An optional parameter that is bound gives a part of what the free one gives."""
    for question in LIBRARY:
        optional = [p for p in question.parameters if not p.required and p.example]
        viewer = Viewer(question.audience)
        for parameter in optional:
            if parameter.default:
                continue
            narrow = {n: v for n, v in question.examples.items() if n == parameter.name}
            needed = {p.name: p.example for p in question.parameters if p.required}
            few = set(ask(hub, question, needed | narrow, viewer).rows)
            all_ = set(ask(hub, question, needed, viewer).rows)
            assert few < all_, (question.name, parameter.name)
