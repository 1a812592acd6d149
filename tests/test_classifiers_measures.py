"""The measures of the tone report against numbers worked out by hand.

pytest tests/test_classifiers_measures.py
"""

import pytest

from classifiers import calibrate, card, measures
from classifiers.calibrate import band_of, rank_correlation
from classifiers.corpora import Example
from classifiers.mixture import Settings
from classifiers.report import Target, files, lines_of


def test_rank_correlation():
    assert rank_correlation([1, 2, 3], [10, 20, 30]) == pytest.approx(1.0)
    assert rank_correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: sqrt(0.9).
    assert rank_correlation([0, 1, 1, 5], [1, 2, 3, 4]) == pytest.approx(0.9486833)
    assert rank_correlation([1, 1, 1], [1, 2, 3]) == 0.0


def test_accuracy_by_sign():
    rows = [Example("a", 2), Example("b", 0), Example("c", 2)]
    assert measures.accuracy([0.1, -0.1, -0.5], rows) == pytest.approx(2 / 3)


def test_f1():
    assert measures.class_f1([1, 1, 0], [1, 0, 0], 1) == pytest.approx(2 / 3)
    assert measures.macro_f1([0, 1, 2, 2], [0, 1, 2, 1]) == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)


def test_cuts_part_three_classes():
    rows = [Example(str(n), label) for n, label in enumerate((0, 0, 1, 1, 2, 2))]
    scores = [-0.9, -0.5, -0.1, 0.1, 0.5, 0.9]
    cuts = measures.best_cuts(scores, rows)
    assert measures.classes_of(scores, cuts) == [0, 0, 1, 1, 2, 2]


def test_quartiles_use_the_outer_rows_only():
    rows = [Example(str(n), politeness=label) for n, label in enumerate((-1, -0.5, 0.0, 0.2))]
    assert measures.quartile_accuracy([-0.4, 0.9, 0.8, 1.0], rows) == 1.0
    assert measures.quartile_accuracy([0.9, 0.8, 0.7, -1.0], rows) == 0.0


def test_pairs_must_differ():
    pairs = [Example("a", partner="b"), Example("c", partner="d")]
    worth = {"a": 0.5, "b": 0.1, "c": 0.2, "d": 0.2}
    assert measures.ordered(lambda texts: [worth[text] for text in texts], pairs) == 0.5


def test_reliability_bins():
    rows = [Example("a", 2), Example("b", 0), Example("c", 2)]
    bins = measures.reliability([0.9, 0.92, -1.0], rows)
    assert [(one["rows"], one["observed"]) for one in bins] == [(1, 1.0), (2, 0.5)]
    assert measures.calibration_error(bins, "forecast", "observed") == pytest.approx(
        (1.0 + 2 * 0.455) / 3, abs=1e-3
    )


@pytest.mark.parametrize(
    ("politeness", "band"), [(-0.9, 0), (-0.3, 1), (0.0, 2), (0.2, 2), (0.5, 3), (0.8, 4)]
)
def test_bands_of_labels(politeness, band):
    assert band_of(politeness) == band


def test_targets_know_both_directions():
    assert Target("a", 0.92, 0.92).met
    assert not Target("a", 0.91, 0.92).met
    assert Target("a", 0.02, 0.03, at_most=True).met
    assert not Target("a", 0.04, 0.03, at_most=True).met


def test_the_shipped_files_are_small_and_known():
    found = files()
    assert {"tone.onnx", "tokenizer.json", "gate.json", "calibration.json"} <= set(found)
    assert sum(size for size, _ in found.values()) <= 25e6
    card = (measures.Path(measures.__file__).parent / "weights/README.md").read_text("utf-8")
    for name, (_, digest) in found.items():
        assert digest in card, f"weights/README.md has another sha256 for {name}"


REPORT = {"targets": [], "table": {"ours (int8)": {"SST-2 accuracy": 0.9}}}


EASY = [(place / 2 - 0.5 + slip, place) for place in range(3) for slip in (-0.1, 0.0, 0.1)]
WORDS, ENDS = calibrate.SENTIMENT_WORDS, calibrate.SENTIMENT_BANDS


