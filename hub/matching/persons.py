"""What speaks for and against two persons being one: names, employers, places, numbers.

Two people of one name are common, so a name alone never decides; a second tie must be there: an
identifier, an organisation both belong to, a place or a website.
"""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import fuzz

from hub.matching.comparison import (
    MISSPELT,
    Finding,
    compare_circumstances,
    compare_identifiers,
)
from hub.matching.names import Name
from hub.matching.subjects import Frequencies, Subject

TIES = ("identifier.shared", "employer.same", "place.same", "domain.host")
LEVELS = ("differs", "initials", "spelling", "contained", "identical")


def compare_persons(left: Subject, right: Subject, frequencies: Frequencies) -> list[Finding]:
    """All that is found out about two persons, in the order of reading."""
    findings = [Finding("person.start", 1.0), *compare_identifiers(left, right)]
    findings += _compare_names(left, right, frequencies)
    findings += _compare_employers(left, right)
    findings += compare_circumstances(left, right, frequencies)
    if not any(found.feature in TIES for found in findings):
        findings.append(Finding("person.untied", 1.0))
    return findings


def _compare_names(left: Subject, right: Subject, frequencies: Frequencies) -> Iterator[Finding]:
    pairs = [(find_level(a, b), a, b) for a in left.names for b in right.names]
    if not pairs:
        return
    level, a, b = max(pairs, key=lambda p: (LEVELS.index(p[0]), sorted((p[1].key, p[2].key))))
    yield Finding(f"person.{level}", 1.0, (a.text, b.text))
    shared = frequencies.weigh(set(a.core) & set(b.core))
    if level != "differs" and shared:
        yield Finding("person.rare", min(shared, 24.0) / 10, (" ".join(a.core),))


def find_level(a: Name, b: Name) -> str:
    """How two names of persons agree: one of `LEVELS`. The order of the words does not count."""
    words, others = set(a.core), set(b.core)
    common = words & others
    left, right = words - common, others - common
    ideographic = a.ideographic and b.ideographic
    if not left and not right:
        return "identical" if len(common) > 1 or ideographic else "initials"
    if common and any(len(word) > 1 for word in common):
        if (not left or not right) and len(common) > 1 and not ideographic:
            return "contained"
        if left and right and _are_initials(left, right):
            return "initials"
    joined = [" ".join(sorted(core)) for core in (a.core, b.core)]
    alike = len(left) == len(right) and fuzz.ratio(*joined) >= MISSPELT + 6
    return "spelling" if alike and not _give_other_names(left, right) else "differs"


def _are_initials(left: set[str], right: set[str]) -> bool:
    """Whether each word of the shorter set is, or has, the first letter of one of the other."""
    fewer, more = sorted((sorted(left), sorted(right)), key=lambda words: (len(words), words))
    return all(any((len(a) == 1 or len(b) == 1) and a[0] == b[0] for b in more) for a in fewer)


def _give_other_names(left: set[str], right: set[str]) -> bool:
    """Whether a differing word has no like: Maria and Mario are two names, Meier and Maier one."""
    return any(
        max((fuzz.ratio(a, b) for b in others), default=0) < 70
        for words, others in ((left, right), (right, left))
        for a in words
    )


def _compare_employers(left: Subject, right: Subject) -> Iterator[Finding]:
    mine, others = ({_read_employer(e): e for e in s.record.employers} for s in (left, right))
    if shared := sorted(mine.keys() & others.keys()):
        yield Finding("employer.same", 1.0, (mine[shared[0]],))
    elif mine and others:
        yield Finding("employer.differs", 1.0, (min(mine.values()), min(others.values())))


def _read_employer(employer: str) -> str:
    """An IRI as it is, a name as names are compared: nearly the same is another organisation."""
    name = None if "://" in employer else Name.read(employer)
    return name.joined if name else employer
