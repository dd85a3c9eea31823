"""The table of the README: `python -m tests.w3c` runs the suite by HTTP and prints it."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.conftest import ROOT
from tests.w3c import test_graph_store, test_protocol, test_query, test_service_description
from tests.w3c.conftest import read_graphs, serve_graphs
from tests.w3c.suite import EVALUATED

FORMATS = ("csv-tsv-res", "json-res")


def tell(name: str, results: Iterable[bool]) -> None:
    found = list(results)
    print(f"| {name} | {sum(found)} of {len(found)} |")


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with tarfile.open(ROOT.parent / "shared" / "suites" / "w3c-rdf-tests.tar.gz") as archive:
            archive.extractall(folder, filter="data")
        suite = folder / "rdf-tests" / "sparql" / "sparql11"
        with serve_graphs(folder, read_graphs(suite)) as server:
            language = tuple(name for name in EVALUATED if name not in FORMATS)
            print("| W3C SPARQL 1.1 | pass |\n|---|---|")
            for title, folders in (
                ("query evaluation", language),
                ("query syntax", ("syntax-query",)),
                ("result formats", FORMATS),
            ):
                tell(title, (passed for _, passed in test_query.run(server, suite, folders)))
            stories = list(test_protocol.run(server, suite))
            updates = test_protocol.UPDATES
            tell("protocol, query", (ok for story, ok in stories if story.name not in updates))
            tell("protocol, update (refused)", (ok for s, ok in stories if s.name in updates))
            tell("service description", (ok for _, ok in test_service_description.run(server)))
            tell("graph store, reading", (ok for _, ok in test_graph_store.run(server, suite)))


if __name__ == "__main__":
    main()
