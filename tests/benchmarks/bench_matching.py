"""Partners' lists against the registry: precision, recall, calibration, time; and the fit.

    python tests/benchmarks/bench_matching.py            the measures, on what was not tuned on
    python tests/benchmarks/bench_matching.py --fit      fit hub/matching/weights.toml anew

What the lists hold and where their right answers stand is said in tests/matching/lists.py. Tuned on
is one half of the lists `relationships`, `japan` and `domains`, chosen by a hash of the row;
measured is the other half, and `portugal` and `finland` whole, of which the fit sees nothing.

Every row of these lists has its answer in the registry, and most have it in full; other partners
are not so kind. The fit and the second measure therefore take rows thinned out (one name, no
country, no place, no website, by seeded chance), with the right answer taken out of the registry
for half of them: whatever is merged there is a wrong merge.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from hub.matching import Proposal, Record, propose  # noqa: E402
from hub.matching.proposing import Comparison  # noqa: E402
from hub.matching.subjects import Subject, prepare  # noqa: E402
from hub.matching.weights import WEIGHTS, read_weights  # noqa: E402
from tests.matching.lists import LISTS, Registry, read_list, read_registry, thin_out  # noqa: E402

DATA = ROOT.parent / "shared/data"
TUNED = ("relationships", "japan", "domains")
Rows = dict[Record, str]


def is_tuned(record: Record) -> bool:
    """Whether a row is of the half that is tuned on; chance, but the same in each run."""
    digest = hashlib.sha256(record.iri.encode()).digest()
    return record.source in TUNED and digest[0] % 2 == 0


def thin_rows(rows: Rows, seed: int) -> Iterator[tuple[Record, str, bool]]:
    """Each row thinned out, its answer, and whether the answer is taken out of the registry."""
    draw = random.Random(seed)
    for record, answer in rows.items():
        thin = thin_out(record, lambda: draw.random() < 0.5)
        yield replace(thin, iri=f"{record.iri}/{seed}"), answer, draw.random() < 0.5


# --- fitting -------------------------------------------------------------------------------------


def fit(registry: Registry, rows: Rows) -> None:
    """Fit the weights of origin "fitted" by the choice model, and write them.

    A row's candidates and "none of them" are the options; an option's utility is its score. The
    weights maximise the likelihood of the right options, drawn towards their priors (normal, with a
    standard deviation of 1): a feature that the lists hardly show stays where it was set.
    """
    offered = [prepare(record) for record in registry.records]
    count_words(offered)
    tuned = {record: answer for record, answer in rows.items() if is_tuned(record)}
    versions = [[(record, answer, False) for record, answer in tuned.items()]]
    versions += [list(thin_rows(tuned, seed)) for seed in range(3)]
    table, entries = read_weights().table, read_entries()
    features = [name for name, entry in entries.items() if 'origin = "fitted"' in entry]
    columns = {feature: number for number, feature in enumerate(features)}
    prior = np.array([float(re.search(r"prior = (\S+)", entries[f])[1]) for f in features])  # type: ignore[index]
    lines, fixed, groups, right = [], [], [], []
    for version, cases in enumerate(versions):
        comparison = Comparison([prepare(record) for record, _, _ in cases], offered, False)
        for left, other in comparison.find_pairs():
            _, answer, hidden = cases[left]
            iri = registry.records[other].iri
            if hidden and iri == answer:
                continue
            line = np.zeros(len(features))
            rest = 0.0
            for found in comparison.find_out((left, other)):
                if found.feature in columns:
                    line[columns[found.feature]] += found.value
                else:
                    rest += found.value * table[found.feature].weight
            lines.append(line)
            fixed.append(rest)
            groups.append(version * len(tuned) + left)
            right.append(iri == answer)
    print(f"{len(versions)} times {len(tuned)} rows, {len(lines)} pairs")
    weights = maximise_with_signs(
        np.array(lines), np.array(fixed), np.array(groups), np.array(right, float), prior
    )
    write_weights(dict(zip(features, weights.tolist(), strict=True)))


def count_words(subjects: list[Subject]) -> None:
    """Write how common the commonest words are in the registry's names."""
    names = [set(name.core) for subject in subjects for name in subject.names]
    counts = Counter(word for words in names for word in words)
    shares = ((word, count / len(names)) for word, count in counts.most_common())
    lines = [f"{word}\t{share:.4f}\n" for word, share in shares if share >= 0.001]
    note = "# Share of the names of research organisations that have the word (bench_matching.py)\n"
    WEIGHTS.with_name("frequencies.tsv").write_text(note + "".join(lines), "utf-8")


