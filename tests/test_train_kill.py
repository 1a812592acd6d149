"""Runs that are killed, stopped early, or started again with something else; on a tiny model."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from proofreader.errors import ProofreadError
from tests.tiny_models import TINY, pairs, save_llama, with_adapter
from training.checkpoints import Progress, RunFolder, _whole

torch = pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("matplotlib")

from training.train import fit  # noqa: E402

ROOT = Path(__file__).parent.parent
SETTINGS = {
    "random_tone": True, "corrupted": 0, "clean": 0, "harper_repeats": 0, "longest": 400,
    "precision": "fp32", "device": "cpu", "r": 4, "alpha": 8, "batch": 2, "steps": 14, "warmup": 3,
    "save_every": 3, "eval_every": 5, "dev": 6, "keep": 2, "dropout": 0.1, "schedule": "cosine",
}  # fmt: skip


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kill")
    model = save_llama(folder / "model")
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump({"base": str(model), **SETTINGS}))
    return path


def start(recipe: Path, out: Path, *settings: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "training.train", str(recipe), *settings, "--out", str(out)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "HF_HUB_OFFLINE": "1"}, **quiet)


def finish(process: subprocess.Popen) -> str:
    _, errors = process.communicate(timeout=150)
    assert process.returncode == 0, errors[-2000:]
    return errors


def kill_at(process: subprocess.Popen, out: Path, step: int) -> None:
    """SIGKILL as soon as the losses of `step` are on disk."""
    until = time.monotonic() + 150
    while process.poll() is None and time.monotonic() < until:
        file = out / "losses.jsonl"
        if file.is_file() and f'"step": {step},' in file.read_text():
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.002)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL


def losses(out: Path) -> list[tuple]:
    rows = RunFolder(out).losses()
    return [(row["step"], row.get("loss"), row.get("dev_loss")) for row in rows]


def test_a_killed_run_ends_as_the_uninterrupted_one_to_the_bit(recipe, tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    errors = finish(start(recipe, whole))
    assert "14/14" in errors
    kill_at(start(recipe, cut), cut, 7)
    assert [path.name for path in RunFolder(cut).checkpoints()] == ["step-3", "step-6"]
    finish(start(recipe, cut))
    assert [path.name for path in RunFolder(cut).checkpoints()] == ["step-12", "step-14"]
    for place in ("step-14", "best"):
        name = f"{place}/adapter_model.safetensors"
        assert (whole / name).read_bytes() == (cut / name).read_bytes()
    assert losses(whole) == losses(cut)
    assert [row[0] for row in losses(cut) if row[1] is not None] == list(range(1, 15))
    assert (cut / "losses.png").read_bytes()[:4] == b"\x89PNG"
    facts = json.loads((cut / "run.json").read_text())
    assert facts["versions"]["torch"] == torch.__version__
    assert facts["hardware"]["cores"] == os.cpu_count()
    assert all(len(value) == 64 for value in facts["data_sha256"].values())
    assert yaml.safe_load((cut / "recipe.yaml").read_text())["schedule"] == "cosine"


def test_early_stopping_stops_and_keeps_the_best(tmp_path):
    recipe = replace(TINY, lr=0.0, patience=2, eval_every=2)
    folder = RunFolder(tmp_path)
    result = fit(with_adapter(), pairs(80), pairs(8, 9), recipe, folder, quiet=True)
    assert (result.stopped, result.steps) == ("early", 6)
    assert max(row["step"] for row in folder.losses()) == 6
    assert (tmp_path / "best" / "adapter_model.safetensors").is_file()
    again = fit(with_adapter(), pairs(80), pairs(8, 9), recipe, folder, quiet=True)
    assert (again.stopped, again.steps) == ("early", 6)


def test_best_is_the_lowest_dev_loss_not_the_last(tmp_path):
    recipe = replace(TINY, lr=2.0, schedule="constant", warmup=0, eval_every=1, clip=100.0)
    folder = RunFolder(tmp_path)
    result = fit(with_adapter(), pairs(40), pairs(8, 9), recipe, folder, quiet=True)
    dev = [row["dev_loss"] for row in folder.losses() if "dev_loss" in row]
    assert result.best == pytest.approx(min(dev), abs=1e-4)
    assert min(dev) < dev[-1]
    from training.checkpoints import load_weights
    from training.gradients import Trainer

    model = with_adapter()
    load_weights(model, tmp_path / "best")
    assert Trainer(model, recipe).evaluate(pairs(8, 9)) == pytest.approx(min(dev), abs=1e-3)


def test_a_folder_of_another_recipe_or_other_data_is_refused(tmp_path):
    folder = RunFolder(tmp_path)
    folder.describe(TINY, {"a.jsonl": "1"}, 8, 2)
    (tmp_path / "step-4").mkdir()
    with pytest.raises(ProofreadError, match=r"r=4, now it is 8.*--out"):
        folder.describe(replace(TINY, r=8), {"a.jsonl": "1"}, 8, 2)
    with pytest.raises(ProofreadError, match=r"other data \(a\.jsonl\)"):
        folder.describe(TINY, {"a.jsonl": "2"}, 8, 2)
    folder.describe(replace(TINY, patience=3), {"a.jsonl": "1"}, 8, 2)


def test_half_written_folders_are_not_taken(tmp_path):
    (tmp_path / "step-4.part").mkdir()
    (tmp_path / "step-3").mkdir()
    assert [path.name for path in RunFolder(tmp_path).checkpoints()] == ["step-3"]
    (tmp_path / "best.old").mkdir()  # killed after best/ had been set aside
    (tmp_path / "best.old" / "kept").touch()
    with pytest.raises(OSError, match="full"), _whole(tmp_path / "best"):
        raise OSError("disk full")
    assert (tmp_path / "best" / "kept").is_file()


def test_a_cut_line_of_losses_is_dropped(tmp_path):
    folder = RunFolder(tmp_path)
    folder.log(step=1, loss=2.0)
    folder.log(step=2, loss=1.0)
    with (tmp_path / "losses.jsonl").open("a") as file:
        file.write('{"step": 3, "lo')
    folder.forget_after(1)
    assert folder.losses() == [{"step": 1, "loss": 2.0}]
    assert Progress().best == float("inf")
