"""The table of the tone report: the test sets, its columns, and one system's row.

from classifiers.table import System, measure, rows_of
measure(System("always good", rate, rate, None), rows_of(Path("../shared/data")))
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifiers import corpora, measures
from classifiers.calibrate import rank_correlation
from classifiers.corpora import Example

Rate = Callable[[Sequence[str]], list[float]]
COLUMNS = (
    "SST-2 accuracy",
    "GoEmotions macro-F1",
    "written sentiment macro-F1",
    "TyDiP rho",
    "TyDiP quartiles accuracy",
    "written politeness rho",
    "pairs ordered",
)


@dataclass(frozen=True)
class System:
    """A named system; None where it has no opinion. `binary` chooses between two classes only."""

    name: str
    binary: Rate
    sentiment: Rate
    politeness: Rate | None


def rows_of(folder: Path) -> dict[str, list[Example]]:
    """The test sets by name, and GoEmotions dev, on which the three classes' cuts are set."""
    sets = dict(corpora.public(folder, "test"))
    # A quarter of the dev part is plenty for two cut points.
    sets["goemotions dev"] = corpora.public(folder, "dev")["goemotions"][::4]
    sets |= {f"written {name}": corpora.written(name, "test") for name in corpora.LABELLED}
    sets["written dev"] = [row for name in corpora.LABELLED for row in corpora.written(name, "dev")]
    sets["pairs"] = corpora.written_pairs("test")
    return sets


def measure(system: System, sets: dict[str, list[Example]]) -> dict[str, float | None]:
    """One row of the table: the system's score in every column, None where it has none."""
    texts = {name: [row.text for row in rows] for name, rows in sets.items()}
    row: dict[str, float | None] = dict.fromkeys(COLUMNS)
    row["SST-2 accuracy"] = measures.accuracy(system.binary(texts["sst2"]), sets["sst2"])
    for column, test, dev in (
        ("GoEmotions macro-F1", "goemotions", "goemotions dev"),
        ("written sentiment macro-F1", "written sentiment", "written dev"),
    ):
        cuts = measures.best_cuts(system.sentiment(texts[dev]), sets[dev])
        found = measures.classes_of(system.sentiment(texts[test]), cuts)
        row[column] = measures.macro_f1(found, [one.sentiment for one in sets[test]])
    if system.politeness is None:
        return row
    for column, name in (("TyDiP rho", "tydip"), ("written politeness rho", "written politeness")):
        labels = [one.politeness for one in sets[name]]
        row[column] = rank_correlation(system.politeness(texts[name]), labels)
    polite = system.politeness(texts["tydip"])
    row["TyDiP quartiles accuracy"] = measures.quartile_accuracy(polite, sets["tydip"])
    row["pairs ordered"] = measures.ordered(system.politeness, sets["pairs"])
    return row
