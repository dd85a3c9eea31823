"""What the drafter knows of words: the ontology's terms, and how partners head their columns."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from loaders.mapping.functions import fold_text
from loaders.namespaces import NAMESPACES, shorten
from loaders.reading.rdf import Literal, NamedNode, Statement, parse_turtle
from loaders.words import WORDS

SKOS = NAMESPACES["skos"]
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
IDEOGRAPH = r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
WORD = re.compile(rf"{IDEOGRAPH}|(?:(?!{IDEOGRAPH})[^\W_])+")
Words = tuple[str, ...]


@dataclass(frozen=True)
class Term:
    """A class or property of the ontology, by its short name (``mc:Cluster``)."""

    name: str
    label: str
    parents: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Heading:
    """What a heading says.

    ``noun`` is the class it speaks of, ``sense`` the property or the kind of column, ``exact``
    whether every word of it was understood, ``other`` whether it speaks of another thing than the
    row's own, ``language`` the code it ends in.
    """

    noun: str = ""
    sense: str = ""
    exact: bool = False
    other: bool = False
    language: str = ""


class Vocabulary:
    """The terms of an ontology with their words; read once, asked for every column."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        stated = tomllib.loads(
            files("loaders.drafting").joinpath("synonyms.toml").read_text("utf-8")
        )
        self.terms = _read_terms(statements := list(statements))
        self.concepts = _read_concepts(statements)
        self.joining = frozenset(stated["words"]["joining"])
        self.others = frozenset(stated["words"]["other"])
        self.empty = frozenset(stated["words"]["empty"])
        self.doubtful = frozenset(stated["words"]["doubtful"])
        self.members = frozenset(map(split_words, stated["words"]["member"]))
        self.bodies = frozenset(map(split_words, stated["words"]["body"]))
        self.vague = frozenset(stated["words"]["vague"])
        self.answers = {
            word: answer
            for answer in (True, False)
            for word in stated["words"][str(answer).lower()]
        }
        nouns, properties = stated["nouns"], stated["properties"]
        self.nouns = _index(self._known(nouns))
        self.senses = _index({**self._known(properties), **stated["columns"]})
        self.kinds = _index(self._known(nouns)) | _index(self._known(stated["values"]))
        for name, term in self.terms.items():
            if name in nouns:
                self.nouns.setdefault(split_words(term.label), name)
                self.kinds.setdefault(split_words(term.label), name)
            elif name in properties:
                self.senses.setdefault(split_words(term.label), name)

    def _known(self, words: Mapping[str, list[str]]) -> dict[str, list[str]]:
        return {name: listed for name, listed in words.items() if name in self.terms}

    def is_a(self, name: str, kind: str) -> bool:
        """Whether a class is another, or under it."""
        waiting, seen = [name], set()
        while waiting:
            current = waiting.pop()
            if current == kind:
                return True
            if current in self.terms and current not in seen:
                seen.add(current)
                waiting.extend(self.terms[current].parents)
        return False

    def takes(self, sense: str, kind: str) -> bool:
        """Whether a property may be said of things of a class, as far as its domain tells."""
        domains = self.terms[sense].domains
        return not domains or any(self.is_a(kind, domain) for domain in domains)

    def find_noun(self, words: Sequence[str]) -> tuple[str, Words]:
        """The class that the words speak of, and the words that are left."""
        for length in range(min(len(words), 4), 0, -1):
            for start in range(len(words) - length, -1, -1):
                for phrase in _singulars(tuple(words[start : start + length])):
                    if name := self.nouns.get(phrase):
                        return name, (*words[:start], *words[start + length :])
        return "", tuple(words)

    def read_heading(self, text: str) -> Heading:
        """What the heading of a column says, as far as it is understood."""
        words = [part for word in split_words(text) for part in self._split_compound(word)]
        rest = [w for w in words if not any(s in self.members for s in _singulars((w,)))]
        if tuple(rest) in self.senses or not self.joining.issuperset(rest):
            words = rest  # “member since”, “N° adhérent”: whose it is says nothing more
        language = ""
        if len(words) > 1 and words[-1] in ("value", "text") and not text.isidentifier():
            words.pop()  # `names[*].value`, in a tree
        if len(words) > 1 and words[-1] in LANGUAGES and tuple(words) not in self.senses:
            language = words.pop()
        other = any(word in self.others for word in words)
        words = [word for word in words if word not in self.others]
        plain = tuple(w for w in words if w not in self.joining)
        if sense := self.senses.get(tuple(words)) or self.senses.get(plain):
            noun = "" if sense in self.terms else self.find_noun(plain)[0]
            return Heading(noun, sense, True, other, language)
        head = next((n for n, w in enumerate(words) if n and w in self.joining), len(words))
        noun, left = self.find_noun(plain)
        if not left:
            return Heading(noun, "rdfs:label" if noun else "", True, other, language)
        if sense := self.senses.get(left):
            return Heading(noun, sense, True, other, language)
        # “Name of org in Record ID” is a name; what stands behind the “of” may be an identifier.
        start = tuple(w for w in words[:head] if w in left) or left
        behind = tuple(w for w in words[head:] if w in left and w not in start)
        understood = not behind or self.senses.get(behind) == "key"
        for length in range(len(start), 0, -1):
            if sense := self.senses.get(start[-length:]):
                exact = understood and length == len(start)
                vague = not exact and length == 1 and start[-1] in self.vague
                return Heading(noun, "" if vague else sense, exact, other, language)
        return Heading(noun, "", False, other, language)

    def find_kind(self, value: str) -> str:
        """The class that a value of a column of kinds stands for, or nothing."""
        words = split_words(value)
        return next((self.kinds[w] for w in _singulars(words) if w in self.kinds), "")

    def find_concept(self, value: str, schemes: Iterable[str]) -> str:
        """The concept of a scheme that has exactly this label, as a relative IRI, or nothing."""
        words = split_words(value)
        for scheme in schemes:
            for phrase in _singulars(words):
                if concept := self.concepts.get((scheme, phrase)):
                    return concept
        return ""

    def _split_compound(self, word: str) -> Words:
        """``officename`` as office and name, where the parts are known and the whole is not."""
        whole = (word,) in self.senses or (word,) in self.nouns
        if whole or len(word) > LONGEST_COMPOUND or not word.isascii():
            return (word,)
        for end in range(len(word) - 2, 2, -1):
            first, last = (word[:end],), (word[end:],)
            known = any(w in self.nouns for w in _singulars(first)) or first in self.senses
            if known and last in self.senses:
                return (*first, *last)
        return (word,)


