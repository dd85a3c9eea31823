"""Files that partner organisations really hand over, with mappings that they would write."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from loaders.description import Source
from loaders.findings import SourceRefused
from tests.conftest import shared
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
    assert set(refused) <= {"NA", "AN", "XK", "KO"}, "countries that ISO 3166 does not know"
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


def test_a_doctype_is_refused_even_in_a_well_known_vocabulary(take: Any, run: Run) -> None:
    with pytest.raises(SourceRefused, match="DOCTYPE"):
        run(take("vocab/semic/1.00_business-v1.00.rdf"), GRAPH)


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
