"""Small sources in a folder, for tests of loading: written, changed, broken."""

from __future__ import annotations

from pathlib import Path

from hub.settings import Settings

CLUSTERS = """\
prefixes:
  mc: https://w3id.org/metacluster/ns#
  rdfs: http://www.w3.org/2000/01/rdf-schema#
  org: http://www.w3.org/ns/org#
  prov: http://www.w3.org/ns/prov#
mappings:
  cluster:
    sources: ['clusters.csv~csv']
    s: organisation/{name}.$(key)
    po:
      - [a, mc:Cluster]
      - [rdfs:label, $(label), en~lang]
      - [mc:country, country/$(country)~iri]
      - [prov:hadPrimarySource, document/list~iri]
      - [mc:place, row $(key)]
"""


DESCRIPTION = """\
name = "{name}"
title = "Clusters of {name}"
owner = "{name}"
visibility = "{visibility}"
{partner}
licence = "CC0"
mapping = "mapping.yml"
files = ["clusters.csv"]
[expected]
rows = {{ "clusters.csv" = {rows} }}
"""


def write_source(
    folder: Path,
    name: str,
    rows: dict[str, str],
    *,
    visibility: str = "public",
    partner: str = "",
    expected: str = "{ min = 1 }",
) -> Path:
    """A source of clusters, key → label; returns its folder."""
    source = folder / name
    source.mkdir(parents=True, exist_ok=True)
    (source / "mapping.yml").write_text(CLUSTERS.format(name=name), encoding="utf-8")
    (source / "source.toml").write_text(
        DESCRIPTION.format(
            name=name,
            visibility=visibility,
            partner=f'partner = "{partner}"' if partner else "",
            rows=expected,
        ),
        encoding="utf-8",
    )
    write_rows(source, rows)
    return source


def write_rows(source: Path, rows: dict[str, str]) -> None:
    lines = "".join(f'{key},"{label}",ES\n' for key, label in rows.items())
    (source / "clusters.csv").write_text("key,label,country\n" + lines, encoding="utf-8")


def write_judgements(folder: Path, *rows: str) -> Path:
    path = folder / "identity.csv"
    header = "judgement,left,right,by,date,visibility,reason\n"
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def settings(folder: Path, *sources: Path, identity: Path | None = None) -> Settings:
    return Settings(data=folder / "data", folders=sources, identity=(identity,) if identity else ())