def ends_of(*groups) -> list[float]:
    return [band["below"] for band in calibrate._bands(groups, WORDS, ENDS)]


def test_words_end_between_the_labels_scores():
    low, high, last = ends_of(EASY * 100)
    assert low == pytest.approx(-0.25, abs=0.02)
    assert high == pytest.approx(0.25, abs=0.02)
    assert last == 9.0
    assert calibrate._words_away([EASY], calibrate._bands([EASY], WORDS, ENDS)) == 0.0


def test_a_rare_word_is_no_less_likely_for_being_rare():
    """A hundred neutral texts to one glad one used to push "positive" out to +0.8."""
    common = [(score, place) for score, place in EASY if place < 2] * 100
    rare = [row for row in EASY if row[1] == 2] * 3
    assert ends_of(common + rare)[1] == pytest.approx(0.28, abs=0.06)


def test_little_data_leaves_the_ends_of_the_labels():
    assert ends_of([(0.9, 1), (0.95, 2), (-0.9, 0)])[1] == pytest.approx(1 / 3, abs=0.05)
    assert ends_of([(0.9, 1), (0.1, 0)])[1] == pytest.approx(1 / 3, abs=1e-3)


def test_the_ends_never_fall():
    turned = [(-score, place) for score, place in EASY] * 100
    low, high, _ = ends_of(turned)
    assert low <= high


def test_words_away_counts_groups_and_words_alike():
    bands = [{"below": -0.3}, {"below": 0.3}, {"below": 9.0}]
    # In the first group word 1 is right in all rows, word 2 wrong by one in one of its two rows.
    groups = [[(0.0, 1)] * 8 + [(0.0, 2), (0.5, 2)], [(-0.5, 2)]]
    assert calibrate._words_away(groups, bands) == pytest.approx((0 + 0.5 + 2) / 3)


def test_the_card_tells_the_settings_that_were_used(tmp_path, monkeypatch):
    monkeypatch.setattr(card.metadata, "version", lambda name: "1.2")
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    card.record(Settings(minutes=13.0), "hub", 900, 12.96, [first])
    again = Settings(rate=2e-4, seed=3, start=str(first / "tone.safetensors"))
    card.record(again, "folder", 345904, 43.2, [second])
    runs = card.runs_of(second)
    assert [run["command"] for run in runs] == [
        "python -m classifiers.train --source hub --minutes 13",
        "python -m classifiers.train --rate 0.0002 --start first/tone.safetensors --seed 3",
    ]
    text = card.render(REPORT, {"tone.onnx": (23_000_000, "ab")}, runs)
    assert "\n    python -m classifiers.train --source hub --minutes 13\n" in text
    assert "900 texts in 13 minutes, then 345,904 texts in 43 minutes" in text
    assert "torch 1.2, transformers 1.2" in text
    assert "cannot be repeated" in text
    assert str(tmp_path) not in (second / card.TRAINING).read_text("utf-8")


def test_a_long_command_is_folded():
    settings = Settings(*([0.5] * 5), sst2_visits=4.0, tydip_visits=10.0, written_visits=10.0)
    lines = card._folded(card.command_of(settings))
    assert len(lines) > 1
    assert all(line.startswith("    ") and len(line) < 100 for line in lines)
    assert all(line.endswith(" \\") for line in lines[:-1])


def test_the_card_says_when_settings_were_not_kept(tmp_path):
    assert card.runs_of(tmp_path) == []
    assert "settings were not kept" in card.render(REPORT, {}, [])


def test_a_missed_target_is_printed_as_missed():
    report = {
        "targets": [{"name": "x", "value": 0.5, "goal": 0.9, "at_most": False, "met": False}],
        "table": {},
    }
    report |= {title: {} for title in ("emails", "changes", "names", "gate")}
    report |= {"calibration error": {}, "words": {"a": 0.25}}
    text = "\n".join(lines_of(report))
    assert "MISSED" in text
    assert "0.250" in text
