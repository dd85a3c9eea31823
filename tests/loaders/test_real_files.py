"""Files that partner organisations really hand over, with mappings that they would write."""

from __future__ import annotations

import csv
import gzip
import tarfile
from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from loaders.description import Source
from tests.conftest import ROOT, shared
from tests.loaders.conftest import GRAPH, Build, Run, canonical


@pytest.fixture
def take(build: Build) -> Any:
    """Describe a copy of a shared file: ``take("orgs/x.csv", mapping, **fields)``."""

    def make(name: str, mapping: str = "", **fields: Any) -> Source:
        path = shared(f"data/{name}")
        return build({path.name: path.read_bytes()}, mapping, **fields)

    return make


def write_mapping(source: str, reference: str) -> str:
    """The least mapping: a thing and its label."""
    return f"""
mappings:
  thing:
    sources: [[{source}]]
    s: thing/$({reference})
    po: [[rdfs:label, $({reference})]]
"""


TWIN = """
mappings:
  office:
    sources: [[{source}]]
    s:
      function: mcf:concat
      parameters: [[mcf:value, office/], [mcf:value, {slug}]]
    po:
      - [a, mc:Office]
      - [rdfs:label, {POST}]
      - [dcterms:title, {OFFICENAME}]
      - [schema:telephone, {PHONE}]
      - [schema:faxNumber, {FAX}]
      - [mc:postType, {POSTTYPE}]
"""
FIELDS = {
    "POST": "post",
    "OFFICENAME": "office_name",
    "PHONE": "phone",
    "FAX": "fax",
    "POSTTYPE": "post_type",
}


def write_twin(source: str, fields: dict[str, str]) -> str:
    """The mapping of one twin; the JSON one was written with runs of spaces made one."""
    call = "{{function: mcf:{}, parameters: [[mcf:value, $({})]]}}"
    values = {name: call.format("trim", field) for name, field in fields.items()}
    return TWIN.format(source=source, slug=call.format("slug", fields["OFFICENAME"]), **values)


def test_the_xml_and_the_json_twin_give_the_same_graph(take: Any, run: Run) -> None:
    file = "ita_international_posts"
    xml = write_twin(f"'{file}.xml~xpath', '/POSTLIST/POSTINFO'", {name: name for name in FIELDS})
    json = write_twin(f"'{file}.json~jsonpath', '$[*]'", FIELDS)
    result_of_xml, quads_of_xml = run(take(f"orgs/{file}.xml", xml))
    result_of_json, quads_of_json = run(take(f"orgs/{file}.json", json))
    assert sum(result_of_xml.rows.values()) == sum(result_of_json.rows.values()) == 120
    assert result_of_xml.rejected == result_of_json.rejected == 0
    assert canonical(quads_of_xml) == canonical(quads_of_json)
    unmapped = {f.column for f in result_of_xml.findings if f.rule == "column-unmapped"}
    assert {"EMAIL", "CTRNUMBER", "TIMEZONE"} <= unmapped


def test_both_syntaxes_of_nace_give_the_same_graph(take: Any, run: Run) -> None:
    _, turtle = run(take("vocab/nace_r2.ttl"))
    _, rdfxml = run(take("vocab/nace_r2.rdf"))
    assert turtle.count("\n") > 9000
    assert canonical(turtle) == canonical(rdfxml)


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("vocab/EuroSciVoc.ttl.zip", 6000),
        ("vocab/EURIO_2.4.ttl", 1000),
        ("vocab/w3c/org.nq", 700),
        ("vocab/semic/2.00_core-public-organisation.rdf", 100),
        ("vocab/semic/2.3.0_core-business-ap-SHACL.ttl", 500),
    ],
)
def test_vocabularies_load_twice_alike_without_blank_nodes(
    name: str, statements: int, take: Any, run: Run
) -> None:
    source = take(name)
    result, quads = run(source, GRAPH)
    assert next(iter(result.rows.values())) > statements
    assert "_:" not in [term for line in quads.splitlines() for term in line.split(" ", 1)[:1]]
    assert result.rejected == 0
    assert run(source, GRAPH)[1] == quads


CORDIS = """
mappings:
  organisation:
    sources: [['{file}~csv']]
    s: organisation/cordis.$({key})
    po:
      - [a, org:Organization]
      - p: mc:country
        o:
          function: mcf:concat
          type: iri
          parameters:
            - [mcf:value, country/]
            - [mcf:value, {{function: mcf:countryCode, parameters: [[mcf:value, $(country)]]}}]
"""


def test_cordis_has_its_own_codes_of_greece_and_the_united_kingdom(take: Any, run: Run) -> None:
    file = "cordis_h2020_organisations.csv"
    result, quads = run(
        take(f"networks/{file}", CORDIS.format(file=file, key="organisationID")), GRAPH
    )
    assert result.rows == {file: 1819}
    assert "country/GR>" in quads
    assert "country/GB>" in quads
    assert "country/EL>" not in quads
    assert "country/UK>" not in quads
    assert result.rejected == 0