def maximise_with_signs(
    lines: NDArray[np.float64], fixed: NDArray[np.float64], groups: NDArray[np.int64],
    right: NDArray[np.float64], prior: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    """No weight may turn its sign, nor vanish: what turns stays at a quarter of its prior.

    The candidates of one row are all alike in country and place, since they were looked for there;
    to fit freely would hold a shared place against a pair.
    """
    free = np.ones(len(prior), bool)
    weights = prior.copy()
    while True:
        weights[~free] = prior[~free] / 4
        rest = fixed + lines[:, ~free] @ weights[~free]
        weights[free] = maximise(lines[:, free], rest, groups, right, prior[free])
        turned = free & (prior != 0) & (weights / np.where(prior, prior, 1) < 0.25)
        if not turned.any():
            return weights
        free &= ~turned


def maximise(
    lines: NDArray[np.float64], fixed: NDArray[np.float64], groups: NDArray[np.int64],
    right: NDArray[np.float64], prior: NDArray[np.float64], deviation: float = 1.0,
) -> NDArray[np.float64]:  # fmt: skip
    """Newton's method on the choice model; it is concave, so a dozen steps are plenty."""
    weights, count = prior.copy(), groups.max() + 1
    # The lists hold errors of their own, so no agreement is sure.
    aim = read_weights().ceiling * right
    for _ in range(30):
        odds = np.exp(np.clip(lines @ weights + fixed, -50, 50))
        shares = odds / (1 + np.bincount(groups, odds, count))[groups]
        slope = lines.T @ (aim - shares) - (weights - prior) / deviation**2
        means = np.zeros((count, lines.shape[1]))
        np.add.at(means, groups, lines * shares[:, None])
        curve = (lines * shares[:, None]).T @ lines - means.T @ means
        curve += np.eye(len(prior)) / deviation**2
        step = np.linalg.solve(curve, slope)
        weights += step * min(1.0, 2.0 / np.abs(step).max())
        if np.abs(step).max() < 1e-6:
            break
    return weights


def read_entries() -> dict[str, str]:
    """The text of each feature's table in weights.toml."""
    parts = re.split(r'^\[weight\."?([a-z.-]+)"?\]$', WEIGHTS.read_text("utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def write_weights(weights: dict[str, float]) -> None:
    text = WEIGHTS.read_text("utf-8")
    for feature, weight in weights.items():
        pattern = rf'(\[weight\."?{re.escape(feature)}"?\]\n(?:[a-z].*\n)*?weight = )\S+'
        text, times = re.subn(pattern, rf"\g<1>{weight:.2f}", text)
        assert times == 1, feature
        print(f"{feature:20} {weight:7.2f}")
    WEIGHTS.write_text(text, "utf-8")


# --- measuring -----------------------------------------------------------------------------------


def measure(title: str, proposals: list[Proposal], answers: dict[str, str]) -> None:
    """Print precision, recall and questions of proposals against the answers of their records."""
    lists = sorted({iri.split("/")[3] for iri in answers})
    print(f"\n{title}\n  list           rows  precision   recall  with questions  questions")
    for name in [*lists, ""]:
        rows = {iri: answer for iri, answer in answers.items() if not name or f"/{name}/" in iri}
        count: Counter[tuple[str, bool]] = Counter(
            (p.band, rows[p.left] == p.right) for p in proposals if p.left in rows
        )
        total = sum(bool(answer) for answer in rows.values())
        same, wrong, asked = count["same", True], count["same", False], count["ask", True]
        precision, recall = same / max(same + wrong, 1), same / total
        print(
            f"  {name or 'all':13}{total:6}  {precision:9.4f}  {recall:7.4f}"
            f"  {(same + asked) / total:14.4f}  {asked + count['ask', False]:9}   {wrong} wrong"
        )


def print_calibration(proposals: list[Proposal], answers: dict[str, str]) -> None:
    """Of the pairs said to be right with some probability, how many are."""
    print("\n  said             pairs   said on average   right")
    edges = (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999, 1.01)
    for low, high in pairwise(edges):
        told = [p for p in proposals if low <= p.probability < high]
        if told:
            said = sum(p.probability for p in told) / len(told)
            right = sum(answers[p.left] == p.right for p in told) / len(told)
            print(f"  {low:5.3f} … {min(high, 1):5.3f}  {len(told):6}  {said:16.4f}  {right:6.4f}")


def measure_lists(registry: Registry, rows: Rows) -> None:
    tested = {record: answer for record, answer in rows.items() if not is_tuned(record)}
    answers = {record.iri: answer for record, answer in tested.items()}
    proposals = list(propose(list(tested), registry.records))
    measure("As the lists are, on what was not tuned on", proposals, answers)
    print_calibration(proposals, answers)

    # The answers of every second row leave the registry for all, as nobody else's answer.
    thin = list(thin_rows(tested, 99))
    gone = {answer for _, answer, hidden in thin if hidden}
    left = [record for record in registry.records if record.iri not in gone]
    answers = {record.iri: "" if answer in gone else answer for record, answer, _ in thin}
    proposals = list(propose([record for record, _, _ in thin], left))
    measure("Thinned out, half of the answers taken away", proposals, answers)
    print_calibration(proposals, answers)


def misspell(text: str, draw: random.Random) -> str:
    """The text with one letter changed, dropped or doubled, or two words exchanged."""
    at = draw.randrange(len(text))
    match draw.randrange(4):
        case 0:
            return text[:at] + draw.choice("aeinrst") + text[at + 1 :]
        case 1:
            return text[:at] + text[at + 1 :] or text
        case 2:
            return text[:at] + text[at] + text[at:]
    words = text.split()
    return " ".join(words[1:] + words[:1])


def measure_speed(registry: Registry, size: int) -> None:
    """`size` names against `size` names, every second one misspelt; names and nothing else."""
    draw = random.Random(5)
    names = [(r.iri, name) for r in registry.records for name in r.names if len(name) > 3]
    drawn = draw.sample(names, size)
    others = [
        Record(f"urn:right:{n}", "organisation", (name,)) for n, (_, name) in enumerate(drawn)
    ]
    mine = [
        Record(
            f"urn:left:{n}", "organisation", (misspell(name, draw) if n % 2 else name.upper(),)
        )
        for n, (_, name) in enumerate(drawn)
    ]  # fmt: skip
    start = time.perf_counter()
    found = bands = 0
    for proposal in propose(mine, others):
        found += proposal.left.rpartition(":")[2] == proposal.right.rpartition(":")[2]
        bands += proposal.band == "same"
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\n{size} names against {size} names: {seconds:.1f} s, peak {peak:.0f} MB; "
        f"{found / size:.3f} of the pairs proposed, {bands} decided"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--fit", action="store_true", help="fit the weights anew")
    parser.add_argument("--names", type=int, default=50_000, help="size of the run for speed")
    options = parser.parse_args()
    if not DATA.exists():
        sys.exit("The shared data are not beside the project.")
    registry = read_registry(DATA)
    if options.names and not options.fit:
        measure_speed(registry, options.names)
    rows: Rows = {}
    for name in LISTS:
        rows |= read_list(DATA, name, registry.answers)
    if options.fit:
        fit(registry, rows)
    else:
        measure_lists(registry, rows)


if __name__ == "__main__":
    main()
