"""The answers that a reader of the documents gives, by subject.

Each was written down from the document at the place named, before the hub was asked. Cells are
labels; `columns` names those of the question's columns that are compared.
"""

from tests.questions.expected import cities, events, evidence, markets, needs, parties
from tests.questions.expected.answers import Expected

EXPECTED: tuple[Expected, ...] = (
    *cities.EXPECTED,
    *parties.EXPECTED,
    *markets.EXPECTED,
    *events.EXPECTED,
    *needs.EXPECTED,
    *evidence.EXPECTED,
)