def test_a_packed_list_of_91334_rows(take: Any, run: Run) -> None:
    file = "cordis_h2020_participation_start_before_2019.csv.gz"
    result, quads = run(take(f"networks/{file}", CORDIS.format(file=file, key="pic")), GRAPH)
    assert result.rows == {file: 91334}
    refused = Counter(f.value for f in result.findings if f.rule == "function-countryCode")
    assert set(refused) <= {"NA", "AN", "KO"}, "countries that nobody knows"
    assert "country/XK>" in quads, "Kosovo, as the EU has it"
    assert quads.count("<http://www.w3.org/ns/org#Organization>") == 91334 - result.rejected


REGISTRY = """
mappings:
  organisation:
    sources: [{source}]
    s: $({id})~iri
    po:
      - [a, org:Organization]
      - [mc:status, {status}]
      - [schema:foundingDate, $(established), xsd:gYear]
"""


def test_the_registry_as_csv_and_as_json_gives_the_same_graph(take: Any, run: Run) -> None:
    table = "ror_organizations_until_v2.7.csv.gz"
    lines = "ror_records_schema2_until_v2.7.jsonl.gz"
    of_csv = REGISTRY.format(source=f"['{table}~csv']", id="ror_id", status="$(status)")
    of_lines = REGISTRY.format(source=f"['{lines}~jsonpath', '$']", id="id", status="$(status)")
    _, quads_of_csv = run(take(f"orgs/{table}", of_csv))
    result, quads_of_lines = run(take(f"orgs/{lines}", of_lines))
    assert result.rows == {lines: 32156}
    # The CSV holds more organisations; of those in both, the same is said.
    both = set(quads_of_lines.splitlines())
    assert both <= set(quads_of_csv.splitlines())
    assert len(both) > 2.5 * 32156


@pytest.mark.parametrize(
    ("file", "reference", "rows"),
    [
        ("ror_rc-v1.59__20240112_NISTEP_new_records.csv", "names.types.ror_display", 800),
        ("ror_rc-v1.64__20250421_FCT_new_records.csv", "names.types.ror_display", 500),
        ("ror_rc-v1.69__20250804_Finnish_society_organizations.csv", "html_url (2)", 280),
        ("ror_rc-v1.74__20251120_orcid_domain_reconciliation.csv", "domains", 500),
        ("ror_rc-v1.30__relationships.csv", "Record ID", 1500),
    ],
)
def test_partner_lists_with_double_and_empty_headers(
    file: str, reference: str, rows: int, take: Any, run: Run
) -> None:
    mapping = write_mapping(f"'{file}~csv'", reference)
    result, quads = run(take(f"partner_csv/{file}", mapping), GRAPH)
    assert result.rows[file] >= rows
    assert result.rejected == len([f for f in result.findings if f.severity == "error"])
    assert result.rejected < rows / 50
    assert quads


@pytest.mark.parametrize(
    ("name", "reference", "encoding"),
    [
        ("orgs/dz_incubators.csv", "name", "utf-8"),
        ("orgs/bayarea_biotech_companies.csv", "Company Name", "utf-8"),
        ("networks/poland_members.csv", "Full.Name", "utf-8"),
        ("networks/poland_organizations.csv", "Organization.Name", "utf-8"),
        ("networks/poland_affiliations_start_before_1984.csv", "Member.ID", "utf-8"),
        ("vocab/codes/gleif_elf-codes-1.4.1.csv", "ELF Code", "utf-8-sig"),
        ("vocab/codes/world-cities.csv", "name", "utf-8"),
        ("vocab/codes/country-codes.csv", "ISO3166-1-Alpha-2", "utf-8"),
        ("agreements/HUGGO_trade_agreements.csv", "Title", "windows-1252"),
    ],
)
def test_lists_load_whole(name: str, reference: str, encoding: str, take: Any, run: Run) -> None:
    file = Path(name).name
    result, _ = run(take(name, write_mapping(f"'{file}~csv'", reference)), GRAPH)
    with shared(f"data/{name}").open(encoding=encoding, newline="") as stream:
        assert result.rows[file] == sum(any(row) for row in csv.reader(stream)) - 1
    assert result.rejected == 0
    guessed = "encoding-guessed" in {finding.rule for finding in result.findings}
    assert guessed == (encoding == "windows-1252")


def test_entities_for_namespaces_are_plain_text(take: Any, run: Run) -> None:
    _, quads = run(take("vocab/semic/1.00_business-v1.00.rdf"), GRAPH)
    assert "<http://www.w3.org/2000/01/rdf-schema#label>" in quads
    assert "&" not in "".join(line.split(" ")[0] for line in quads.splitlines())


