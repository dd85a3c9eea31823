"""The code of one logical source: pieces of f-strings for terms, and the guards around them.

A fragment is a piece of an f-string between double quotes that gives a term. To write one is to
open, before it, the ``if`` or ``for`` blocks that make all its values there; ``block`` closes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from loaders.findings import Fault
from loaders.lexical import check_lexical, escape_text
from loaders.mapping.conversion import CallResults, Conversion, write_dated, write_open_literal
from loaders.mapping.functions import FUNCTIONS, LIBRARY, PARAMETERS
from loaders.mapping.model import (
    Call,
    Constant,
    Expression,
    Kind,
    LogicalSource,
    Reference,
    Template,
    TermMap,
    list_references,
)
from loaders.mapping.program import Target
from loaders.mapping.terms import (
    SCHEME,
    check_iri,
    check_language,
    encode_iri_part,
    encode_label,
    resolve_iri,
    write_literal,
)
from loaders.namespaces import XSD
from loaders.refusals import Refusals

WITHOUT_AUTHORITY = ("urn:", "tag:", "info:", "mailto:", "tel:")


def quote_text(text: str) -> str:
    """Text as it stands in a generated f-string between double quotes: it can end nothing."""
    plain = text.encode("unicode_escape").decode("ascii")
    return plain.replace('"', '\\"').replace("{", "{{").replace("}", "}}")


class CodeWriter:
    """Writes lines of Python over ``v``, a row's values, and ``q``, the same escaped."""

    def __init__(self, source: LogicalSource, target: Target) -> None:
        self.source, self.target, self.base = source, target, target.base
        self.flat = source.reader == "csv"
        self.references: dict[str, int] = {}
        self.refusals = Refusals()
        self.names: dict[str, Any] = {"refusals": self.refusals}
        self.lines: list[str] = []
        self.depth = 1
        self._sure: set[int] = set()
        self._count = 0

    # 1. Lines, blocks and names.

    def build(self, signature: str) -> tuple[Any, str]:
        """The function made of the lines, and its code."""
        names = [f"v{i}, " for i in range(len(self.references))]
        unpack = [f" {''.join(names)} = v"] if names else []
        if names and self.flat and "q" in signature:
            unpack.append(f" {''.join(names).replace('v', 'q')} = q")
        code = "\n".join([f"def run({signature}):", *unpack, *self.lines, " return"])
        try:
            exec(compile(code, "<mapping>", "exec"), self.names)
        except (SyntaxError, RecursionError, MemoryError) as error:
            message = f"a term for {self.source.file} is made of too many values"
            raise Fault("mapping-size", message, "make it of fewer columns") from error
        return self.names["run"], code

    def line(self, text: str) -> None:
        """Write one line in the block that is open."""
        self.lines.append(" " * self.depth + text)

    def open(self, statement: str) -> None:
        """Write the head of a block, and go into it."""
        self.line(statement)
        self.depth += 1

    @contextmanager
    def block(self) -> Iterator[None]:
        """Close, at the end, all blocks that were opened inside."""
        depth, sure = self.depth, set(self._sure)
        yield
        self.depth, self._sure = depth, sure

    def bind(self, prefix: str, value: Any = None) -> str:
        """A new name, standing for a value where one is given."""
        self._count += 1
        name = f"{prefix}{self._count}"
        if value is not None:
            self.names[name] = value
        return name

    # 2. Terms.

    def write_term(self, term: TermMap) -> str:
        """The fragment of a whole term."""
        if term.kind is Kind.BLANK:
            return self._write_blank(term.expression)
        if term.kind is Kind.IRI:
            return self._write_iri(term.expression)
        return self._write_literal(term)

    def _write_iri(self, expression: Expression) -> str:
        resolve = resolve_iri(self.base)
        if isinstance(expression, Constant):
            return quote_text(f"<{check_constant(resolve, expression.value)}>")
        if not isinstance(expression, Template):
            remedy = "percent-encode spaces and brackets, or give a whole IRI"
            value = self.write_value(expression)
            return f"<{self._convert(resolve, expression, 'iri', remedy, value)}>"
        first = expression.parts[0] if isinstance(expression.parts[0], str) else ""
        start = "" if SCHEME.match(first) else self.base
        sample = "".join(part if isinstance(part, str) else "0" for part in expression.parts)
        check_constant(check_iri, start + sample)
        fragment = quote_text(start)
        remedy = "give a value that can stand in an IRI"
        for part in expression.parts:
            if isinstance(part, str):
                fragment += quote_text(part)
            else:
                value = self.write_value(part)
                fragment += self._convert(encode_iri_part, part, "iri-value", remedy, value)
        if (start + first).count("/") < 3 and not first.startswith(WITHOUT_AUTHORITY):
            # A value in the authority can break the IRI, whatever is percent-encoded.
            whole = self._assign(fragment)
            return f"<{self._convert(check_iri, expression, 'iri', remedy, whole)}>"
        return f"<{fragment}>"

    def _write_blank(self, expression: Expression) -> str:
        encode = encode_iri_part if self.target.blank else encode_label
        start, end = (f"<{self.target.blank}", ">") if self.target.blank else ("_:", "")
        if isinstance(expression, Constant):
            return quote_text(start + check_constant(encode, expression.value) + end)
        value, remedy = self.write_value(expression), "give a value that can stand in a name"
        label = self._convert(encode, expression, "iri-value", remedy, value)
        return f"{quote_text(start)}{label}{end}"

    def _write_literal(self, term: TermMap) -> str:
        expression, language, datatype = term.expression, term.language, term.datatype
        if language and datatype:
            message = "a literal has a language or a datatype, not both"
            raise Fault("mapping-literal", message, "remove one")
        qualifier = language or datatype
        if qualifier and not isinstance(qualifier, Constant):
            column = next(list_references(expression), "")
            write = self.bind(
                "w", write_open_literal(bool(language), self.base, self.refusals, column)
            )
            value = self.write_value(expression)
            return f"{{{write}({value}, {self.write_value(qualifier)})}}"
        stated = qualifier.value if isinstance(qualifier, Constant) else ""
        tag = check_constant(check_language, stated) if language else ""
        kind = check_constant(check_iri, stated) if datatype else ""
        if isinstance(expression, Constant):
            literal = expression.value
            return quote_text(
                check_constant(lambda v: write_literal(v, language=tag, datatype=kind), literal)
            )
        if kind and kind != XSD + "string":
            remedy = f"write it as an xsd:{kind.removeprefix(XSD)}, or change the mapping"
            value = self.write_value(expression)
            text = self._convert(check_lexical(kind), expression, "datatype", remedy, value)
            return f'\\"{text}\\"^^<{quote_text(kind)}>'
        end = f"@{tag}" if tag else ""
        if isinstance(expression, Call):
            value, remedy = self.write_value(expression), "remove the character"
            if expression.function == FUNCTIONS + "date" and not end and not kind:
                return self._convert(write_dated, expression, "datatype", remedy, value)
            return f'\\"{self._convert(escape_text, expression, "text", remedy, value)}\\"{end}'
        parts = expression.parts if isinstance(expression, Template) else (expression,)
        text = "".join(
            quote_text(escape_text(part)) if isinstance(part, str) else self._write_escaped(part)
            for part in parts
        )
        return f'\\"{text}\\"{end}'

    def _write_escaped(self, reference: Reference) -> str:
        value = self.write_value(reference)
        if self.flat:
            return f"{{q{value[1:]}}}"
        return self._convert(escape_text, reference, "text", "remove the character", value)

    # 3. Values.

    def write_value(self, expression: Expression) -> str:
        """The name of an expression's plain value, behind guards that make it one that is there."""
        if isinstance(expression, Constant):
            return self.bind("k", expression.value)
        if isinstance(expression, Call):
            return self._write_call(expression)
        if isinstance(expression, Template):
            return self._assign(
                "".join(
                    quote_text(part) if isinstance(part, str) else f"{{{self.write_value(part)}}}"
                    for part in expression.parts
                )
            )
        position = self.references.setdefault(expression.name, len(self.references))
        if not self.flat:
            name = self.bind("x")
            self.open(f"for {name} in v{position}:")
            return name
        if position not in self._sure:
            self.open(f"if v{position}:")
            self._sure.add(position)
        return f"v{position}"

    def _write_call(self, call: Call) -> str:
        name = call.function.removeprefix(FUNCTIONS)
        if name not in LIBRARY or name == call.function:
            message = f"the function <{call.function}> is not one that mappings may call"
            known = ", ".join(sorted(LIBRARY))
            raise Fault("function-unknown", message, f"use {known} of <{FUNCTIONS}>")
        needed, allowed = PARAMETERS[name]
        given = [parameter.removeprefix(FUNCTIONS) for parameter, _ in call.arguments]
        doubled = len(set(given)) < len(given) and name != "concat"
        if doubled or not needed <= set(given) <= needed | allowed:
            takes = ", ".join(sorted(needed | allowed))
            message = f"mcf:{name} takes {takes}, not {', '.join(given) or 'nothing'}"
            raise Fault("function-parameters", message, "correct its parameters")
        values = [self.write_value(argument) for _, argument in call.arguments]
        column = next(list_references(call), "")
        tables = self.target.tables
        results = self.bind("f", CallResults(name, given, self.refusals, column, tables))
        result = self.bind("y")
        self.open(f"for {result} in {results}[({', '.join(values)},)]:")
        return result

    def _assign(self, fragment: str) -> str:
        name = self.bind("t")
        self.line(f'{name} = f"{fragment}"')
        return name

    def _convert(
        self, function: Callable[[str], str], of: Expression, rule: str, remedy: str, value: str
    ) -> str:
        """The fragment of a value behind a conversion."""
        column = next(list_references(of), "")
        conversion = self.bind("c", Conversion(function, self.refusals, column, rule, remedy))
        return f"{{{conversion}[{value}]}}"


def check_constant(function: Callable[[str], str], value: str) -> str:
    """Convert a constant of the mapping. Raises Fault where the function refuses it."""
    try:
        return function(value)
    except ValueError as error:
        message = f"a constant of the mapping cannot be used: {error}"
        raise Fault("mapping-constant", message, "correct it", value=value) from error
