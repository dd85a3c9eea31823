"""What an expected answer says, and the names that several of them speak of."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.access import PUBLIC, Viewer

CONSORTIUM = Viewer("consortium")
CLUSTERS = ("Biocat", "BioM", "bioPmed", "Lyonbiopole")
PARTNERS = (*CLUSTERS, "ERAI")

PARK = "Bioindustry Park Silvano Fumero"
CEBR = "Council of European BioRegions"
KOECKER = "Dr. Gerd Meier zu Köcker"
STUDY_TITLE = "Feasibility Study on SME Internationalisation"
STUDY = "Feasibility study, Executive Summary, table of sectors"
AUTHORS = "Group Dynamics, ‘About the authors’"
HANDBOOK = "Handbook of Recommendations, "


@dataclass(frozen=True)
class Expected:
    """An answer: `rows` are all its rows in the `columns` given, or some where `more` is set."""

    question: str
    columns: str
    rows: set[tuple[str, ...]]
    found_in: str
    values: dict[str, str] = field(default_factory=dict)
    more: bool = False
    viewer: Viewer = PUBLIC

    def __str__(self) -> str:
        return " ".join([self.question, *(f"{k}={v}" for k, v in self.values.items())])
