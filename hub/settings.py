"""Where the hub keeps its things and which sources it loads: `hub.toml`, or the bundled sources.

A `hub.toml` may say:

    base = "https://hub.example.org/id/"     # IRIs of things; graphs stand beside it
    address = "https://hub.example.org"      # where it is reached; else what the request says
    sources = ["bundled", "partners/*"]      # folders with a source.toml, or folders of such
    identity = ["partners/identity.csv"]     # files of judgements, beside the bundled one
    keep = 5                                 # generations kept for rolling back
    workers = 4                              # query processes, one of them for pages alone
    query_seconds = 30                       # wall clock of one query
    query_megabytes = 1024                   # memory that one query may use
    query_rows = 1000000                     # rows of one answer
    requests_per_minute = 1200               # of one caller: an account, else an address
    seconds_per_minute = 60                  # that the hub works for one caller
    patience = 20                            # seconds; in 6 of it a request must come, or 1 MB go
    waiting_megabytes = 2048                 # of answers that wait on disk for slow readers
    proxy = "127.0.0.1"                      # whose X-Forwarded-For, -Proto and -Host are believed

    [services.registry]                      # an endpoint that queries may ask by SERVICE
    url = "https://registry.example.org/sparql"
    iri = "urn:x-service:registry"           # what queries call it, if not by its url
    visibility = "consortium"                # who may ask it: public, consortium or partner
    timeout = 10                             # seconds of one answer,
    rows = 10000                             # its rows,
    megabytes = 16                           # its size
    token_variable = "HUB_ENDPOINT_REGISTRY" # credentials, as of a source's endpoint

    [single_sign_on]                         # log-in elsewhere: hub/accounts/single_sign_on.py

    [[source]]                               # a source that is described here, as source.toml does
    name = "parks"
    location = "lists/parks.xlsx"            # its file, or the folder of its `files`
    mapping = "parks.yml"                    # beside this file
    title = "…"
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from glob import glob
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub.errors import Invalid
from hub.vocabulary import DEFAULT_BASE
from loaders.description import PARTNER, VISIBILITIES, Endpoint, Location, read_endpoint
from loaders.findings import SourceRefused

BUNDLED = "bundled"


@dataclass(frozen=True)
class Service:
    """An endpoint that queries may ask by SERVICE.

    Attributes:
        iri: what queries call it.
        level, partner: who may ask it.
        rows, bytes: how large its answers may be.
    """

    iri: str
    endpoint: Endpoint
    level: str = "public"
    partner: str | None = None
    rows: int = 10_000
    bytes: int = 16 * 2**20


@dataclass(frozen=True)
class Settings:
    """The settings of one hub; paths are absolute, `base` ends in `/` or `#`."""

    data: Path
    base: str = DEFAULT_BASE
    address: str = ""
    folders: tuple[Path, ...] = ()
    identity: tuple[Path, ...] = ()
    keep: int = 5
    workers: int = 4
    query_seconds: float = 30.0
    query_megabytes: int = 1024
    query_rows: int = 1_000_000
    requests_per_minute: int = 1_200
    seconds_per_minute: float = 60.0
    patience: float = 20.0
    waiting_megabytes: int = 2_048
    proxy: str = ""
    single_sign_on: Mapping[str, Any] = field(default_factory=dict)
    entries: tuple[Location, ...] = ()
    services: tuple[Service, ...] = ()

    @property
    def root(self) -> str:
        """The IRI under which `id/`, `graph/` and the rest of the hub's own names stand."""
        return self.base.removesuffix("id/") if self.base.endswith("/id/") else self.base

    def graph(self, name: str) -> str:
        """The IRI of the graph that holds what the source `name` says."""
        return f"{self.root}graph/{name}"


def resource_folder(name: str) -> Path:
    """The folder `ontology` or `queries`: at the top of a checkout, or installed inside `hub`."""
    package = Path(__file__).resolve().parent
    for folder in (package.parent / name, package / name):
        if folder.is_dir():
            return folder
    raise Invalid(f"The folder {name}/ of the hub is missing.", remedy="Install the hub again.")


def bundled_sources() -> Path:
    """The folder of the sources that come with the hub."""
    import loaders

    return Path(loaders.__file__).resolve().parent / "bundled"


def read_settings(data: Path | None = None, config: Path | None = None) -> Settings:
    """Read `hub.toml` (`config`, `HUB_CONFIG` or the working folder's); defaults where none is.

    Raises:
        Invalid: the file is no TOML, has an unknown key or a value of the wrong type.
    """
    data = (data or Path(os.environ.get("HUB_DATA") or "data")).resolve()
    path = config or Path(os.environ.get("HUB_CONFIG") or "hub.toml")
    if not path.exists():
        if config or os.environ.get("HUB_CONFIG"):
            raise Invalid("There is no such settings file.", where=str(path))
        return settings_from({}, path, data)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Invalid(
            f"The settings cannot be read: {error}.", where=str(path), remedy="Mend the file."
        ) from error
    return settings_from(values, path.resolve(), data)


# What stands in `Settings` as it is in the file.
PLAIN = {
    one.name: type(one.default)
    for one in fields(Settings)
    if type(one.default) in (str, int, float)
}
PLAIN["single_sign_on"] = dict
KINDS: dict[str, type] = PLAIN | dict.fromkeys(("sources", "identity", "source"), list)
KINDS["services"] = dict


