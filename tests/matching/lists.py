"""The shared lists as records, with the right answers beside them and never inside.

What the files hold, as found by looking:

- ``relationships``: 2,028 rows of two organisations each, 624 organisations in all, each with one
  name and nothing else. The right answer stands in ``Record ID`` and ``Related ID``, and in the
  issue's title too, which is not read either. Fewer than half of the names are the display name.
- ``japan``: 1,215 organisations, names in English, kanji and kana; city and website.
- ``portugal``: 836, with acronyms. ``finland``: 286; the answer is the second of two columns
  called ``html_url``, and the languages of a cell are separated by semicolon *and* blank.
- ``domains``: 1,000 rows of a website and a domain: no name, no country.

No list names an answer twice, but for two that name a record and its successor. Five answers are
not in the registry as it is given: those rows have no right answer, and whatever is merged there is
wrong. Thirteen answers have been withdrawn since, all of them with a successor in the registry's
own relations: the successor is the right answer, and withdrawn records are not offered. The
registry's identifiers, all others (GRID, ISNI, Wikidata, Funder, GeoNames, the senders' own) and
Wikipedia links are never read into a record, and records are called by their number.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hub.matching import Record
from hub.matching.names import find_country

LISTS = {
    "relationships": "ror_rc-v1.30__relationships.csv",
    "japan": "ror_rc-v1.59__20240112_NISTEP_new_records.csv",
    "portugal": "ror_rc-v1.64__20250421_FCT_new_records.csv",
    "finland": "ror_rc-v1.69__20250804_Finnish_society_organizations.csv",
    "domains": "ror_rc-v1.74__20251120_orcid_domain_reconciliation.csv",
}
NAMES = ("names.types.ror_display", "names.types.label", "names.types.alias", "names.types.acronym")
BASE = "https://example.org"


@dataclass(frozen=True)
class Registry:
    """The registry's records, and for each of its identifiers the IRI of the record that counts."""

    records: tuple[Record, ...]
    answers: dict[str, str]
    identifiers: dict[str, str]  # the other way round: IRI → identifier of the registry


def read_gzip(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_registry(data: Path) -> Registry:
    """The registry's active and inactive records; `data` is the folder of shared data."""
    rows = list(read_gzip(data / "orgs/ror_organizations_until_v2.7.csv.gz"))
    records, answers, withdrawn = [], {}, set()
    for number, row in enumerate(rows):
        if row["status"] == "withdrawn":
            withdrawn.add(row["ror_id"])
            continue
        names = [row["name"], *row["aliases"].split("|"), *row["acronyms"].split("|")]
        names += [label.rpartition("@")[0] for label in row["labels"].split("|")]
        answers[row["ror_id"]] = iri = f"{BASE}/registry/{number}"
        records.append(
            Record(
                iri, "organisation", tuple(dict.fromkeys(filter(None, names))),
                (row["country_code"],) if row["country_code"] else (),
                (row["city"],) if row["city"] else (),
                (row["website"],) if row["website"] else (), source="registry",
            )
        )  # fmt: skip
    successors = {
        row["ror_id"]: row["related_ror_id"]
        for row in read_gzip(data / "orgs/ror_relations_until_v2.7.csv.gz")
        if row["type"] == "successor" and row["ror_id"] in withdrawn
    }
    identifiers = {iri: identifier for identifier, iri in answers.items()}
    for former in withdrawn:
        now, seen = former, set()
        while now in successors and now not in answers and now not in seen:
            seen.add(now)
            now = successors[now]
        if now in answers:
            answers[former] = answers[now]
    return Registry(tuple(records), answers, identifiers)


def read_list(data: Path, name: str, answers: dict[str, str]) -> dict[Record, str]:
    """The records of a partner's list, each with the IRI of its right answer (or nothing)."""
    with (data / "partner_csv" / LISTS[name]).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    if name == "relationships":
        # An organisation stands in many rows; a reader of the list would take it once.
        found = {}
        for row in (dict(zip(header, row, strict=False)) for row in rows):
            found[row["Name of org in Record ID"]] = row["Record ID"]
            found[row["Name of org in Related ID"]] = row["Related ID"]
        return {
            Record(f"{BASE}/{name}/{number}", "organisation", (label,), source=name):
            answers.get(answer, "")
            for number, (label, answer) in enumerate(sorted(found.items()))
        }  # fmt: skip
    key = len(header) - 1 - header[::-1].index("html_url" if name == "finland" else "id")
    return {
        make_record(f"{BASE}/{name}/{number}", name, dict(zip(header, row, strict=False))):
        answers.get(row[key], "")
        for number, row in enumerate(rows)
    }  # fmt: skip


def make_record(iri: str, source: str, row: dict[str, str]) -> Record:
    cells = [part.strip() for column in NAMES for part in row[column].split(";")]
    names = (cell[:-3] if cell[-3:-2] == "*" else cell for cell in cells if cell)
    country = find_country(row["country"])
    domains = (row["links.type.website"], *row["domains"].split(";"))
    return Record(
        iri, "organisation", tuple(dict.fromkeys(names)), (country,) if country else (),
        (row["city"],) if row["city"] else (), tuple(filter(None, domains)), source=source,
    )  # fmt: skip


def read_companies(data: Path) -> list[Record]:
    """The biotech companies of the Bay Area."""
    with (data / "orgs/bayarea_biotech_companies.csv").open(encoding="utf-8", newline="") as file:
        return [
            Record(
                f"{BASE}/bayarea/{number}", "organisation", (row["Company Name"].strip(),), ("US",),
                (row["City"].strip(),), (row["Website"].strip(),), source="bayarea",
            )
            for number, row in enumerate(csv.DictReader(file))
        ]  # fmt: skip


def read_participants(data: Path) -> list[Record]:
    """Organisations of EU projects, with name and short name; their VAT numbers are not read."""
    path = data / "networks/cordis_h2020_organisations.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Record(
                f"{BASE}/cordis/{row['organisationID']}", "organisation",
                tuple(dict.fromkeys(filter(None, (row["name"].strip(), row["shortName"].strip())))),
                ({"EL": "GR", "UK": "GB"}.get(row["country"], row["country"]),),
                (row["city"].strip(),), (row["organizationURL"].strip(),), source="cordis",
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def thin_out(record: Record, keep: Callable[[], bool]) -> Record:
    """The record with less in it: one name, no country, no place, no website, as `keep` has it.

    At least a name or a website is left.
    """
    thin = replace(
        record,
        names=record.names if keep() else record.names[:1],
        countries=record.countries if keep() else (),
        places=record.places if keep() else (),
        domains=record.domains if keep() or not record.names else (),
    )
    return replace(thin, names=()) if thin.domains and keep() and not keep() else thin