def test_relations_of_the_registry(take: Any, run: Run) -> None:
    file = "ror_relations_until_v2.7.csv.gz"
    mapping = write_mapping(f"'{file}~csv'", "ror_id").replace(
        "[[rdfs:label, $(ror_id)]]", "[[mc:related, $(related_ror_id)~iri]]"
    )
    result, quads = run(take(f"orgs/{file}", mapping), GRAPH)
    with gzip.open(shared(f"data/orgs/{file}"), "rt", encoding="utf-8", newline="") as stream:
        pairs = [(row["ror_id"], row["related_ror_id"]) for row in csv.DictReader(stream)]
    assert result.rows == {file: len(pairs)}
    assert result.rejected == 0
    related = {line for line in quads.splitlines() if "ns#related> <https://ror.org/" in line}
    assert len(related) == len(set(pairs))
    assert {f.column for f in result.findings if f.rule == "column-unmapped"} == {
        "type", "related_label", "release"
    }  # fmt: skip


# Of the archive, which is cut, the tables before the cut: the column asked for, rows, left out.
AWKWARD = {
    "Table With Data.csv": ("id", 2, 0), "[table].csv": ("id", 2, 0),
    "accent.csv": ("accessibilité", 2, 0), "analysis-data.csv": ("type_school", 9, 0),
    "ascii-notvalid.csv": ("C", 1, 0), "ascii.csv": ("C", 1, 0), "blank-cells.csv": ("id", 5, 0),
    "blank-headers.csv": ("(column 2)", 2, 0), "blank-rows-multiple.csv": ("id", 2, 0),
    "blank-rows-no-fields.csv": ("id", 2, 0), "blank-rows.csv": ("id", 2, 0),
    "bom.csv": ("id", 2, 0), "capital-3.csv": ("id", 5, 0), "capital-invalid.csv": ("id", 10, 2),
    "capital-valid.csv": ("id", 5, 0), "capitals.csv": ("cid", 5, 0),
    "adjust-floating-point-error.xlsx": ("actual PO4 (values)", 5, 0),
}  # fmt: skip


@cache
def read_awkward() -> dict[str, bytes]:
    found = {}
    path = shared("data/awkward/frictionless-data.tar.gz")
    with suppress(tarfile.ReadError), tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and (stream := archive.extractfile(member)):
                found[Path(member.name).name] = stream.read()
    return found


def test_no_awkward_table_is_forgotten() -> None:
    tables = {name for name in read_awkward() if name.endswith((".csv", ".xlsx"))}
    assert tables == AWKWARD.keys()


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_tables(name: str, build: Build, run: Run) -> None:
    column, rows, left_out = AWKWARD[name]
    mapping = write_mapping(f"'{name}~{name.rpartition('.')[2]}'", column)
    result, quads = run(build({name: read_awkward()[name]}, mapping), GRAPH)
    assert sum(result.rows.values()) == rows
    assert result.rejected == left_out
    assert quads.count("#label> ") == rows - left_out
    if name.startswith("adjust"):
        assert '"274.66"' in quads, "a spreadsheet shows fifteen digits"


def list_vocabularies() -> list[str]:
    folder = ROOT.parent / "shared" / "data"
    kinds = (".ttl", ".rdf", ".nq", ".zip")
    return sorted(
        str(path.relative_to(folder)) for path in folder.glob("vocab/**/*") if path.suffix in kinds
    )


@pytest.mark.parametrize("name", list_vocabularies())
def test_every_vocabulary_loads(name: str, take: Any, run: Run) -> None:
    result, quads = run(take(name), GRAPH)
    assert result.quads == quads.count("\n") > 0
    assert result.rejected == len([f for f in result.findings if f.severity == "error"]) < 5


def test_a_workbook_of_agreements(take: Any, run: Run) -> None:
    mapping = """
mappings:
  agreement:
    sources: [[heidi_dataset.xlsx~xlsx]]
    s: agreement/heidi.$(ID)
    po:
      - [rdfs:label, $(Name.of.the.agreement)]
      - [mc:signed, {function: mcf:date, parameters: [[mcf:value, $(signature.date)]]}]
"""
    result, quads = run(take("agreements/heidi_dataset.xlsx", mapping), GRAPH)
    book = openpyxl.load_workbook(shared("data/agreements/heidi_dataset.xlsx"), read_only=True)
    rows = [row[0] for row in book.worksheets[0].iter_rows(values_only=True) if any(row)]
    assert sum(result.rows.values()) == len(rows) - 1
    assert "/agreement/heidi.10> " in quads
    assert '"1882-02-23"^^<http://www.w3.org/2001/XMLSchema#date>' in quads
    assert '"1946-12-30"^^<http://www.w3.org/2001/XMLSchema#date>' in quads


def test_attributes_of_xml(take: Any, run: Run) -> None:
    mapping = write_mapping("'iso3166_all.xml~xpath', '/countries/country'", "@name")
    mapping = mapping.replace("thing/$(@name)", "country/$(@alpha-2)")
    result, quads = run(take("vocab/codes/iso3166_all.xml", mapping), GRAPH)
    assert result.rows == {"iso3166_all.xml": 249}
    assert (
        f'/country/AX> <http://www.w3.org/2000/01/rdf-schema#label> "Åland Islands" <{GRAPH}> .'
        in quads
    )
