"""Whether a query can tell of certain properties, as far as its tokens show it.

Said of too many queries rather than of one too few: a query reaches a property that it names, and
every property where anything may stand for one: a variable in the place of the verb, a negated
path, DESCRIBE; and a path that may be of length zero, which begins at all that there is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hub.sparql.query import Query
from hub.sparql.tokens import Token

_TERMS = {"iri", "name", "variable", "blank", "string", "number"}
_BEFORE = _TERMS | {"language"}  # kinds of tokens after which a verb may stand
_AFTER = _TERMS | {"word"}  # and before which: `true`, too
_LISTS = {"SELECT", "GROUP", "ORDER", "HAVING", "VALUES"}  # after which variables stand in a row
_ENDS = {"{", "}", ")"}
_OPENERS = {";", "[", "]", ">>", ")>>"}
_STARTS = {"[", "(", "<<", "<<(", "+", "-"}


def reaches(query: Query, properties: Collection[str]) -> bool:
    """Whether the query may tell of one of these properties (full IRIs)."""
    return (
        query.form == "DESCRIBE"
        or any(t.kind in ("iri", "name") and query.resolve(t) in properties for t in query.tokens)
        or any(_wildcards(query.tokens))
    )


def _wildcards(tokens: tuple[Token, ...]) -> Iterator[bool]:
    """For each place of the query in a pattern, whether anything may stand for a property there."""
    within = tokens[0].word in _LISTS  # a list of variables
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token.word in _LISTS:
            within = True
        elif token.text in _ENDS:
            within = False
        if token.text == "!":
            yield after.kind in ("iri", "name") or after.text in ("(", "^", "a")
        elif token.text in ("*", "?"):
            yield before.kind in ("iri", "name") or before.text in (")", "a")
        elif token.kind == "variable" and not within:
            follows = before.kind in _BEFORE or before.text in _OPENERS
            yield follows and (after.kind in _AFTER or after.text in _STARTS)
