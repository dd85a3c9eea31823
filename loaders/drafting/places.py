"""Cities and regions: things of their own, shared by all sources, told apart by their country."""

from __future__ import annotations

from collections.abc import Sequence

from loaders.drafting.columns import ColumnReader
from loaders.drafting.profile import Column
from loaders.drafting.proposals import LIKELY, Proposal, Thing, call, concat
from loaders.mapping.model import Constant, Kind, Reference

CLASSES = {"mc:city": ("mc:City", "city"), "mc:region": ("mc:Region", "region")}


def add_places(reader: ColumnReader, thing: Thing, columns: Sequence[Column]) -> None:
    """Propose the places that columns of cities and regions name, for a thing that sits there.

    A place is ``place/<country>-<slug>``, as everywhere in the hub. Where the file gives no
    country, or not in every row that gives a city, it is left to a person: cities of one name in
    two countries would become one.
    """
    country = next((p for p in thing.proposals if p.predicate == "mc:country"), None)
    for column in columns:
        sense = column.sense
        if sense not in reader.vocabulary.terms:
            continue
        of_country = reader.columns[country.columns[0]] if country else None
        if any(p.predicate == sense for p in thing.proposals):
            why = f"another column says the {CLASSES[sense][1]} already"
        else:
            why = _find_obstacle(reader, column, of_country, CLASSES[sense][1])
        if why or not (country and of_country):
            reader.draft.left[column.name] = why
        else:
            _add_place(reader, thing, column, country, of_country, sense)


def _find_obstacle(
    reader: ColumnReader, column: Column, of_country: Column | None, kind: str
) -> str:
    if obstacle := reader.find_obstacle(column):
        return obstacle
    if column.separator or column.several:
        return f"its cells hold several places, and it is not said which is the {kind}"
    if column.placeholders or not column.are("slug") or column.are("number"):
        return f"some of its values are no names of a {kind}"
    if not of_country:
        return (
            f"it names a {kind}, and no column its country, without which places of one name "
            "become one: add a column, or write the country into the mapping"
        )
    if of_country.separator or of_country.several:
        return f"the column “{of_country.name}” gives several countries, and which is not said"
    missing = reader.draft.profile.count_without([column], [of_country])
    if missing is None or missing:
        return f"{missing or 'some'} rows give a {kind} without a country"
    return ""


def _add_place(
    reader: ColumnReader, thing: Thing, column: Column, country: Proposal, of_country: Column,
    sense: str,
) -> None:  # fmt: skip
    class_, kind = CLASSES[sense]
    code, told = reader.read_country(of_country)
    assert code, "the country was proposed"
    slug = call("slug", Reference(column.name))
    subject = concat(Constant("place/"), call("lower", code), Constant("-"), slug)
    names = (column.name, of_country.name)
    reason = f"“{column.name}” with the country in “{of_country.name}”"
    thing.proposals.append(Proposal(sense, subject, names, reason, LIKELY, Kind.IRI))
    if told:
        thing.todo.append(f"where the country is not understood, the {kind} is left out with it")
    if any(other.subject == subject for other in reader.draft.things):
        return
    name = kind if "-" not in thing.name else f"{thing.name}-{kind}"
    why = f"each {thing.name} sits in one"
    place = Thing(name, (class_,), subject, names, why, LIKELY, unique=False)
    label, named = reader.read_value(column), "the name as the file writes it"
    place.proposals += [
        Proposal("rdfs:label", label, (column.name,), named, LIKELY),
        Proposal("mc:within", country.expression, country.columns, reason, LIKELY, Kind.IRI),
    ]
    reader.draft.things.append(place)
