"""Cities and regions: things of their own, shared by all sources, told apart by their country."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loaders.drafting.columns import ColumnReader
from loaders.drafting.profile import Column
from loaders.drafting.proposals import (
    LIKELY,
    Proposal,
    TableDraft,
    Thing,
    call,
    concat,
)
from loaders.drafting.vocabulary import Heading
from loaders.mapping.model import Call, Constant, Kind, Reference

CLASSES = {"mc:city": ("mc:City", "city"), "mc:region": ("mc:Region", "region")}


def add_places(
    reader: ColumnReader,
    draft: TableDraft,
    thing: Thing,
    columns: Sequence[Column],
    headings: Mapping[str, Heading],
) -> None:
    """Propose the places that columns of cities and regions name, for a thing that sits there.

    A place is ``place/<country>-<slug>``, as everywhere in the hub. Where the file gives no
    country, or not in every row that gives a city, it is left to a person: cities of one name in
    two countries would become one.
    """
    country = next((p for p in thing.proposals if p.predicate == "mc:country"), None)
    for column in columns:
        sense = headings[column.name].sense
        if sense not in reader.vocabulary.terms or sense not in CLASSES:
            continue
        class_, kind = CLASSES[sense]
        if any(p.predicate == sense for p in thing.proposals):
            draft.left[column.name] = f"another column says the {kind} already"
        elif why := _find_obstacle(reader, draft, column, country, kind):
            draft.left[column.name] = why
        else:
            assert country
            _add_place(reader, draft, thing, column, country, sense, class_, kind)


def _find_obstacle(
    reader: ColumnReader, draft: TableDraft, column: Column, country: Proposal | None, kind: str
) -> str:
    if obstacle := reader.find_obstacle(column):
        return obstacle
    if column.separator or column.several:
        return f"its cells hold several places, and it is not said which is the {kind}"
    if column.placeholders or not column.all_are("slug") or column.all_are("number"):
        return f"some of its values are no names of a {kind}"
    if not country:
        return (
            f"it names a {kind}, and no column its country, without which places of one name "
            "become one: add a column, or write the country into the mapping"
        )
    of_country = reader.columns[country.columns[0]]
    if of_country.separator or of_country.several:
        return f"the column ‘{of_country.name}’ gives several countries, and which is not said"
    missing = draft.profile.count_without([column], [of_country])
    if missing is None or missing:
        return f"{missing or 'some'} rows give a {kind} without a country"
    return ""


def _add_place(
    reader: ColumnReader, draft: TableDraft, thing: Thing, column: Column, country: Proposal,
    sense: str, class_: str, kind: str,
) -> None:  # fmt: skip
    of_country = reader.columns[country.columns[0]]
    code = reader.read_country(of_country)
    assert isinstance(code, Call), "the country was proposed"
    subject: Call = concat(
        Constant("place/"), call("lower", code), Constant("-"),
        call("slug", Reference(column.name)),
    )  # fmt: skip
    names = (column.name, of_country.name)
    taken = [other for other in draft.things if other.subject == subject]
    reason = f"‘{column.name}’ with the country in ‘{of_country.name}’"
    thing.proposals.append(Proposal(sense, subject, names, reason, LIKELY, Kind.IRI))
    if not of_country.all_are("country") or of_country.placeholders:
        thing.todo.append(f"where the country is not understood, the {kind} is left out with it")
    if taken:
        return
    place = Thing(
        kind if thing.name == thing.name.split("-")[0] else f"{thing.name}-{kind}",
        (class_,),
        subject,
        names,
        f"each {thing.name} sits in one",
        LIKELY,
        unique=False,
    )
    label = reader.read_value(column)
    named = "the name as the file writes it"
    place.proposals += [
        Proposal("rdfs:label", label, (column.name,), named, LIKELY),
        Proposal("mc:within", country.expression, country.columns, reason, LIKELY, Kind.IRI),
    ]
    draft.things.append(place)
