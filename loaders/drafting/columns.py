"""What a single column says of the thing it belongs to: a property, or the reason why none."""

from __future__ import annotations

from collections import Counter
from itertools import chain, count

from loaders.drafting.identifiers import WORDS, know_country
from loaders.drafting.profile import NEARLY, Column
from loaders.drafting.proposals import (
    GUESS,
    LIKELY,
    SURE,
    Proposal,
    TableDraft,
    call,
    concat,
    fill_table,
    show_columns,
)
from loaders.drafting.vocabulary import Vocabulary
from loaders.findings import show_text
from loaders.mapping.functions import write_name
from loaders.mapping.model import Call, Constant, Expression, Kind, Reference
from loaders.namespaces import expand

SCHEMES = {
    "mc:inRole": ("role",),
    "mc:activeIn": ("sector",),
    "mc:knowsAbout": ("topic", "sector"),
    "mc:agreementKind": ("agreement-kind",),
}
# Properties whose values have a form of their own, and what makes them of it.
FORMED = {
    "schema:email": ("email", ""), "schema:telephone": ("phone", ""),
    "foaf:homepage": ("site", "webAddress"), "mc:speaks": ("language", "languageCode"),
}  # fmt: skip
SINGLE = ("schema:foundingDate", "schema:startDate", "schema:endDate", "mc:signed",
          "schema:validFrom", "schema:validThrough")  # fmt: skip
PERSONAL = ("schema:email", "schema:telephone")
TEXTS = ("skos:altLabel", "dcterms:description", "schema:address", "mc:programme")
# Where half the values of a list are not in the hub's, a table would be a list of gaps.
LEAST_KNOWN = 0.5
LONGEST_TABLE = 40

# A property, or why there is none.
Answer = Proposal | str
# What registers call an organisation.
NUMBERS = frozenset({"schema:identifier", "schema:vatID", "schema:leiCode", "mc:pic"})


