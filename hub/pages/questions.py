"""The form of a question: a field for each parameter, with choices from the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hub.pages.reader import Reader
from hub.questions import Parameter, Question
from hub.vocabulary import expand

FEW = 200  # things that a field lists; more are looked up while one types


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as a field of a form.

    `offered` are values and what they are called: the things of the parameter's classes, each by
    its name, or by its IRI where another has the same name. Empty where there are too many.
    """

    parameter: Parameter
    value: str
    offered: tuple[tuple[str, str], ...]


def read_fields(reader: Reader, question: Question, values: Mapping[str, str]) -> Iterator[Field]:
    """The fields of a question with the values given."""
    for parameter in question.parameters:
        classes = [expand(name) for name in parameter.classes]
        offered = tuple(_offer(reader, classes)) if classes else ()
        yield Field(parameter, values.get(parameter.name, ""), offered)


def _offer(reader: Reader, classes: list[str]) -> list[tuple[str, str]]:
    index, graphs = reader.hub.served.index, reader.hub.graphs(reader.viewer)
    found: dict[str, str] = {}
    for name in classes:
        found |= {hit.iri: hit.label for hit in index.of_class(name, graphs, FEW + 1)}
        if len(found) > FEW:
            return []
    same = Counter(label.casefold() for label in found.values())
    return sorted(
        ((iri if same[label.casefold()] > 1 else label, label) for iri, label in found.items()),
        key=lambda one: one[1].casefold(),
    )