LONGEST_COMPOUND = 40
LANGUAGES = frozenset(WORDS["headings"])


def read_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of the ontology whose Turtle files stand in the folder.

    Raises OSError and SyntaxError when they cannot be read.
    """
    statements: list[Statement] = []
    for path in sorted(folder.glob("*.ttl")):
        statements += parse_turtle(path.read_text("utf-8"), ONTOLOGY_BASE)
    return Vocabulary(statements)


ONTOLOGY_BASE = "https://w3id.org/metacluster/id/"


def split_words(text: str) -> Words:
    """The words of a text, small and without accents: ``signature.date``, ``shortName``, 公司名."""
    return tuple(WORD.findall(fold_text(CAMEL.sub(" ", text))))


def _singulars(words: Words) -> Iterator[Words]:
    yield words
    if words:
        *first, last = words
        for ending, singular in (("ies", "y"), ("es", ""), ("s", "")):
            if last.endswith(ending) and len(last) > len(ending) + 2:
                yield (*first, last.removesuffix(ending) + singular)


def _index(listed: Mapping[str, list[str]]) -> dict[Words, str]:
    return {split_words(phrase): name for name, phrases in listed.items() for phrase in phrases}


def _read_terms(statements: Iterable[Statement]) -> dict[str, Term]:
    said: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, value, _ in statements:
        if isinstance(subject, NamedNode) and isinstance(value, NamedNode | Literal):
            english = not isinstance(value, Literal) or value.language in (None, "en")
            text = shorten(value.value) if isinstance(value, NamedNode) else value.value
            if english:
                facts = said.setdefault(shorten(subject.value), {})
                facts.setdefault(shorten(predicate.value), []).append(text)
    kinds = {f"owl:{k}" for k in ("Class", "ObjectProperty", "DatatypeProperty")}
    kinds.add("owl:AnnotationProperty")
    terms = {
        name: Term(
            name,
            facts.get("rdfs:label", [name])[0],
            frozenset(facts.get("rdfs:subClassOf", ())),
            frozenset(facts.get("rdfs:domain", facts.get("schema:domainIncludes", ()))),
        )
        for name, facts in said.items()
        if kinds & set(facts.get("rdf:type", ()))
    }
    terms.setdefault("rdfs:label", Term("rdfs:label", "name"))
    return terms


def _read_concepts(statements: Iterable[Statement]) -> dict[tuple[str, Words], str]:
    """(scheme, words of a label) → relative IRI of the concept."""
    schemes: dict[str, str] = {}
    labels: list[tuple[str, str]] = []
    for subject, predicate, value, _ in statements:
        if isinstance(subject, NamedNode) and subject.value.startswith(ONTOLOGY_BASE):
            iri = subject.value.removeprefix(ONTOLOGY_BASE)
            if predicate.value == SKOS + "inScheme" and isinstance(value, NamedNode):
                schemes[iri] = value.value.rpartition("/")[2]
            elif predicate.value in (SKOS + "prefLabel", SKOS + "altLabel"):
                labels.append((iri, value.value if isinstance(value, Literal) else ""))
    return {(schemes[iri], split_words(label)): iri for iri, label in labels if iri in schemes}
