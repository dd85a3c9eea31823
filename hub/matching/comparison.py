"""What speaks for and against two records being one: findings, each a named feature with a value.

The score of a pair is the sum over its findings of value times weight (`hub.matching.weights`), and
each finding can be said as a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from hub.matching.names import Name, names_kind
from hub.matching.subjects import Frequencies, Subject

# How two names can agree, from the worst to the best.
LEVELS = (
    "none", "overlap", "contained", "short", "abbreviated", "acronym", "part", "spelling", "order",
    "legal", "identical",
)  # fmt: skip
SHORTENED = ("short", "abbreviated", "acronym")
RANKS = {level: rank for rank, level in enumerate(LEVELS)}
# Likeness of two words, in percent, from which one may be a misspelling of the other.
MISSPELT = 84
SHORT_WORD = 4
COMPANY = {"society", "company"}


class Finding(NamedTuple):
    """A feature, how much of it there is, and the words that fill its sentence."""

    feature: str
    value: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two names agree.

    Attributes:
        level: one of `LEVELS`.
        shared: information in the words that both have.
        left, right: words that only the one has.
    """

    level: str
    left_name: Name
    right_name: Name
    shared: float = 0.0
    over: float = 0.0
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[int, float, list[str]]:
        """From worse to better; of equals always the same, whichever side is left."""
        keys = sorted((self.left_name.key, self.right_name.key))
        return RANKS[self.level], self.shared - 2 * self.over, keys


def compare_names(a: Name, b: Name, frequencies: Frequencies) -> Agreement:
    """Compare two names by their words; see `LEVELS`."""
    weigh = frequencies.weigh
    if a.key == b.key:
        level = "short" if a.acronym or b.acronym else "identical"
        return Agreement(level, a, b, weigh(set(a.core)))
    if a.joined == b.joined:
        level = (
            "short" if a.acronym or b.acronym else "legal" if a.legal != b.legal else "identical"
        )
        return Agreement(level, a, b, weigh(set(a.core)))
    words, others = set(a.core), set(b.core)
    common = words & others
    left, right = words - common, others - common
    if not left and not right:
        return Agreement("order", a, b, weigh(common))
    shared = weigh(common)
    if a.acronym in b.initials or b.acronym in a.initials:
        return Agreement("acronym", a, b, weigh(words | others))
    if _is_short_for(a, b) or _is_short_for(b, a):
        return Agreement("abbreviated", a, b, shared)
    # "Società Rossi" and "Rossi S.p.A.": the one says by a word what the other says by its form.
    if (left <= COMPANY and b.legal) if not right else (not left and right <= COMPANY and a.legal):
        return Agreement("legal", a, b, shared, 0.0, tuple(left), tuple(right))
    if a.ideographic != b.ideographic:
        return Agreement("none", a, b)
    if a.ideographic and fuzz.ratio(a.key, b.key) >= MISSPELT and a.numbers == b.numbers:
        return Agreement("spelling", a, b, shared)
    if not a.ideographic and left and right:
        shared += _take_misspelt(left, right, frequencies)
        # Words that are written as one in the other name, and misspelt perhaps.
        rest = ["".join(w for w in n.core if w in over) for n, over in ((a, left), (b, right))]
        if min(map(len, rest)) > SHORT_WORD and fuzz.ratio(*rest) >= MISSPELT:
            shared += 0.8 * min(weigh(left), weigh(right))
            left, right = set(), set()
    if not left and not right:
        return Agreement("spelling", a, b, shared)
    if not shared:
        return Agreement("none", a, b)
    if found := _find_part(a, b, frequencies) or _find_part(b, a, frequencies):
        return found
    level = "overlap" if left and right else "contained"
    over = weigh(left) + weigh(right)
    return Agreement(level, a, b, shared, over, tuple(sorted(left)), tuple(sorted(right)))


def _is_short_for(a: Name, b: Name) -> bool:
    """Whether capitals in `a` stand for words of `b`, by the first letter and the last.

    Of those between, some may be of another language: the Fraunhofer IPA is an Institute for
    Manufacturing Engineering and Automation.
    """
    if not a.short:
        return False
    code, rest = a.short
    return any(
        word == rest and letters[0] == code[0] and letters[-1] == code[-1]
        for letters, word in b.spelt
    )


