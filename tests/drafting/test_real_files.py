"""Every table that partners really sent is drafted, and the draft loads without an error."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from hub.publishing.loading import load
from hub.settings import Settings
from loaders.description import read_source
from loaders.drafting.draft import SourceDraft, draft_source
from loaders.drafting.vocabulary import Vocabulary
from loaders.findings import Severity
from loaders.interpretation import interpret
from tests.conftest import shared
from tests.drafting.conftest import BASE, GRAPH

# File → what its rows are, the key of the first thing, and properties that must be proposed.
FILES: dict[str, tuple[set[str], tuple[str, ...], set[str]]] = {
    "partner_csv/ror_rc-v1.30__relationships.csv": (
        {"organisation", "other-organisation"}, ("Record ID",), {"rdfs:label"},
    ),
    "partner_csv/ror_rc-v1.59__20240112_NISTEP_new_records.csv": (
        {"organisation", "city"}, ("id",), {"foaf:homepage", "mc:country", "mc:city"},
    ),
    "partner_csv/ror_rc-v1.64__20250421_FCT_new_records.csv": (
        {"organisation", "city"}, ("id",), {"foaf:homepage", "mc:country", "mc:city"},
    ),
    "partner_csv/ror_rc-v1.69__20250804_Finnish_society_organizations.csv": (
        {"organisation", "city"}, ("html_url (2)",), {"schema:foundingDate", "mc:country"},
    ),
    "partner_csv/ror_rc-v1.74__20251120_orcid_domain_reconciliation.csv": (
        {"organisation"}, ("id",), {"foaf:homepage"},
    ),
    "orgs/ror_organizations_until_v2.7.csv.gz": (
        {"organisation", "city"}, ("ror_id",), {"a", "mc:country", "skos:altLabel"},
    ),
    "orgs/ror_records_schema2_until_v2.7.jsonl.gz": (
        {"organisation"}, ("id",), {"rdfs:label", "mc:country"},
    ),
    "orgs/ror_relations_until_v2.7.csv.gz": (
        {"other-organisation"}, ("related_ror_id",), {"rdfs:label"},
    ),
    "orgs/ita_international_posts.xml": ({"organisation"}, ("OFFICENAME",), {"mc:country"}),
    "orgs/ita_international_posts.json": ({"organisation"}, ("office_name",), {"mc:country"}),
    "orgs/bayarea_biotech_companies.csv": (
        {"organisation"}, ("Company Name",), {"schema:address", "foaf:homepage"},
    ),
    "orgs/dz_incubators.csv": ({"organisation"}, ("num",), {"a", "schema:email"}),
    "networks/cordis_h2020_organisations.csv": (
        {"organisation", "city"}, ("organisationID",),
        {"a", "mc:country", "skos:altLabel", "foaf:homepage"},
    ),
    "networks/cordis_h2020_participation_start_before_2019.csv.gz": (
        {"organisation", "project", "involvement"}, ("pic",),
        {"mc:inRole", "schema:startDate", "schema:endDate", "mc:involves", "mc:involvedIn"},
    ),
    "networks/poland_affiliations_start_before_1984.csv": (
        {"person", "organisation", "membership"}, ("Member.ID",),
        {"org:member", "org:organization", "schema:startDate", "schema:endDate"},
    ),
    "networks/poland_members.csv": ({"person"}, ("Member.ID",), {"rdfs:label"}),
    "networks/poland_organizations.csv": ({"organisation"}, ("Org.ID",), {"rdfs:label"}),
    "agreements/heidi_dataset.xlsx": ({"agreement"}, ("ID",), {"mc:signed"}),
    "agreements/HUGGO_trade_agreements.csv": (
        {"agreement"}, ("treatyID",), {"mc:signed", "schema:validFrom", "schema:validThrough"},
    ),
}  # fmt: skip
# Rows that a load leaves out, each with a finding: no web addresses, no dates, ends of two dates.
LEFT_OUT = {
    "networks/cordis_h2020_organisations.csv": 4,
    "orgs/ror_organizations_until_v2.7.csv.gz": 2,
    "orgs/ror_records_schema2_until_v2.7.jsonl.gz": 2,
}
LARGE = {name for name in FILES if name.endswith(".gz")}
# Those that are published; the JSON twin has the name of the XML one.
SMALL = sorted(FILES.keys() - LARGE - {"orgs/ita_international_posts.json"})


def make(file: str, out: Path, vocabulary: Vocabulary) -> SourceDraft:
    return draft_source(shared(f"data/{file}"), out, vocabulary, base=BASE, graph=GRAPH)


@pytest.mark.parametrize("file", FILES)
def test_a_draft_of_a_real_file_loads(file: str, tmp_path: Path, vocabulary: Vocabulary) -> None:
    things, key, properties = FILES[file]
    draft = make(file, tmp_path, vocabulary)
    # What the command found when it loaded the draft, and for smaller files once more from disk.
    findings, rejected = draft.findings, draft.rejected
    if file not in LARGE:
        out = io.BufferedWriter(io.BytesIO())
        result = interpret(read_source(draft.folder), base=BASE, graph=GRAPH, out=out)
        findings, rejected = result.findings, result.rejected
    errors = {f.row for f in findings if f.severity is Severity.ERROR}
    assert rejected == len(errors) == LEFT_OUT.get(file, 0)
    drafted = draft.tables[0].things
    assert {thing.name for thing in drafted} == things
    assert drafted[0].key == key
    assert properties <= {p.predicate for thing in drafted for p in thing.proposals}
    mapped = {c for t in drafted for p in t.proposals for c in p.columns} | {
        c for t in drafted for c in t.key
    }
    # Every column is mapped, or it is said why not.
    left = set(draft.tables[0].left)
    assert {c.name for c in draft.tables[0].profile.columns} == mapped | left
    assert not mapped & left


def test_drafts_pass_the_shapes_and_are_published(tmp_path: Path, vocabulary: Vocabulary) -> None:
    drafts = [make(file, tmp_path / str(n), vocabulary) for n, file in enumerate(SMALL)]
    folders = {draft.name: draft.folder for draft in drafts}
    assert len(folders) == len(SMALL), "files of several names are told apart by theirs"
    report = load(Settings(data=tmp_path / "data", folders=tuple(folders.values())))
    errors = {
        source.name: {f.row for f in source.findings if f.severity is Severity.ERROR}
        for source in report.sources
    }
    assert report.outcome == "published"
    assert folders.keys() == errors.keys()
    assert {source.name: source.rejected for source in report.sources if source.rejected} == {
        "cordis-h2020-organisations": 4,
        "poland-affiliations-start-before-1984": 2,
    }
    assert all(len(errors[source.name]) == source.rejected for source in report.sources)


def test_the_twins_are_understood_alike(tmp_path: Path, vocabulary: Vocabulary) -> None:
    xml, json = (
        make(f"orgs/ita_international_posts.{kind}", tmp_path / kind, vocabulary)
        for kind in ("xml", "json")
    )
    assert xml.statements == json.statements
    assert xml.rows == json.rows == 120
