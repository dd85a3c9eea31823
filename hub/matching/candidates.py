"""Which records are worth comparing, found without comparing everything with everything.

Two records are candidates where they share an identifier, a domain or a whole name; where one's
name may be the acronym of the other's; and where a name of the one is among the nearest of a name
of the other by the words they share, rare words counting for more. Names of one or two words are
found by groups of three letters as well, so that a misspelt word finds its like.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hub.matching.names import Name
from hub.matching.subjects import Frequencies, Subject

# Nearest names that are looked at for each name.
NEAREST = 12
# A key that more records share (a word, a domain, "Ministry of Health") finds nothing by itself.
MOST_NAMES = 3000
MOST_RECORDS = 60
LEAST_LIKENESS = 0.28
ABROAD = 0.75


class Index:
    """The subjects of one side by all keys under which they can be found."""

    def __init__(self, subjects: Sequence[Subject], frequencies: Frequencies) -> None:
        self.subjects = subjects
        self.weights = frequencies.weights
        self.exact: dict[tuple[str, str], list[int]] = defaultdict(list)
        owners: list[int] = []
        lengths: list[float] = []
        postings: dict[str, list[int]] = defaultdict(list)
        for number, subject in enumerate(subjects):
            for key in find_keys(subject):
                self.exact[key].append(number)
            for name in subject.names:
                total = 0.0
                for word, weight in self._features(name):
                    postings[word].append(len(owners))
                    total += weight
                owners.append(number)
                lengths.append(total)
        self.owners = np.array(owners, np.int32)
        self.lengths = np.array(lengths, np.float32)
        self.postings: dict[str, NDArray[np.int32]] = {
            word: np.array(found, np.int32)
            for word, found in postings.items()
            if len(found) <= MOST_NAMES
        }
        countries = {code: n for n, code in enumerate({c for s in subjects for c in s.countries})}
        self.country_numbers = countries
        self.countries = np.array(
            [min((countries[c] for c in s.countries), default=-1) for s in subjects], np.int32
        )

    def _features(self, name: Name) -> list[tuple[str, float]]:
        """What of a name is found by, each with its weight."""
        found = [(word, self.weights.get(word, 9.0)) for word in set(name.core)]
        if len(name.core) < 3 and not name.ideographic:
            letters = f"_{name.joined}_"
            found += [(f"{letters[i : i + 3]}~", 2.0) for i in range(min(len(letters) - 2, 40))]
        return found

    def find(self, subject: Subject) -> set[int]:
        """Numbers of the subjects that are worth comparing with this one."""
        found: set[int] = set()
        for key in find_keys(subject):
            numbers = self.exact.get(key, ())
            if len(numbers) <= MOST_RECORDS:
                found.update(numbers)
            elif key[0] in ("name", "identifier"):
                found.update(self._nearby(subject, numbers))
        for name in subject.names:
            for part in (name, *name.parts):
                found.update(self._nearest(subject, part))
        return found

    def _nearby(self, subject: Subject, numbers: Sequence[int]) -> list[int]:
        """Of many that share a name, those that share a country and a place too."""
        near = [
            number
            for number in numbers
            if (other := self.subjects[number]).countries & subject.countries
            or not (other.countries and subject.countries)
        ]
        places = set(subject.places)
        return sorted(near, key=lambda n: places.isdisjoint(self.subjects[n].places))[:MOST_RECORDS]

    def _nearest(self, subject: Subject, name: Name) -> list[int]:
        features = self._features(name)
        pieces, weights = [], []
        for word, weight in features:
            names = self.postings.get(word)
            if names is not None:
                pieces.append(names)
                weights.append(weight)
        if not pieces:
            return []
        hits, place = np.unique(np.concatenate(pieces), return_inverse=True)
        shared = np.bincount(place, np.repeat(weights, [len(piece) for piece in pieces]))
        own = sum(weight for _, weight in features)
        likeness = shared / np.sqrt(own * self.lengths[hits])
        here = [self.country_numbers[c] for c in subject.countries if c in self.country_numbers]
        if subject.countries:
            there = self.countries[self.owners[hits]]
            likeness[(there >= 0) & ~np.isin(there, here)] *= ABROAD
        if len(hits) > NEAREST:
            best = np.argpartition(-likeness, NEAREST)[:NEAREST]
            hits, likeness = hits[best], likeness[best]
        numbers: list[int] = self.owners[hits[likeness > LEAST_LIKENESS]].tolist()
        return numbers


def find_keys(subject: Subject) -> Iterator[tuple[str, str]]:
    """The keys that bring two subjects together when they share one."""
    for scheme, value in subject.identifiers:
        yield "identifier", f"{scheme}:{value}"
    for owner in set(subject.owners):
        yield "domain", owner
    for host in subject.hosts:
        yield "host", host
    for name in subject.names:
        for part in (name, *name.parts):
            yield "name", part.joined
        shortened = {name.acronym, *name.initials} - {""}
        spelt = {*name.spelt, name.short} if name.short else name.spelt
        shortened |= {f"{letters[0]}…{letters[-1]} {word}" for letters, word in spelt}
        for letters in shortened:
            for country in subject.countries or ("",):
                yield "acronym", f"{letters} {country}"
