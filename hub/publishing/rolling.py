"""Going back: to a generation whole, or for single sources, whatever was loaded since."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from hub.errors import NotFound, Refused
from hub.history import record_event
from hub.publishing.intake import Intake
from hub.publishing.judgements import digest_judgements
from hub.publishing.loading import Run, check_base, says_same
from hub.publishing.report import LoadReport, Progress, SourceOutcome, silent
from hub.settings import Settings
from hub.store.generations import (
    Generation,
    current,
    current_number,
    name_current,
    open_generation,
    verify,
    writing,
)


def roll_back(data: Path, number: int) -> int | None:
    """Serve generation `number` again, after verifying it; returns the number served before.

    Raises NotFound where it is not kept, HubError where it is damaged.
    """
    with writing(data):
        generation = open_generation(data, number)
        before = current_number(data)
        if before != number:
            verify(generation)
            name_current(data, number)
            record_event(data, "rollback", number, "rolled back", {"note": f"instead of {before}"})
        return before


def restore_sources(
    settings: Settings, number: int, names: Sequence[str], *, progress: Progress = silent
) -> LoadReport:
    """Publish a generation in which the sources `names` stand as they stood in generation `number`.

    Every other source stays as it is now; a source that was not there then is taken out. The
    next load of a source reads its file again, whatever was rolled back.

    Raises:
        NotFound: the generation is not kept any more, or no source of a name was or is there.
        Refused: another load is under way, or the generation has another base.
    """
    with writing(settings.data):
        older, served = open_generation(settings.data, number), current(settings.data)
        check_base(settings, older)
        check_base(settings, served)
        verify(older)
        with closing(Run(settings, served, progress)) as run:
            report = restore(run, older, names)
            return run.end(report, "" if report.outcome == "unchanged" else "rollback")


def restore(run: Run, older: Generation, names: Sequence[str]) -> LoadReport:
    """Put the older versions into the draft of `run`, and publish it if that changes anything."""
    outcomes: dict[str, SourceOutcome] = {}
    taken: dict[str, Intake] = {}
    for name in names:
        fact, present = older.manifest.source(name), run.facts.get(name)
        if fact and present and says_same(present, fact):
            continue
        if fact:
            said = run.draft.work(f"{name}.said")
            os.link(older.path / "said" / f"{name}.nq", said)
            taken[name] = Intake(name, fact, (), said)
            outcomes[name] = SourceOutcome.of(fact, "restored")
        elif present:
            outcomes[name] = run.withdraw(name)
        else:
            raise NotFound(
                f"There is no source {name}, neither now nor in generation {older.number}.",
                remedy=f"Known are: {', '.join(sorted(run.facts))}.",
            )
    if not outcomes:
        return replace(run.report({}), outcome="unchanged")
    if len(run.facts) + len(taken) == 0:
        raise Refused("Nothing would be left to serve.", remedy="Load another source first.")
    run.apply(taken, outcomes)
    run.compare(outcomes)
    return run.finish(run.report(outcomes), digest_judgements(run.judgements), "rolled back")
