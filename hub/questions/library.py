"""The library of questions: every query of the hub is a file with its reason on top.

A question is a plain SPARQL 1.1 SELECT. Its first lines, each beginning with `#+`, are YAML in the
manner of grlc, so that any SPARQL tool runs the file as it is:

    #+ title: Which barriers does a market raise?
    #+ description: What the query returns, and how it finds it.
    #+ why: Who asks, and what for.
    #+ tags: [markets]
    #+ parameters:
    #+   market: {type: iri, class: mc:Market, label: Market, description: …, required: true,
    #+            example: China}
    #+ columns:
    #+   barrier: {type: thing, label: Barrier, description: …}

A parameter is the query's variable of that name; asking binds it, leaving it out leaves it free.
Files in sub-folders (`pages/entity.rq`) are the queries that pages are made of: they carry at least
`title` and `description`, and only their text is of interest here (`Library.text`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from rapidfuzz import process

from hub.errors import NotFound, Refused
from hub.terms import Term, iri, literal
from hub.vocabulary import DEFAULT_BASE, expand

PARAMETER_TYPES = ("iri", "text", "date", "integer", "choice")
COLUMN_TYPES = ("thing", "text", "date", "number", "any")
AUDIENCES = ("public", "consortium", "partner")

_OF_QUESTION = ("title", "description", "why", "tags", "audience", "parameters", "columns")
_OF_PARAMETER = (
    *("type", "class", "choices", "label", "description", "required", "example", "default"),
)
_OF_COLUMN = ("type", "label", "description")
_VARIABLE = re.compile(r"\w+")
_MARK = "#+"


@dataclass(frozen=True)
class Parameter:
    """A value that the asker gives.

    Attributes:
        name: the variable of the query, without `?`.
        type: `iri` (a thing of the hub, given as label or IRI), `text`, `date` (a year, a month or
            a day), `integer`, or `choice`.
        classes: for `iri`, the classes of what may be named, shortened (`mc:Market`); none for any.
        choices: for `choice`, what the asker writes → the value bound (a shortened IRI or text).
        example: a value with which the question has an answer; empty where it may stay free.
        default: the value bound when none is given; empty for none.
    """

    name: str
    type: str
    label: str
    description: str
    required: bool
    classes: tuple[str, ...]
    choices: Mapping[str, str]
    example: str
    default: str

    def bound(self, choice: str) -> Term:
        """The term that one of the choices stands for."""
        full = expand(self.choices[choice])
        return iri(full) if "://" in full else literal(full)


@dataclass(frozen=True)
class Column:
    """A column of the answer; `type` is `thing` (an IRI), `text`, `date`, `number` or `any`."""

    name: str
    type: str
    label: str
    description: str


@dataclass(frozen=True)
class Question:
    """One query with everything that a reader needs to choose and ask it.

    `audience` is the least level of visibility at which the question has an answer.
    """

    name: str
    title: str
    description: str
    why: str
    tags: tuple[str, ...]
    audience: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    text: str

    @property
    def examples(self) -> dict[str, str]:
        """The values that show the question at work."""
        return {p.name: p.example for p in self.parameters if p.example}


@dataclass(frozen=True)
class Library:
    """The questions by name, in alphabetical order, and the texts of all queries by path."""

    questions: Mapping[str, Question]
    texts: Mapping[str, str]

    def __iter__(self) -> Iterator[Question]:
        return iter(self.questions.values())

    def __getitem__(self, name: str) -> Question:
        """The question of that name. Raises NotFound, naming the nearest, if there is none."""
        if name not in self.questions:
            raise NotFound(f"There is no question called “{name}”.", remedy=self._nearest(name))
        return self.questions[name]

    def text(self, name: str) -> str:
        """The text of a query, by its path without the ending, such as `pages/entity`."""
        if name not in self.texts:
            raise NotFound(f"There is no query called “{name}”.", remedy=self._nearest(name))
        return self.texts[name]

    def tags(self) -> dict[str, list[Question]]:
        """The questions under each of their tags, tags in alphabetical order."""
        found: dict[str, list[Question]] = {}
        for question in self:
            for tag in question.tags:
                found.setdefault(tag, []).append(question)
        return dict(sorted(found.items()))

    def _nearest(self, name: str) -> str:
        near = [found for found, _, _ in process.extract(name, list(self.questions), limit=3)]
        return f"Did you mean {', '.join(near)}?" if near else "The library is empty."


def read_library(folder: Path, base: str = DEFAULT_BASE) -> Library:
    """Reads every `*.rq` file under a folder: questions at its top, texts of pages below.

    The files name the hub's lists of concepts under the default base; here they come under `base`.

    Raises:
        Refused: a file is unreadable, its metadata is malformed or incomplete, or it declares a
            parameter that its query does not have. `where` is file and line.
    """
    questions: dict[str, Question] = {}
    texts: dict[str, str] = {}
    for path in sorted(folder.rglob("*.rq")):
        try:
            text = path.read_text(encoding="utf-8").replace(DEFAULT_BASE, base)
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(f"The query cannot be read: {error}.", where=path.name) from error
        name = path.relative_to(folder).with_suffix("").as_posix()
        metadata = _read_metadata(text, path.relative_to(folder).as_posix())
        if "/" in name:
            metadata.text("title"), metadata.text("description")
        else:
            questions[name] = _read_question(name, text, metadata)
        texts[name] = text
    if not texts:
        raise Refused("The library of questions is empty.", where=folder.name)
    return Library(questions, texts)


def read_question(name: str, text: str) -> Question:
    """A question of its text alone, such as one that somebody keeps. Raises as `read_library`."""
    return _read_question(name, text, _read_metadata(text, name))


def strip_metadata(text: str) -> str:
    """The query of a question, without its `#+` lines."""
    return re.sub(r"\A(#\+[^\n]*\n)+", "", text)


class _Entries:
    """A YAML mapping whose entries still know their lines; `known` are its keys, if limited."""

    def __init__(self, node: yaml.Node, file: str, what: str, known: tuple[str, ...] = ()) -> None:
        self.file, self.what, self.line = file, what, node.start_mark.line + 1
        self.nodes: dict[str, yaml.Node] = {}
        if not isinstance(node, yaml.MappingNode):
            raise self.refusal(f"{what} must be written as `key: value`.")
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in self.nodes:
                raise self.refusal(f"{what} has “{key.value}” twice.", line)
            if known and key.value not in known:
                raise self.refusal(f"{what} has no key “{key.value}”; {', '.join(known)}.", line)
            self.nodes[key.value] = value

    def refusal(self, message: str, line: int | None = None) -> Refused:
        return Refused(message, where=f"{self.file}, line {line or self.line}")

    def text(self, key: str, *, optional: bool = False, among: tuple[str, ...] = ()) -> str:
        """A text; one of `among`, where given; empty only where it is optional."""
        node = self._node(key, optional)
        if node is None:
            return ""
        value = node.value.strip() if isinstance(node, yaml.ScalarNode) else ""
        line = node.start_mark.line + 1
        if not value:
            raise self.refusal(f"“{key}” of {self.what} must be a text.", line)
        if among and value not in among:
            raise self.refusal(f"“{key}” must be one of {', '.join(among)}, not “{value}”.", line)
        return " ".join(value.split())

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """One text or a list of texts."""
        node = self._node(key, optional)
        if node is None:
            return ()
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not items or not all(isinstance(i, yaml.ScalarNode) and i.value for i in items):
            raise self.refusal(f"“{key}” must be a list of texts.", node.start_mark.line + 1)
        return tuple(item.value for item in items)

    def entries(self, key: str, known: tuple[str, ...], *, optional: bool) -> dict[str, _Entries]:
        """The mappings under a key, such as the parameters by name."""
        node = self._node(key, optional)
        if node is None:
            return {}
        inner = _Entries(node, self.file, f"“{key}”")
        return {k: _Entries(v, self.file, f"{key} “{k}”", known) for k, v in inner.nodes.items()}

    def pairs(self, key: str) -> dict[str, str]:
        """A mapping of texts to texts, such as the choices."""
        inner = _Entries(self._node(key, False) or yaml.ScalarNode("", ""), self.file, f"“{key}”")
        return {name: inner.text(name) for name in inner.nodes}

    def _node(self, key: str, optional: bool) -> yaml.Node | None:
        if key not in self.nodes and not optional:
            raise self.refusal(f"{self.what} lacks “{key}”.")
        return self.nodes.get(key)


def _read_metadata(text: str, file: str) -> _Entries:
    """The `#+` lines at the top of a query; lines keep their numbers."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith(_MARK):
            break
        lines.append(line.removeprefix(_MARK).removeprefix(" "))
    try:
        node = yaml.compose("\n".join(lines), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Refused(
            f"The metadata is not YAML: {error.problem}.",
            where=f"{file}, line {row}",
            remedy="A text with a colon or a bracket needs quotation marks.",
        ) from error
    except yaml.YAMLError as error:
        raise Refused(f"The metadata is not YAML: {error}.", where=file) from error
    if node is None:
        raise Refused(
            "The query has no metadata.",
            where=f"{file}, line 1",
            remedy=f"Begin the file with lines `{_MARK} title: …`, `{_MARK} description: …`.",
        )
    return _Entries(node, file, "the metadata", _OF_QUESTION)


def _read_question(name: str, text: str, metadata: _Entries) -> Question:
    return Question(
        name=name,
        title=metadata.text("title"),
        description=metadata.text("description"),
        why=metadata.text("why"),
        tags=metadata.texts("tags"),
        audience=metadata.text("audience", optional=True, among=AUDIENCES) or AUDIENCES[0],
        parameters=tuple(
            _read_parameter(key, entry, text)
            for key, entry in metadata.entries("parameters", _OF_PARAMETER, optional=True).items()
        ),
        columns=tuple(
            _read_column(key, entry, text)
            for key, entry in metadata.entries("columns", _OF_COLUMN, optional=False).items()
        ),
        text=text,
    )


def _read_parameter(name: str, entry: _Entries, text: str) -> Parameter:
    _check_variable(name, entry, text)
    kind = entry.text("type", among=PARAMETER_TYPES)
    parameter = Parameter(
        name=name,
        type=kind,
        label=entry.text("label"),
        description=entry.text("description"),
        required=entry.text("required", among=("true", "false")) == "true",
        classes=entry.texts("class", optional=True) if kind == "iri" else (),
        choices=entry.pairs("choices") if kind == "choice" else {},
        example=entry.text("example", optional=True),
        default=entry.text("default", optional=True),
    )
    if parameter.required and not parameter.example:
        raise entry.refusal(f"{entry.what} is required and has no example.")
    if parameter.required and parameter.default:
        raise entry.refusal(f"{entry.what} has a default, so it is not required.")
    for value in (parameter.example, parameter.default):
        if kind == "choice" and value and value not in parameter.choices:
            raise entry.refusal(f"“{value}” is not among the choices of {entry.what}.")
    return parameter


def _read_column(name: str, entry: _Entries, text: str) -> Column:
    _check_variable(name, entry, text)
    return Column(
        name=name,
        type=entry.text("type", among=COLUMN_TYPES),
        label=entry.text("label"),
        description=entry.text("description"),
    )


def _check_variable(name: str, entry: _Entries, text: str) -> None:
    query = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    if not _VARIABLE.fullmatch(name) or not re.search(rf"[?$]{name}\b", query):
        raise entry.refusal(f"The query has no variable ?{name}.")
