"""Which records of partners may be one thing: candidates, scores that explain themselves, bands."""

from hub.matching.proposing import propose
from hub.matching.records import Evidence, Proposal, Record

__all__ = ["Evidence", "Proposal", "Record", "propose"]