class ColumnReader:
    """Proposes properties for the columns of one table; look-up tables go into its draft."""

    def __init__(self, vocabulary: Vocabulary, draft: TableDraft, taken: set[str]) -> None:
        self.vocabulary, self.draft, self.taken = vocabulary, draft, taken
        self.columns = {column.name: column for column in draft.profile.columns}

    def propose(self, column: Column, predicate: str) -> Answer:
        """The property as the column can fill it without failing a row, or why it cannot."""
        if reason := self.find_obstacle(column, predicate):
            return reason
        term, heading = self.vocabulary.terms[predicate], column.heading
        confidence = LIKELY if heading.exact else GUESS
        reason = f"the heading says “{term.label}”"
        if heading.sense != predicate:
            reason, confidence = f"it holds {WORDS.get(column.kind(), 'such values')}", LIKELY
        if predicate in SINGLE:
            return self._propose_date(column, predicate, reason, confidence)
        if predicate in FORMED:
            return self._propose_formed(column, predicate, reason)
        if predicate in SCHEMES:
            return self._propose_concepts(column, predicate, reason)
        if predicate == "mc:country":
            return self._propose_country(column, reason)
        if predicate in TEXTS:
            return self._propose_text(column, predicate, reason, confidence)
        if predicate in NUMBERS:
            value = self.read_value(column)
            return Proposal(predicate, value, (column.name,), reason, confidence)
        return "the drafter does not know how to fill this property"

    def find_obstacle(self, column: Column, predicate: str = "") -> str:
        """What keeps a column from being mapped at all; empty when nothing does."""
        if not column.filled:
            return "it is empty in every row"
        if column.forbidden:
            return "some of its values hold control characters, which no literal may"
        several = column.separator or column.several
        if several and predicate in SINGLE:
            return "its cells hold lists, and there can be only one such date"
        return ""

    def read_value(self, column: Column) -> Expression:
        """The column's value: the parts of its lists, without needless space."""
        value: Expression = Reference(column.name)
        if column.separator:
            return call("split", value, separator=column.separator)
        return call("trim", value) if column.untidy else value

    def propose_class(self, column: Column, kind: str) -> Answer:
        """The class by a column of kinds, or by one of yes and no that is called like a class."""
        if reason := self.find_obstacle(column):
            return reason
        if (values := self._list_values(column)) is None:
            return "it holds too many different values to be a list of kinds"
        found = {value: self.vocabulary.find_kind(value) for value in values}
        said = self.vocabulary.find_kind(column.name)
        answers = {value: self.vocabulary.answers.get(value.casefold()) for value in values}
        if said and len(values) < 3 and None not in answers.values():
            found = {value: said if answer else "" for value, answer in answers.items()}
        found = {v: name for v, name in found.items() if name and self.vocabulary.is_a(name, kind)}
        found = {v: name for v, name in found.items() if name != kind or len(found) > 1}
        if not found:
            return "none of its values is a kind of thing that the ontology has"
        value, gaps = self.look_up(column, {v: expand(name) for v, name in found.items()})
        reason = f"{len(found)} of its {len(values)} values name a class of the ontology{gaps}"
        return Proposal("a", value, (column.name,), reason, LIKELY, Kind.IRI)

    # Properties, by the form that their values must have.

    def _propose_date(self, column: Column, predicate: str, reason: str, confidence: str) -> Answer:
        plain, *orders = (column.fits.get(f"date{order}", 0) for order in ("", "-dmy", "-mdy"))
        order = "" if plain == max(orders) else "dmy" if orders[0] >= orders[1] else "mdy"
        form = f"date-{order}".rstrip("-")
        if not column.are(form, NEARLY):
            if column.are("date", NEARLY):
                return "it mixes dates with the day first and dates with the month first"
            return self._tell_misfit(column, form)
        if order and orders[0] == orders[1]:
            return "its dates can be read in two ways: write mcf:date with mcf:order dmy or mdy"
        value: Expression = Reference(column.name)
        if column.placeholders:
            only = next(iter(column.placeholders))
            if len(column.placeholders) > 1 or not only.isalpha():
                return f"{show_columns(column.placeholders)} stands in some cells for nothing"
            # To split at “NA” leaves nothing of a cell that holds only this, and dates as they are.
            value = call("split", value, separator=only)
            reason += f"; a cell with “{only}” is taken as empty"
        value = call("date", value, order=order)
        if told := self._tell_few(column, form):
            reason += told
        else:
            reason, confidence = f"{reason}, and every value is a date", SURE
        return Proposal(predicate, value, (column.name,), reason, confidence, single=True)

    def _propose_formed(self, column: Column, predicate: str, reason: str) -> Answer:
        form, function = FORMED[predicate]
        if not column.are(form, NEARLY) or column.placeholders:
            return self._tell_misfit(column, form)
        value, told = self.read_value(column), self._tell_few(column, form)
        value = value if not function or column.are("web") else call(function, value)
        confidence = LIKELY if told else SURE
        reason += told or f", and every value is one of {WORDS[form]}"
        kind = Kind.IRI if form == "site" else Kind.LITERAL
        columns, personal = (column.name,), predicate in PERSONAL
        return Proposal(predicate, value, columns, reason, confidence, kind, personal=personal)

    def _propose_text(self, column: Column, predicate: str, reason: str, confidence: str) -> Answer:
        if column.placeholders:
            told = f"{show_columns(column.placeholders)} stands in some cells for nothing, and "
            return (
                f"{told}would be taken for a text: ask for empty cells, then map it to {predicate}"
            )
        value = self.read_value(column)
        if predicate in ("dcterms:description", "schema:address") and column.separator:
            value = Reference(column.name)
        return Proposal(
            predicate, value, (column.name,), reason, confidence, language=column.heading.language
        )

    def _propose_concepts(self, column: Column, predicate: str, reason: str) -> Answer:
        schemes = SCHEMES[predicate]
        if (values := self._list_values(column)) is None:
            return f"it holds too many different values for a table of {schemes[0]}s"
        found = {v: self.vocabulary.find_concept(v, schemes) for v in values}
        found = {value: concept for value, concept in found.items() if concept}
        if len(found) < LEAST_KNOWN * len(values):
            return (
                f"only {len(found)} of its {len(values)} values stand in the hub's list of "
                f"{schemes[0]}s: translate them by a table, or have them added to the list"
            )
        value, gaps = self.look_up(column, found)
        reason += f", and {len(found)} of its {len(values)} values stand in the hub's list{gaps}"
        return Proposal(predicate, value, (column.name,), reason, LIKELY, Kind.IRI)

    def _propose_country(self, column: Column, reason: str) -> Answer:
        code, told = self.read_country(column)
        if code is None:
            return told
        confidence = LIKELY if told else SURE
        reason += told or ", and every value is a country"
        value = concat(Constant("country/"), code)
        return Proposal("mc:country", value, (column.name,), reason, confidence, Kind.IRI)

    def read_country(self, column: Column) -> tuple[Call | None, str]:
        """The ISO code of a column of countries, by a table where some of them are none, and what
        that lacks; or why there is none.
        """
        if column.are("country") and not column.placeholders:
            return call("countryCode", self._read_parts(column)), ""
        if not column.are("country", LEAST_KNOWN) or (values := self._list_values(column)) is None:
            return None, self._tell_misfit(column, "country")
        nothing = {placeholder.strip() for placeholder in column.placeholders}
        found = {v: code for v in values if v not in nothing and (code := know_country(v))}
        return self.look_up(column, found)

    def _read_parts(self, column: Column) -> Expression:
        value: Expression = Reference(column.name)
        return call("split", value, separator=column.separator) if column.separator else value

    # Look-up tables.

    def _list_values(self, column: Column) -> Counter[str] | None:
        """All values of a column, where they are few enough for a table."""
        return column.values if self.draft.profile.whole else None

    def look_up(self, column: Column, found: dict[str, str]) -> tuple[Call, str]:
        """What a table of the description has for the column's values, and what it lacks."""
        table = fill_table(column.values or (), found)
        stem = write_name(column.name, LONGEST_TABLE) or "values"
        names = chain([stem], (f"{stem}-{number}" for number in count(2)))
        made = self.draft.tables
        name = next(n for n in names if n not in self.taken or made.get(n) == table)
        self.taken.add(name)
        made[name] = table
        gaps = [value for value, meaning in table.items() if not meaning]
        told = (
            f"; TODO: table “{name}” of source.toml has nothing for {len(gaps)} values, such as "
            f"{show_columns(gaps[:3])}"
        )
        return call("lookup", self._read_parts(column), table=name), told if gaps else ""

    def _tell_few(self, column: Column, form: str) -> str:
        """What is said of the few values that are not of the form; empty where all are."""
        if column.are(form):
            return ""
        told = self._tell_misfit(column, form)
        return f", and {told}: a load finds what is wrong, and leaves such rows out"

    def _tell_misfit(self, column: Column, form: str) -> str:
        if column.placeholders and (column.are(form) or not column.tested):
            return f"{show_columns(column.placeholders)} stands in some cells for nothing"
        fitting = column.fits.get(form, 0)
        told = f"{fitting} of {column.tested}" if fitting else "hardly any"
        example = show_text(column.misfits.get(form, ""))[:60]
        return f"{told} are {WORDS[form]}, and “{example}” is none"
