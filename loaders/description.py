"""The description of a source: ``source.toml`` beside its files."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any

from loaders.findings import Report

DESCRIPTION = "source.toml"
LARGEST_DESCRIPTION = 1 << 20
VISIBILITIES = ("public", "consortium", "partner")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ADDRESS = re.compile(r"https?://(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?(?:/[^\s@#<>\"\\]*)?")
LOCAL_OR_ENCRYPTED = re.compile(r"https://|http://(?:localhost|127\.0\.0\.1|\[::1\])[:/]")
# Of the environment only these: a description may come with a partner's files, and what else the
# environment holds is not for the servers that it names.
VARIABLE = re.compile(r"HUB_ENDPOINT_[A-Z0-9_]+")


@dataclass(frozen=True)
class Total:
    """How many of something are expected: from ``low`` to ``high``, both included; None is no
    bound.
    """

    low: int | Decimal | None
    high: int | Decimal | None

    def admits(self, count: int | Decimal) -> bool:
        """Whether a count is what was expected."""
        return (self.low is None or count >= self.low) and (self.high is None or count <= self.high)

    def __str__(self) -> str:
        if self.low == self.high:
            return f"exactly {self.low}"
        if self.high is None:
            return f"at least {self.low}"
        return f"at most {self.high}" if self.low is None else f"{self.low} to {self.high}"


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written, where that shall not be detected."""

    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True)
class Endpoint:
    """A server that may be asked: a SPARQL endpoint, or, with ``hub``, the root of another hub.

    ``page`` is how many rows are asked for at once, ``timeout`` how many seconds an answer may
    take, ``key`` the variable by which pages follow each other, ``changes`` the address whose ETag
    or Last-Modified tells whether the data changed, ``sources`` those taken of a hub (all, if
    empty). ``user`` shows the password that the environment variable ``password_variable`` holds
    (by HTTP Digest, if ``digest``, else Basic); ``token_variable`` names that of a bearer token.
    """

    url: str
    hub: bool = False
    page: int = 5000
    timeout: int = 60
    key: str = ""
    changes: str = ""
    sources: tuple[str, ...] = ()
    user: str = ""
    password_variable: str = ""
    token_variable: str = ""
    digest: bool = False

    @property
    def bare(self) -> bool:
        """Whether what is shown to the server could be read by others on the way."""
        shown = self.token_variable or (self.password_variable and not self.digest)
        return bool(shown) and not LOCAL_OR_ENCRYPTED.match(self.url)


