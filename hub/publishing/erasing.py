"""`hub erase`: somebody asked to be forgotten. What remembers them goes at once where it can, and
with the next load from everything that is made of sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from pathlib import Path

from hub.erasure import Erasures
from hub.erasure.hashes import cleanse_database, record_erasure
from hub.erasure.quads import Row, find_traces
from hub.errors import Invalid, NotFound
from hub.settings import Settings
from hub.store.files import read_statements
from hub.store.generations import current, writing
from hub.store.terms import check_iri
from hub.vocabulary import RDF_TYPE, expand
from loaders.findings import Finding, Severity

PERSON = {expand(name) for name in ("foaf:Person", "mc:Expert")}


def erase(settings: Settings, iri: str, who: str, reason: str) -> int:
    """Forget a person, under every IRI that was judged to be theirs at any level.

    Their names and IRIs are taken out of the history and the ledgers now; the graphs follow with
    the next load. Returns how many records were theirs.

    Raises:
        NotFound: no source speaks of such a person.
        Invalid: no reason is given.
        Refused: a load is under way.
    """
    if not reason.strip():
        raise Invalid("It is not said why.", remedy="Give --because, without the person's name.")
    with writing(settings.data):
        generation = current(settings.data)
        iris = {check_iri(iri)}
        for names in generation.names().values():
            canonical = {names.get(one, one) for one in iris}
            iris |= canonical | {old for old, new in names.items() if new in canonical}
        said = sorted((generation.path / "said").glob("*.nq"))
        if not any(_speaks_of_person(path, iris) for path in said):
            raise NotFound(f"No source speaks of a person with the IRI {iri}.")
        called, records = find_traces(said, iris)
        told = Erasures().naming(called).cleanse(reason.strip())
        record_erasure(settings.data, iris, called, who, told)
        cleanse_database(settings.data, iris | records, called)
    return len(iris)


def _speaks_of_person(path: Path, iris: Set[str]) -> bool:
    typed = read_statements(path, {RDF_TYPE})
    return any(subject in iris and kind.value in PERSON for _, subject, _, kind in typed)


def tell_erased(
    name: str, findings: Iterable[Finding], erasures: Erasures, rows: Iterable[Row]
) -> Iterator[Finding]:
    """The findings of a source without names that were erased, and one for each row with any."""
    places = {(file, row) for file, _, row in rows}
    for finding in findings:
        if (finding.file, finding.row) not in places:
            value, message = erasures.cleanse(finding.value), erasures.cleanse(finding.message)
            yield replace(finding, value=value, message=message)
    for file, sheet, row in rows:
        message = "it speaks of somebody who asked to be erased; what it says of them is not loaded"
        remedy = "take them out of your own files too"
        place = (name, file, sheet, row)
        yield Finding(Severity.WARNING, *place, rule="erased", message=message, remedy=remedy)
