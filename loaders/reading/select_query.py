"""A SELECT query of a mapping, taken apart so that it can be asked for page by page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from loaders.findings import Fault

TOKEN = re.compile(
    r"""(?P<comment>\#[^\r\n]*) | (?P<space>\s+) | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
      | (?P<text>\"{3}(?:[^\\]|\\.)*?\"{3} | '{3}(?:[^\\]|\\.)*?'{3}
               | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*')
      | (?P<variable>[?$]\w+) | (?P<name>[^\W\d][\w.-]*:[^\s{}()<>"';,]* | :[^\s{}()<>"';,]*)
      | (?P<word>[A-Za-z]+) | (?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


@dataclass(frozen=True)
class SelectQuery:
    """Prologue, dataset and the query itself, which can then stand inside another."""

    prologue: str
    dataset: str
    select: str

    def write_page(
        self, order: Sequence[str], size: int, offset: int, start: tuple[str, str] | None = None
    ) -> str:
        """The query for one page: in the order of the variables, from ``start`` = (variable,
        value) on, where it is given.
        """
        begin = ""
        if start:
            begin = f' FILTER(STR(?{start[0]}) >= "{start[1].translate(ESCAPES)}")'
        # STR puts values of all types in one order; what differs only beside it comes after.
        keys = " ".join(f"STR(?{v}) LANG(?{v}) STR(DATATYPE(?{v}))" for v in order)
        return (
            f"{self.prologue}\nSELECT *{self.dataset} WHERE {{ {{\n{self.select}\n}}{begin} }}"
            f"{' ORDER BY ' + keys if keys else ''} LIMIT {size} OFFSET {offset}"
        )


def parse_select(text: str) -> SelectQuery:
    """Take a query apart. Raises Fault for what is no SELECT, or asks further servers."""
    depth, begin = 0, -1
    dataset: list[str] = []
    kept: list[str] = []
    lifting = False
    for token in TOKEN.finditer(text):
        kind, part = token.lastgroup, token[0]
        word = part.upper() if kind == "word" else ""
        depth += (part in "{(" and kind == "mark") - (part in "})" and kind == "mark")
        if part == "\\":
            message = "the query writes characters by number outside of its texts"
            raise Fault("query-syntax", message, "write them as they are")
        if word == "SERVICE":
            message = "the query sends the endpoint on to another by SERVICE"
            raise Fault("query-service", message, "ask the other one in a query of its own")
        if begin < 0 and word in FORMS:
            if word != "SELECT":
                raise Fault("query-form", f"the query is {word}, not SELECT", "write a SELECT")
            begin = token.start()
        if begin < 0 or kind == "comment":
            continue
        # FROM cannot stand in a query inside another: it is lifted to the outer one.
        if depth == 0 and word == "FROM":
            lifting = True
        (dataset if lifting else kept).append(part)
        if lifting and kind in ("iri", "name"):
            lifting = False
    if begin < 0 or depth or "".join(kept).count("{") == 0:
        message = "the query is no whole SPARQL SELECT query"
        raise Fault("query-syntax", message, "try it at the endpoint first", value=text)
    lifted = "".join(f" {part}" for part in dataset if not part.isspace())
    return SelectQuery(text[:begin], lifted, "".join(kept).strip())
