"""Settings of a training run: defaults in one place, mistakes in them named."""

from pathlib import Path

import pytest
import yaml

from proofreader.errors import ProofreadError
from training.recipe import Recipe

RECIPES = Path(__file__).parent.parent / "training" / "recipes"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("lr: 2e-4\nr: 8\n")
    return path


def test_states_only_what_differs(file):
    recipe = Recipe.load(file)
    assert (recipe.lr, recipe.r, recipe.name) == (0.0002, 8, "mine")
    assert recipe.batch == Recipe().batch


def test_command_line_wins(file):
    recipe = Recipe.load(file, "lr=1e-3", "steps=2e2", "random_tone=true", "r=4")
    assert (recipe.lr, recipe.steps, recipe.random_tone, recipe.r) == (0.001, 200, True, 4)


def test_unknown_setting_suggests(file):
    with pytest.raises(ProofreadError, match=r"'warmpu'.*'warmup'"):
        Recipe.load(file, "warmpu=3")


@pytest.mark.parametrize("override", ["r=2.5", "r=many", "random_tone=perhaps", "lr=fast"])
def test_wrong_type_names_the_setting(file, override):
    with pytest.raises(ProofreadError, match=override.partition("=")[0]):
        Recipe.load(file, override)


def test_override_needs_an_equals_sign(file):
    with pytest.raises(ProofreadError, match="key=value"):
        Recipe.load(file, "steps")


def test_missing_file_is_said(tmp_path):
    with pytest.raises(ProofreadError, match="no such recipe"):
        Recipe.load(tmp_path / "none.yaml")


def test_saved_recipe_loads_equal(file, tmp_path):
    recipe = Recipe.load(file, "steps=7")
    recipe.save(tmp_path / "saved.yaml")
    assert Recipe.load(tmp_path / "saved.yaml") == recipe
    assert yaml.safe_load((tmp_path / "saved.yaml").read_text())["batch"] == recipe.batch


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("method=lroa", "'lora'"),
        ("optimizer=adam", "'adamw'"),
        ("precision=float16", "fp16"),
        ("accumulation=0", "at least 1"),
        ("method=last_n", "blocks=N"),
    ],
)
def test_a_choice_that_there_is_not_is_said(file, setting, said):
    with pytest.raises(ProofreadError, match=said):
        Recipe.load(file, setting)


@pytest.mark.parametrize("name", ["embedded", "llama-3.2-1b", "llama-3.2-3b", "smollm2-gpu"])
def test_every_recipe_of_the_project_loads(name):
    assert Recipe.load(RECIPES / f"{name}.yaml").name == name