def _find_part(a: Name, b: Name, frequencies: Frequencies) -> Agreement | None:
    """Whether the whole of `b` is one of the parts of `a`; codes beside it count for nothing."""
    for part in a.parts:
        if part.joined == b.joined or set(part.core) == set(b.core):
            rest = {word for word in a.core if not any(c.isdigit() for c in word)} - set(part.core)
            rest = {word for word in rest if len(word) > SHORT_WORD}
            shared, over = frequencies.weigh(set(part.core)), frequencies.weigh(rest)
            return Agreement("part", part, b, shared, over, tuple(sorted(rest)))
    return None


def _take_misspelt(left: set[str], right: set[str], frequencies: Frequencies) -> float:
    """Take words that are spelt alike out of both sets; returns the information they share."""
    shared = 0.0
    left, right = sorted((left, right), key=lambda words: (len(words), sorted(words)))
    for word in sorted(left, key=lambda word: (-len(word), word)):
        for other in sorted(right):
            if _is_misspelt(word, other):
                shared += 0.8 * min(frequencies.weigh((word,)), frequencies.weigh((other,)))
                left.discard(word)
                right.discard(other)
                break
    return shared


def _is_misspelt(word: str, other: str) -> bool:
    """Whether two words are one but for a letter or two; codes and short words never are."""
    if min(len(word), len(other)) < SHORT_WORD or not (word + other).isalpha():
        return False
    if max(len(word), len(other)) > SHORT_WORD and OSA.distance(word, other) == 1:
        return True
    return min(len(word), len(other)) > SHORT_WORD and fuzz.ratio(word, other) >= MISSPELT


def compare(left: Subject, right: Subject, frequencies: Frequencies) -> list[Finding]:
    """All that is found out about two subjects of one kind, in the order of reading."""
    findings = [Finding("start", 1.0), *compare_identifiers(left, right)]
    findings += _compare_all_names(left, right, frequencies)
    findings += compare_circumstances(left, right, frequencies)
    return findings


def compare_circumstances(
    left: Subject, right: Subject, frequencies: Frequencies
) -> Iterator[Finding]:
    """Where two are, on the web too, and whether one source speaks of both."""
    yield from _compare_countries(left, right)
    yield from _compare_places(left, right)
    yield from _compare_domains(left, right, frequencies)
    if left.record.source == right.record.source and left.record.source:
        yield Finding("one-source", 1.0, (left.record.source,))


def compare_identifiers(left: Subject, right: Subject) -> Iterator[Finding]:
    mine, others = left.identifiers, right.identifiers
    if not mine or not others:
        return
    for scheme, value in sorted(mine & others):
        yield Finding("identifier.shared", 1.0, (scheme.upper(), value))
    agreed = {scheme for scheme, _ in mine & others}
    differing = {scheme for scheme, _ in mine} & {scheme for scheme, _ in others} - agreed
    for scheme in sorted(differing):
        yield Finding("identifier.differs", 1.0, (scheme.upper(),))


def agree_best(
    left: Subject, right: Subject, frequencies: Frequencies
) -> tuple[Agreement, Agreement | None] | None:
    """The names that agree best; and, where these leave room for doubt, what speaks against them.

    A short name or an acronym is doubted where full names are there and differ; a misspelling or a
    part of a name where both have a name in the other script, and these differ.
    """
    agreements = [compare_names(a, b, frequencies) for a in left.names for b in right.names]
    if not agreements:
        return None
    best = max(agreements, key=lambda found: found.rank)
    if best.level in ("identical", "legal", "none"):
        return best, None
    short, script = best.level in SHORTENED, best.left_name.ideographic
    others = [
        found
        for found in agreements
        if found.left_name.ideographic == found.right_name.ideographic
        and (short or found.left_name.ideographic != script)
        and len(found.left_name.core) > 1
        and len(found.right_name.core) > 1
    ]
    other = max(others, key=lambda found: found.rank, default=None)
    return best, other if other and RANKS[other.level] < RANKS["short"] else None


