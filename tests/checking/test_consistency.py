"""HermiT finds the ontology consistent, and finds errors that are planted."""

from __future__ import annotations

import io
import os
import shutil
from functools import cache
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, Graph
from rdflib.term import Literal, Node

from hub.checking.consistency import find_contradictions, read_ontology
from hub.errors import HubError, Unavailable
from tests.checking.contract_examples import FOAF, ID, MC, ONTOLOGY, ORG, read_good

BUNDLED = ONTOLOGY.parent / "loaders" / "bundled"


@pytest.fixture(autouse=True)
def _java(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("java") and not shutil.which("java"):
        if "java" in os.environ.get("HUB_TEST_REQUIRE", ""):
            pytest.fail("HUB_TEST_REQUIRE asks for Java, and there is no java on the PATH.")
        pytest.skip("HermiT needs Java, and there is no java on the PATH.")


@cache
def ontology() -> Graph:
    return read_ontology(ONTOLOGY)


@pytest.mark.java
def test_the_ontology_is_consistent_and_every_class_can_have_members() -> None:
    assert find_contradictions(ontology()) == ()


@pytest.mark.java
def test_the_bundled_facts_agree_with_the_ontology() -> None:
    from loaders.description import read_source
    from loaders.interpretation import interpret

    facts = ontology() + read_good()
    folders = sorted(path.parent for path in BUNDLED.glob("*/source.toml"))
    for folder in folders:
        out = io.BytesIO()
        # With an empty graph the loader writes triples, and no provenance of rows.
        interpret(read_source(folder), base=str(ID), graph="", out=out)
        facts.parse(data=out.getvalue(), format="nt")
    assert len(folders) >= 10
    assert find_contradictions(facts) == ()


@pytest.mark.java
def test_a_planted_impossible_class_is_found() -> None:
    broken = ontology() + Graph()
    for wider in (MC.Mission, MC.City):
        broken.add((MC.TravellingTown, RDFS.subClassOf, wider))
    broken.add((MC.TravellingTown, RDF.type, OWL.Class))
    (found,) = find_contradictions(broken)
    assert found.startswith("Nothing can be a mc:TravellingTown")


@pytest.mark.java
@pytest.mark.parametrize(
    ("planted", "message"),
    [
        ((ID["organisation/s.cluster"], RDF.type, MC.Mission), "schema:Event (stated as mc:Miss"),
        ((ID["organisation/s.cluster"], RDF.type, FOAF.Person), "both org:Organization"),
        ((ID["agreement/s.mou"], MC.city, ID["place/xx-town"]), "since it has mc:city"),
        ((ID["membership/s.ann"], ORG.organization, ID["person/s.ann"]), "as org:organization of"),
        ((ID["place/xx-town"], RDF.type, MC.Country), "both mc:Country"),
        ((ID["organisation/s.company"], RDF.type, MC.LargeCompany), "both mc:SME"),
        ((ID["figure/s.1"], MC.value, Literal("many")), "‘many’, which is no xsd:decimal"),
    ],
)
def test_a_planted_contradiction_is_found_and_named(
    planted: tuple[Node, Node, Node], message: str
) -> None:
    broken = ontology() + read_good()
    broken.add(planted)
    found = find_contradictions(broken)
    assert any(message in each for each in found), found


@pytest.mark.java
def test_a_contradiction_of_another_kind_is_reported_without_its_place() -> None:
    broken = ontology() + read_good()
    broken.add((ID["organisation/s.cluster"], ORG.memberOf, ID["organisation/s.cluster"]))
    (found,) = find_contradictions(broken)
    assert "contradict" in found


def test_without_java_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match=r"needs Java.*Install a Java runtime"):
        find_contradictions(ontology())


def test_a_file_that_is_no_turtle_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.ttl").write_text("mc:Cluster a owl:Class", encoding="utf-8")
    with pytest.raises(HubError, match=r"broken\.ttl: The file cannot be read"):
        read_ontology(tmp_path)
