"""`hub load`: read, map, check and publish what partners sent.

    1. read each source that changed into sorted N-Quads, as the partner says it      (`intake`)
    2. copy the generation that is served into a draft                              (`contents`)
    3. rewrite what changed to canonical IRIs and put the difference into the draft
    4. hold it against the shapes; rows that break the contract are left out, and where too much
       would be missing then, the source is refused and its old facts stay      (`quarantine`)
    5. derive, index, gather the ties                                                (`making`)
    6. verify and switch

Two things come in, what partners said and what people judged; all else follows from them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import copyfile
from typing import Any

from hub.checking.examination import Check
from hub.erasure import Erasures, read_erasures
from hub.erasure.quads import cleanse_quads
from hub.errors import NotFound, Refused
from hub.history import next_number, record_event
from hub.identity import all_judgements
from hub.publishing.contents import Contents, viewer_of
from hub.publishing.contract import digest_contract, take_checks
from hub.publishing.difference import Version, compare_versions
from hub.publishing.erasing import tell_erased
from hub.publishing.intake import Intake, find_sources, miss_rows, read_rows, take_in
from hub.publishing.judgements import digest_judgements, tell_judgements
from hub.publishing.making import make_generation
from hub.publishing.quarantine import hold_rows
from hub.publishing.report import LoadReport, Progress, SourceOutcome, silent
from hub.requests.evidence import write_sources
from hub.settings import Settings, resource_folder
from hub.store.files import count_lines, digest_file, sort_quads
from hub.store.generations import (
    Generation,
    current,
    current_number,
    writing,
)
from hub.store.manifest import Outdated, SourceFact
from loaders.description import Location
from loaders.findings import Finding
from loaders.interpretation import LeftOut


def load(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    dry_run: bool = False,
    progress: Progress = silent,
) -> LoadReport:
    """Load the sources called `names`, or all, and publish a generation if anything changed.

    A source that is refused stays as it was; the others are published. With `dry_run` nothing is
    published and nothing is recorded.

    Raises:
        NotFound: there is no source of a given name.
        Refused: the judgements or the ontology cannot be used, or another load is under way.
    """
    with writing(settings.data):
        write_sources(settings)
        folders = find_sources(settings)
        unknown = [name for name in names if name not in folders]
        if unknown:
            remedy = f"Known are: {', '.join(folders)}."
            raise NotFound(f"There is no source {', '.join(unknown)}.", remedy=remedy)
        previous = None
        if current_number(settings.data) is not None:
            with suppress(Outdated):  # then all is made anew
                previous = current(settings.data)
        if previous:
            check_base(settings, previous)
        erasures = read_erasures(settings.data)
        forgetting = previous is not None and previous.manifest.erased != erasures.digest
        with closing(Run(settings, None if forgetting else previous, progress)) as run:
            run.contents.erased = erasures.digest
            if forgetting and previous:
                run.forget(previous, erasures)
            return run.carry_out(folders, names or tuple(folders), dry_run)


def check_base(settings: Settings, generation: Generation) -> None:
    """Raise Refused where the things of a generation stand under another base."""
    if generation.manifest.base != settings.base:
        raise Refused(
            f"Generation {generation.number} holds things under {generation.manifest.base}, not "
            f"{settings.base}.",
            where=str(settings.data),
            remedy="Use another data folder for another base.",
        )


class Run:
    """One load: the draft, what went into it, and what came of each source."""

    def __init__(self, settings: Settings, previous: Generation | None, progress: Progress) -> None:
        self.started = time.monotonic()
        self.settings, self.previous, self.progress = settings, previous, progress
        self.judgements = all_judgements(settings)
        self.ontology = resource_folder("ontology")
        self.contract = digest_contract(self.ontology)
        self.contract_changed = not previous or previous.manifest.ontology != self.contract
        self.contents = Contents(settings, previous, self.judgements, self.ontology)
        self.draft, self.facts = self.contents.draft, self.contents.facts
        self.number = next_number(settings.data)
        self.forgetting = False

    def close(self) -> None:
        """Leave no trace of what was not published."""
        self.draft.discard()

    def carry_out(
        self, folders: dict[str, Location], names: Sequence[str], dry_run: bool
    ) -> LoadReport:
        """Steps 1 to 6. Returns the report; publishes unless `dry_run` or nothing changed."""
        outcomes: dict[str, SourceOutcome] = {}
        taken: dict[str, Intake] = {}
        for number, name in enumerate(names):
            self.progress(f"reading {name}", number, len(names))
            place = (folders[name], self.facts.get(name), self.draft, self.progress, self.number)
            intake = take_in(self.settings, *place, self.contract)
            outcomes[name] = self.judge_intake(intake, self.facts.get(name))
            changed = outcomes[name].status in {"new", "changed"}
            if changed or (self.contract_changed and intake.fact):
                taken[name] = intake
        if set(names) == set(folders):
            for name in self.facts.keys() - folders.keys():
                outcomes[name] = self.withdraw(name)
        identity = digest_judgements(self.judgements)
        regrouped = not self.previous or self.previous.manifest.identity != identity
        moved = taken or any(o.status == "withdrawn" for o in outcomes.values())
        if moved or regrouped or self.contract_changed:
            self.progress("putting together what is the same thing", 0, None)
            self.apply(taken, outcomes)
            taken = self.check(taken, outcomes)
            moved = taken or any(o.status == "withdrawn" for o in outcomes.values())
            self.compare(outcomes)
        report = self.report(outcomes)
        anything = moved or self.contract_changed or (regrouped and self.facts)
        if not anything or not self.facts:
            report = replace(report, outcome=report.outcome or "unchanged")
        elif dry_run:
            report = replace(report, outcome="previewed", notes=self.tell_notes())
        else:
            report = self.finish(report, identity, "published")
        return self.end(report, "" if dry_run else "load")

    def forget(self, previous: Generation, erasures: Erasures) -> None:
        """Make all anew after somebody was erased, and let no older generation stay.

        What sources said before is taken over without them, for those that cannot be read now.
        """
        self.forgetting = True
        for fact in previous.manifest.sources:
            said = self.draft.work(f"{fact.name}.kept")
            copyfile(previous.path / "said" / f"{fact.name}.nq", said)
            if cleanse_quads(said, erasures) is not None:
                sort_quads(said)
            findings = tell_erased(fact.name, map(Finding.from_dict, fact.findings), erasures, ())
            kept = replace(
                fact,
                fingerprint="",
                said=digest_file(said),
                quads=count_lines(said),
                findings=tuple(finding.as_dict() for finding in findings),
            )
            self.contents.admit(Intake(fact.name, kept, (), said))

    def report(self, outcomes: dict[str, SourceOutcome]) -> LoadReport:
        """What came of the sources, before anything is published."""
        return LoadReport(
            outcome="refused" if any(o.status == "refused" for o in outcomes.values()) else "",
            generation=self.previous.number if self.previous else None,
            sources=tuple(outcomes[name] for name in sorted(outcomes)),
            statements=sum(fact.quads for fact in self.facts.values()),
            derived=sum(g.count for g in self.contents.graph_facts.values() if g.kind == "derived"),
            seconds=0.0,
        )

    def finish(self, report: LoadReport, identity: str, outcome: str) -> LoadReport:
        """Publish the draft; gives the report with what was published."""
        notes = self.tell_notes()
        generation = make_generation(
            self.contents,
            identity,
            self.contract,
            self.progress,
            1 if self.forgetting else self.settings.keep,
        )
        counts = [g.count for g in generation.manifest.graphs if g.kind == "derived"]
        return replace(
            report,
            outcome=outcome,
            notes=notes,
            generation=generation.number,
            derived=sum(counts),
        )

    def tell_notes(self) -> tuple[str, ...]:
        """What there is to say of the judgements."""
        before = self.previous.path if self.previous else None
        return tuple(tell_judgements(before, self.draft.path, self.judgements))

    def end(self, report: LoadReport, action: str) -> LoadReport:
        """The report with the time that it took; kept in the history as an action, if it is one."""
        report = replace(report, seconds=round(time.monotonic() - self.started, 3))
        if action:
            details = report.as_dict()
            record_event(self.settings.data, action, report.generation, report.outcome, details)
        return report

    def judge_intake(self, intake: Intake, old: SourceFact | None) -> SourceOutcome:
        """What is to be done with a source that was read, where `old` is its last version."""
        fact = intake.fact
        told: dict[str, Any] = {"findings": intake.findings, "files": intake.files}
        if fact:
            status = "new" if not old else "unchanged" if says_same(old, fact) else "changed"
            if status == "unchanged" and old:
                self.facts[intake.name] = replace(fact, loaded=old.loaded, load=old.load)
            return SourceOutcome.of(fact, status, **told)
        known = intake.source or old
        place = (known.owner, known.visibility, known.partner or None) if known else ("", "", None)
        quads = old.quads if old else 0
        return SourceOutcome(intake.name, *place, "refused", quads=quads, **told)

    def withdraw(self, name: str) -> SourceOutcome:
        """Take out a source that is configured no more."""
        fact = self.contents.withdraw(name)
        gone = {"rows": 0, "rejected": 0, "quads": 0, "removed": fact.quads}
        return SourceOutcome.of(fact, "withdrawn", **gone)

    def apply(self, taken: dict[str, Intake], outcomes: dict[str, SourceOutcome]) -> None:
        """Put the sources taken in, and those that a judgement touches, into the store."""
        contents = self.contents
        for intake in taken.values():
            contents.admit(intake)
        contents.name_things()
        contents.follow_unions()
        if self.contract_changed:
            contents.put_ontology()
        before = self.previous.names() if self.previous else {}
        for name, fact in sorted(self.facts.items()):
            viewer = viewer_of(fact)
            if name in taken or before.get(str(viewer)) != contents.names[viewer]:
                removed, added = contents.put(name)
                if name in taken:
                    outcomes[name] = replace(outcomes[name], removed=removed, added=added)

    def check(
        self, taken: dict[str, Intake], outcomes: dict[str, SourceOutcome]
    ) -> dict[str, Intake]:
        """Hold what was taken in against the shapes; put back what cannot stay."""
        older = self.previous.path if self.previous and not self.contract_changed else None
        checks = take_checks(self.ontology, self.settings.base, older, self.draft.path)
        kept = dict(taken)
        regroup = False
        for number, name in enumerate(taken):
            self.progress(f"checking {name}", number, len(taken))
            old = self.previous.manifest.source(name) if self.previous else None
            intake = self.hold(taken[name], checks)
            if old and intake.fact:
                intake = intake.warn(*miss_rows(name, old, intake.fact))
            first = taken[name].fact
            regroup = regroup or intake.fact is None or intake.fact.said != (first and first.said)
            outcome, before = self.judge_intake(intake, old), outcomes[name]
            if intake.fact and outcome.status != "unchanged":
                kept[name], self.facts[name] = intake, intake.fact
                moved = (before.removed, before.added)
                if intake.fact.rejected > before.rejected:
                    moved = self.contents.count_moved(name)
                outcome = replace(outcome, removed=moved[0], added=moved[1])
            else:
                del kept[name]
                if intake.fact is None:
                    self.contents.put_back(name)
            outcomes[name] = outcome
        if regroup:
            self.contents.name_things()
            for name in sorted(self.facts):
                self.contents.put(name)
        return kept

    def hold(self, intake: Intake, checks: Sequence[Check]) -> Intake:
        """One source as it stands once the rows that break the shapes are left out."""
        name, graph = intake.name, self.settings.graph(intake.name)
        select = partial(self.draft.store.select, graphs=[graph, self.contents.ontology])
        trace = partial(self.draft.store.select, graphs=[f"{graph}/provenance"])

        def read_again(left_out: LeftOut) -> Intake:
            assert intake.source
            assert intake.fact
            place = (intake.fact.fingerprint, self.draft, self.progress, self.number)
            again = read_rows(self.settings, intake.source, *place, left_out)
            if again.fact:
                self.contents.admit(again)
                self.contents.put(name)
            return again

        touched = partial(self.contents.list_touched, name)
        fact = self.facts[name]
        joined = set(self.contents.names[viewer_of(fact)].values())
        base = self.settings.base
        asked = (checks, base, select, trace, read_again, touched, joined)
        return hold_rows(intake, *asked, self.progress)

    def compare(self, outcomes: dict[str, SourceOutcome]) -> None:
        """Say of each source that changed which things came, changed and went."""
        if self.forgetting:  # who was erased is in the versions before
            return
        for name, outcome in outcomes.items():
            if outcome.status in {"new", "changed", "withdrawn", "restored"}:
                path = self.previous.path if self.previous else None
                old, new = find_version(path, name), find_version(self.draft.path, name)
                place = (self.settings.base, self.settings.graph(name), self.draft.work(""))
                difference = compare_versions(old, new, *place, self.contents.find_move(name))
                outcomes[name] = replace(outcome, difference=difference)


DESCRIBED = ("said", "title", "owner", "visibility", "partner", "licence", "description")


def says_same(old: SourceFact, new: SourceFact) -> bool:
    """Whether two versions of a source say the same, of themselves too."""
    return all(getattr(old, name) == getattr(new, name) for name in DESCRIBED)


def find_version(folder: Path | None, name: str) -> Version | None:
    """What a source says in the generation in `folder`; None where it has none."""
    said = folder / "said" / f"{name}.nq" if folder else None
    return Version(said, said.with_suffix(".subjects")) if said and said.exists() else None