def _compare_all_names(
    left: Subject, right: Subject, frequencies: Frequencies
) -> Iterator[Finding]:
    agreements = agree_best(left, right, frequencies)
    if not agreements:
        return
    best, other = agreements
    level = best.level
    a, b = best.left_name, best.right_name
    # Four letters are seldom the same by chance, two often.
    amount = len(a.acronym or b.acronym) / 4 if level == "acronym" else 1.0
    yield Finding(f"name.{level}", amount, (a.text, b.text))
    if level == "none":
        return
    if level == "abbreviated" and {a.short, b.short} & (a.spelt | b.spelt):
        yield Finding("name.letters", 1.0, (a.short or b.short or ("",))[:1])
    if level not in ("short", "acronym"):
        yield Finding("name.rare", min(best.shared, 24.0) / 10, (best.left_name.text,))
    if other:
        yield Finding("name.full-differs", 1.0, (other.left_name.text, other.right_name.text))
    keys = {n.key for n in left.names if len(n.core) > 1}
    second = keys & {n.key for n in right.names if len(n.core) > 1} - {best.left_name.key}
    if second:
        yield Finding("name.second", 1.0, (min(second),))
    over = best.left, best.right
    if best.over:
        mine, others = (", ".join(sorted(words)) or "nothing" for words in over)
        yield Finding("name.over", min(best.over, 40.0) / 10, (mine, others))
    if kinds := sorted(word for word in {*best.left, *best.right} if names_kind(word)):
        yield Finding("name.kind", 1.0, (", ".join(kinds),))
    if best.left and best.right and _are_codes(best.left) and _are_codes(best.right):
        yield Finding("name.code", 1.0, (", ".join(best.left), ", ".join(best.right)))
    numbers = best.left_name.numbers, best.right_name.numbers
    if numbers[0] != numbers[1]:
        feature = "name.number" if all(numbers) else "name.number-one"
        yield Finding(feature, 1.0, tuple(", ".join(sorted(n)) or "none" for n in numbers))


def _are_codes(words: tuple[str, ...]) -> bool:
    return all(len(word) <= SHORT_WORD for word in words)


def _compare_countries(left: Subject, right: Subject) -> Iterator[Finding]:
    if not left.countries or not right.countries:
        return
    if shared := left.countries & right.countries:
        yield Finding("country.same", 1.0, (", ".join(sorted(shared)),))
    else:
        codes = (", ".join(sorted(subject.countries)) for subject in (left, right))
        yield Finding("country.differs", 1.0, tuple(codes))


def _compare_places(left: Subject, right: Subject) -> Iterator[Finding]:
    if not left.places or not right.places:
        return
    likeness, mine, other = max(
        (fuzz.token_set_ratio(a, b), a, b) for a in left.places for b in right.places
    )
    feature = "place.same" if likeness > 80 else "place.differs"
    yield Finding(feature, 1.0, (mine, other))


def _compare_domains(left: Subject, right: Subject, frequencies: Frequencies) -> Iterator[Finding]:
    """A website says less the more records of one source have it."""
    if not left.hosts or not right.hosts:
        return
    crowds = frequencies.crowds
    if hosts := set(left.hosts) & set(right.hosts):
        host = min(hosts, key=lambda h: (crowds[h], h))
        crowd = f", as {crowds[host]} records of one source do" if crowds[host] > 1 else ""
        yield Finding("domain.host", 1 / crowds[host], (host, crowd))
        pages = [
            {page for h, page in zip(side.hosts, side.pages, strict=True) if h == host}
            for side in (left, right)
        ]
        if pages[0].isdisjoint(pages[1]):
            yield Finding("domain.page", 1.0, tuple(f"{host}/{min(side)}" for side in pages))
    elif owners := set(left.owners) & set(right.owners):
        owner = min(owners, key=lambda o: (crowds[o], o))
        yield Finding("domain.owner", 1 / crowds[owner], (owner,))
    else:
        yield Finding("domain.differs", 1.0, (left.hosts[0], right.hosts[0]))
