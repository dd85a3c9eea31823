"""Conversions of values, remembered: a value that is refused is told with its column."""

from __future__ import annotations

from collections.abc import Callable

from loaders.findings import Fault
from loaders.mapping.functions import LIBRARY, Tables
from loaders.mapping.terms import resolve_iri, write_literal
from loaders.namespaces import XSD
from loaders.refusals import Refusals

LARGEST_CACHE = 50_000


class Conversion(dict[str, str]):
    """From a value to its text in a line, by subscription: a hit costs no call.

    A value that cannot be converted goes to ``refusals``, and has a stand-in.
    """

    def __init__(
        self,
        function: Callable[[str], str],
        refusals: Refusals,
        column: str,
        rule: str,
        remedy: str,
    ) -> None:
        super().__init__()
        self.function, self.refusals, self.column = function, refusals, column
        self.rule, self.remedy = rule, remedy

    def __missing__(self, value: str) -> str:
        if len(self) >= LARGEST_CACHE:
            self.clear()
        try:
            result = self[value] = self.function(value)
        except ValueError as error:
            where = {"column": self.column, "value": value}
            return self.refusals.refuse(Fault(self.rule, str(error), self.remedy, **where))
        return result


class CallResults(dict[tuple[str, ...], tuple[str, ...]]):
    """From the arguments of a function of the library to its results."""

    def __init__(
        self, name: str, parameters: list[str], refusals: Refusals, column: str, tables: Tables
    ) -> None:
        super().__init__()
        self.name, self.parameters, self.column, self.tables = name, parameters, column, tables
        self.refusals = refusals

    def __missing__(self, values: tuple[str, ...]) -> tuple[str, ...]:
        if len(self) >= LARGEST_CACHE:
            self.clear()
        arguments: dict[str, list[str]] = {}
        for parameter, value in zip(self.parameters, values, strict=True):
            arguments.setdefault(parameter, []).append(value)
        try:
            result = self[values] = LIBRARY[self.name](arguments, self.tables)
        except ValueError as error:
            where = {"column": self.column, "value": arguments["value"][0]}
            remedy = "correct the value, or the mapping"
            fault = Fault(f"function-{self.name}", str(error), remedy, **where)
            return (self.refusals.refuse(fault),)
        if self.name == "lookup" and not result:
            value, table = arguments["value"][0].strip(), arguments["table"][0]
            message = f"the table “{table}” has no meaning for this value, which is left out"
            remedy = "write into the description what it means"
            where = {"column": self.column, "value": value}
            self.refusals.remark(Fault("lookup-empty", message, remedy, **where))
        return result


def write_dated(value: str) -> str:
    """The literal of what ``mcf:date`` gives: a year, a month or a day."""
    kind = ("gYear", "gYearMonth", "date")[value.count("-", 1)]
    return write_literal(value, datatype=XSD + kind)


def write_open_literal(
    tagged: bool, base: str, refusals: Refusals, column: str
) -> Callable[[str, str], str]:
    """A function from a value and its language (``tagged``) or datatype to a literal."""
    resolve = resolve_iri(base)

    def write(value: str, qualifier: str) -> str:
        try:
            if tagged:
                return write_literal(value, language=qualifier)
            return write_literal(value, datatype=resolve(qualifier))
        except ValueError as error:
            shown = f"{value} / {qualifier}"
            fault = Fault("literal", str(error), "correct it", column=column, value=shown)
            return refusals.refuse(fault)

    return write