def settings_from(values: Mapping[str, Any], path: Path, data: Path) -> Settings:
    """Settings from the parsed `hub.toml` at `path`. Raises Invalid as `read_settings`."""
    for key, value in values.items():
        if key not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise Invalid(
                f"Unknown setting “{key}”.", where=str(path), remedy=f"Known are: {known}."
            )
        kind = (int, float) if KINDS[key] is float else KINDS[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise Invalid(f"The setting “{key}” has a value of the wrong type.", where=str(path))
        if isinstance(value, int | float) and value < 1:
            raise Invalid(f"The setting “{key}” must be at least 1.", where=str(path))
    base = values.get("base", DEFAULT_BASE)
    if urlsplit(base).scheme not in {"http", "https"} or base[-1] not in "/#" or set(base) & BAD:
        raise Invalid(
            f"The base “{base}” is not an http(s) IRI that ends in / or #.", where=str(path)
        )
    address = values.get("address")
    if address is not None and not re.fullmatch(f"https?://{HOST}", address):
        raise Invalid(
            f"The address “{address}” is not http(s):// and a host alone.",
            where=str(path),
            remedy="Write it as https://hub.example.org, without a path.",
        )
    folders: list[Path] = []
    identity = [path.parent / name for name in values.get("identity", [])]
    for name in values.get("sources", [BUNDLED]):
        if name == BUNDLED:
            folders += source_folders(bundled_sources())
            identity.append(bundled_sources() / "identity.csv")
            continue
        folder = path.parent / name
        globbed = (Path(match) for match in glob(str(folder)))
        found = sorted(f for f in globbed if f.is_dir()) if "*" in name else [folder]
        sources = [source for each in found for source in source_folders(each)]
        if not sources:
            raise Invalid(f"“{name}” in `sources` matches no source.", where=str(path))
        folders += sources
    return Settings(
        data=data,
        folders=tuple(folders),
        identity=tuple(identity),
        entries=tuple(locate_entry(entry, path) for entry in values.get("source", [])),
        services=read_services(values.get("services", {}), path),
        **{key: value for key, value in values.items() if key in PLAIN},
    )


HOST = r"([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"  # and port
BAD = set(' <>"{}|\\^`\n\t')
MOST_ROWS, MOST_MEGABYTES = 100_000, 256  # of one answer of a service
OF_SERVICE = {"iri": str, "visibility": str, "partner": str, "rows": int, "megabytes": int}


def read_services(tables: Mapping[str, Any], path: Path) -> tuple[Service, ...]:
    """The `[services.NAME]` of the `hub.toml` at `path`.

    Raises Invalid for what is unknown, of another type or out of range, for two of one IRI, and for
    what `loaders.description.read_endpoint` refuses.
    """
    services: dict[str, Service] = {}
    for name, table in tables.items():
        where = f"{path}, services.{name}"
        stated = dict(table) if isinstance(table, dict) else {}
        own = {key: stated.pop(key) for key in OF_SERVICE if key in stated}
        wrong = [key for key, value in own.items() if type(value) is not OF_SERVICE[key]]
        level, partner = own.get("visibility", "public"), own.get("partner")
        if level not in VISIBILITIES or (level == "partner") != bool(partner):
            wrong.append("visibility")
        if partner and not wrong and not PARTNER.fullmatch(partner):
            wrong.append("partner")
        rows, megabytes = own.get("rows", 10_000), own.get("megabytes", 16)
        if not wrong and not (1 <= rows <= MOST_ROWS and 1 <= megabytes <= MOST_MEGABYTES):
            wrong.append("rows or megabytes")
        if wrong:
            levels = f"visibility is one of {', '.join(VISIBILITIES)}, the last with a partner"
            sizes = f"rows are 1 to {MOST_ROWS:,}, megabytes 1 to {MOST_MEGABYTES}"
            message = f"{wrong[0]} has a value that cannot be."
            raise Invalid(message, where=where, remedy=f"{levels}; {sizes}.")
        try:
            endpoint = read_endpoint(name, {"timeout": 10} | stated)
        except SourceRefused as refused:
            raise Invalid.of(refused.findings[0], where) from refused
        iri = own.get("iri", endpoint.url)
        if iri in services:
            raise Invalid(f"Two services are called {iri}.", where=where, remedy="Rename one.")
        services[iri] = Service(iri, endpoint, level, partner, rows, megabytes * 2**20)
    return tuple(services.values())


def locate_entry(entry: Any, path: Path) -> Location:
    """A source described in the `hub.toml` at `path`. Raises Invalid without name or location."""
    stated = dict(entry) if isinstance(entry, dict) else {}
    name, location = stated.get("name"), stated.pop("location", None)
    if not (isinstance(name, str) and name and isinstance(location, str) and location):
        raise Invalid(
            "A [[source]] needs a name and a location.",
            where=str(path),
            remedy="Give the file, or the folder of its files, as `location`.",
        )
    place = path.parent / location
    if place.is_dir() or "files" in stated:
        return Location(name, place, stated, path.parent)
    return Location(name, place.parent, {**stated, "files": [place.name]}, path.parent)


def source_folders(folder: Path) -> tuple[Path, ...]:
    """Those of the folders in `folder` that hold a source.toml, sorted; else `folder` itself."""
    inside = tuple(sorted(path.parent.resolve() for path in folder.glob("*/source.toml")))
    return inside if inside else (folder.resolve(),)
