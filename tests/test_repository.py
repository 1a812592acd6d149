"""What a Space and a newcomer rely on: the README's front matter, pinned packages, file sizes."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from proofreader.models import models

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FRONT = yaml.safe_load(README.split("---\n")[1])
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def files():
    """The files git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_the_front_matter_is_that_of_a_gradio_space():
    assert FRONT["sdk"] == "gradio"
    assert f"gradio[mcp]=={FRONT['sdk_version']}\n" in REQUIREMENTS
    assert FRONT["python_version"] in ("3.11", "3.12")
    assert (ROOT / FRONT["app_file"]).is_file()
    assert len(FRONT["short_description"]) <= 60  # the Hub's limit


def test_the_space_preloads_the_file_that_the_app_asks_the_hub_for():
    entry = models()[0]
    assert FRONT["preload_from_hub"] == [f"{entry.repo} {entry.file}"]


def test_the_app_needs_neither_torch_nor_transformers():
    assert not re.search(r"^(torch|transformers|peft)\b", REQUIREMENTS, re.MULTILINE)


@pytest.mark.parametrize("path", re.findall(r"\]\((docs/[^)]+)\)", README))
def test_every_picture_of_the_readme_is_there(path):
    assert (ROOT / path).is_file()


def test_no_file_is_large_or_a_pickle():
    for path in files():
        assert path.stat().st_size < 25_000_000, path
        assert path.suffix not in (".pkl", ".pickle", ".joblib", ".pt", ".bin"), path


def test_the_tree_in_the_readme_names_every_module():
    tree = README.split("## The tree")[1].split("## ")[0]
    named = set(re.findall(r"[\w/.-]+", tree))
    for path in files():
        where = path.relative_to(ROOT)
        if (
            where.suffix == ".py"
            and where.parts[0] not in ("tests",)
            and path.name != "__init__.py"
        ):
            assert str(where) in named, f"{where} is not in the README's tree"