@dataclass(frozen=True)
class Source:
    """What a partner's source is: the fields of ``source.toml`` and the folder it stands in."""

    name: str
    title: str
    owner: str
    visibility: str
    partner: str
    licence: str
    description: str
    refresh: str
    mapping: str
    files: tuple[str, ...]
    folder: Path
    ignored: Mapping[str, frozenset[str]] = field(default_factory=dict)
    expected_rows: Mapping[str, Total] = field(default_factory=dict)
    expected_classes: Mapping[str, Total] = field(default_factory=dict)
    expected_sums: Mapping[str, Mapping[str, Total]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dialects: Mapping[str, Dialect] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    home: Path | None = None
    stated: str = field(default="", repr=False)

    @property
    def mapping_folder(self) -> Path:
        """Where the mapping stands."""
        return self.home or self.folder


@dataclass(frozen=True)
class Location:
    """Where a source is: a folder with a source.toml, or with ``entries`` (the same fields, stated
    elsewhere) any folder; the mapping of those stands in ``home``.
    """

    name: str
    folder: Path
    entries: Mapping[str, Any] | None = None
    home: Path | None = None


def read_source(location: Location | Path) -> Source:
    """Read ``source.toml`` of a folder, or take what is stated elsewhere.

    Beside the fields named in ``Source`` it may hold ``[expected] rows`` and ``classes`` (a number,
    or ``{min, max}``), ``[expected.sums."FILE"]`` (the same by column), ``[codes."FILE"]`` (column
    to the values it may have), ``ignored`` (file to columns left out on purpose),
    ``[tables.NAME]`` (look-up tables of ``mcf:lookup``), ``[dialects."FILE"]`` (``encoding``,
    ``delimiter``), ``[endpoints.NAME]`` and ``[hubs.NAME]`` (the fields of ``Endpoint``).

    Raises SourceRefused, with every fault of the description among its findings.
    """
    if isinstance(location, Path):
        location = Location(location.resolve().name, location)
    report, folder = Report(location.name), location.folder
    stated = location.entries
    entries = _read_entries(folder, report) if stated is None else stated
    form = _Form(entries, report)
    source = Source(
        name=form.text("name", required=True),
        title=form.text("title", required=True),
        owner=form.text("owner", required=True),
        visibility=form.text("visibility", required=True),
        partner=form.text("partner"),
        licence=form.text("licence", required=True),
        description=form.text("description"),
        refresh=form.text("refresh"),
        mapping=form.text("mapping"),
        files=form.texts("files"),
        folder=folder,
        home=location.home,
        stated=json.dumps(entries, sort_keys=True, default=str),
        ignored=MappingProxyType({k: frozenset(v) for k, v in form.lists("ignored").items()}),
        expected_rows=form.totals("expected.rows", form.expected("rows")),
        expected_classes=form.totals("expected.classes", form.expected("classes")),
        expected_sums=form.sums(),
        codes=MappingProxyType({file: form.codes(file) for file in form.table("codes")}),
        tables=form.tables("tables"),
        dialects=MappingProxyType(
            {
                file: Dialect(entry.get("encoding", ""), entry.get("delimiter", ""))
                for file, entry in form.tables("dialects").items()
            }
        ),
        endpoints=MappingProxyType(form.endpoints("endpoints") | form.endpoints("hubs")),
    )
    _judge(source, location, form)
    for key in sorted(entries.keys() - form.known):
        message = f"the description has an unknown key ‘{key}’"
        form.fault("unknown-key", message, "remove it, or correct its spelling", key)
    if form.faults:
        raise report.refusal()
    return source


def _read_entries(folder: Path, report: Report) -> dict[str, Any]:
    place = report.at(DESCRIPTION)
    path = folder / DESCRIPTION
    try:
        if path.stat().st_size > LARGEST_DESCRIPTION:
            place.error("description-size", "it is larger than 1 MB", "keep data apart")
            raise report.refusal()
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        missing = isinstance(error, FileNotFoundError)
        message = f"there is no {DESCRIPTION}" if missing else f"it cannot be read: {error}"
        rule = "description-missing" if missing else "description-syntax"
        place.error(rule, message, "describe the source in TOML, in UTF-8")
        raise report.refusal() from error


def _judge(source: Source, location: Location, form: _Form) -> None:
    """What the fields say together."""
    name, own = source.name, location.name
    if name and not NAME.fullmatch(name):
        message = "a name is lower-case letters, digits and single hyphens"
        form.fault("name", message, "rename the source and its folder", "name", name)
    elif name and name != own:
        message = f"the source calls itself otherwise than its folder ‘{own}’"
        form.fault("name", message, "give both the same name", "name", name)
    if source.visibility and source.visibility not in VISIBILITIES:
        message = f"visibility is one of {', '.join(VISIBILITIES)}"
        form.fault("visibility", message, "choose one", "visibility", source.visibility)
    if (source.visibility == "partner") != bool(source.partner):
        message = "‘partner’ is given exactly when visibility is ‘partner’"
        form.fault("partner", message, "add or remove it", "partner", source.partner)
    if not source.files and not source.endpoints:
        form.fault("files", "the source names no files", 'add files = ["…"]', "files")
    if len(set(source.files)) != len(source.files):
        form.fault("files", "a file is named twice", "name it once", "files")


class _Form:
    """Takes typed entries out of a TOML table and notes what is not as it should be."""

    def __init__(self, entries: Mapping[str, Any], report: Report) -> None:
        self.entries, self.report = entries, report
        self.faults = 0
        self.known: set[str] = set()
        if self.table("expected").keys() - {"rows", "classes", "sums"}:
            message = "‘expected’ holds the tables ‘rows’, ‘classes’ and ‘sums’, nothing else"
            self.fault("expected", message, "write [expected.rows]", "expected")

    def fault(self, rule: str, message: str, remedy: str, key: str, value: str = "") -> None:
        self.faults += 1
        place = self.report.at(DESCRIPTION)
        place.error(f"description-{rule}", message, remedy, column=key, value=value)

    def text(self, key: str, *, required: bool = False) -> str:
        self.known.add(key)
        value = self.entries.get(key, "")
        if not isinstance(value, str):
            self.fault("type", f"‘{key}’ must be text", 'write key = "…"', key, str(value))
            return ""
        if required and not value.strip():
            self.fault("missing", f"‘{key}’ is missing or empty", f'add {key} = "…"', key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        self.known.add(key)
        return self._texts(key, self.entries.get(key, []))

    def _texts(self, key: str, value: object) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        self.fault("type", f"‘{key}’ must be a list of texts", 'write ["…", "…"]', key, str(value))
        return ()

    def table(self, key: str) -> Mapping[str, Any]:
        self.known.add(key)
        return self._as_table(key, self.entries.get(key, {}))

    def _as_table(self, key: str, value: object) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self.fault("type", f"‘{key}’ must be a table", f"write [{key}]", key, str(value))
        return {}

    def lists(self, key: str) -> dict[str, tuple[str, ...]]:
        return {name: self._texts(f"{key}.{name}", v) for name, v in self.table(key).items()}

    def tables(self, key: str) -> Mapping[str, Mapping[str, str]]:
        tables = {}
        for name, table in self.table(key).items():
            if isinstance(table, dict) and all(isinstance(v, str) for v in table.values()):
                tables[name] = MappingProxyType(table)
            else:
                self.fault(
                    "type",
                    f"‘{key}.{name}’ must map texts to texts",
                    f'write [{key}.{name}] and lines like "from" = "to"',
                    key,
                )
        return MappingProxyType(tables)

    def endpoints(self, key: str) -> dict[str, Endpoint]:
        endpoints = {}
        for name, table in self.table(key).items():
            place = f"{key}.{name}"
            if not isinstance(table, dict) or not NAME.fullmatch(name):
                self.fault("type", f"‘{place}’ is no table", f"write [{key}.name]", key)
                continue
            known = {"url": str, "page": int, "timeout": int, "token_variable": str}
            known |= {"user": str, "password_variable": str, "digest": bool}
            known |= {"sources": list} if key == "hubs" else {"key": str, "changes": str}
            for field_name, value in table.items():
                if type(value) is not known.get(field_name):
                    # The value is not shown: it may be a password that has no place here.
                    message = f"‘{place}.{field_name}’ is unknown or of another type"
                    self.fault("type", message, f"use {', '.join(known)}", key)
                    break
            else:
                sources = self._texts(f"{place}.sources", table.get("sources", []))
                endpoint = Endpoint(**{**table, "sources": sources, "hub": key == "hubs"})
                self._judge_endpoint(endpoint, place)
                endpoints[name] = endpoint
        return endpoints

    def _judge_endpoint(self, endpoint: Endpoint, place: str) -> None:
        for field_name in ("url", "changes"):
            url = getattr(endpoint, field_name)
            if not ADDRESS.fullmatch(url) and (url or field_name == "url"):
                message = f"‘{place}.{field_name}’ is no address of a server, without password"
                self.fault("address", message, "write https://host/path", place, url)
        variables = {endpoint.password_variable, endpoint.token_variable} - {""}
        if (
            not all(map(VARIABLE.fullmatch, variables))
            or bool(endpoint.user) != bool(endpoint.password_variable)
            or len(variables) > 1 or (endpoint.digest and not endpoint.user)
        ):  # fmt: skip
            message = f"‘{place}’ needs ‘user’ with ‘password_variable’, or ‘token_variable’"
            remedy = "name an environment variable that begins with HUB_ENDPOINT_"
            self.fault("secret", message, remedy, place)
        elif endpoint.bare:
            message = f"‘{place}’ would send a secret unencrypted"
            self.fault("secret", message, "use https, or digest = true", place)
        if not (1 <= endpoint.page <= 100_000 and 1 <= endpoint.timeout <= 3600):
            message = f"‘{place}’ asks for 1 to 100,000 rows in 1 to 3,600 seconds"
            self.fault("range", message, "correct ‘page’ or ‘timeout’", place)

    def expected(self, key: str) -> Mapping[str, Any]:
        return self._as_table(f"expected.{key}", self.table("expected").get(key, {}))

    def sums(self) -> Mapping[str, Mapping[str, Total]]:
        return MappingProxyType(
            {
                file: self.totals(place, self._as_table(place, columns), least=None)
                for file, columns in self.expected("sums").items()
                for place in [f"expected.sums.{file}"]
            }
        )

    def codes(self, file: str) -> Mapping[str, frozenset[str]]:
        place = f"codes.{file}"
        columns = self._as_table(place, self.table("codes")[file])
        listed = {name: self._texts(f"{place}.{name}", v) for name, v in columns.items()}
        return MappingProxyType({name: frozenset(values) for name, values in listed.items()})

    def totals(
        self, place: str, table: Mapping[str, Any], least: int | None = 0
    ) -> Mapping[str, Total]:
        """Counts, which are no less than ``least``; sums may be any number."""
        kinds = (int,) if least == 0 else (int, float, Decimal)
        totals = {}
        for name, value in table.items():
            given = value if isinstance(value, dict) else {"min": value, "max": value}
            if (
                given
                and not given.keys() - {"min", "max"}
                and all(type(v) in kinds and isfinite(v) for v in given.values())
                and (least is None or min(given.values()) >= least)
            ):
                exact = {k: v if type(v) is int else Decimal(str(v)) for k, v in given.items()}
                totals[name] = Total(exact.get("min"), exact.get("max"))
            else:
                message = f"‘{place}.{name}’ must be a number or {{min, max}}"
                remedy = "write 12 or { min = 10, max = 20 }"
                self.fault("type", message, remedy, place, str(value))
        return MappingProxyType(totals)
