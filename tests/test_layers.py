"""Who may import whom (and which heavy library lives where), read from the import statements."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"app", "page", "proofreader", "classifiers", "prompts", "training", "convert"}
ALLOWED = {
    "app": {"page", "proofreader", "classifiers", "prompts"},
    "page": {"page", "proofreader", "classifiers", "prompts"},
    "proofreader": {"proofreader", "classifiers", "prompts"},
    "training": {"training", "proofreader", "classifiers", "prompts"},
    "classifiers": {"classifiers"},
    "prompts": {"prompts"},
    "convert": {"convert"},
}
TRAINING = {"training", "convert", "classifiers/train.py"}
HOMES = {
    "gradio": {"app.py"},
    "llama_cpp": {
        "proofreader/engine.py",
        "proofreader/chat_template.py",
        "proofreader/decoder.py",
        "proofreader/drafting.py",
        "training",
        "convert",
    },
    "peft": TRAINING,
    "trl": TRAINING,
    "unsloth": TRAINING,
}
FILES = sorted(
    path
    for path in ROOT.rglob("*.py")
    if path.relative_to(ROOT).parts[0].removesuffix(".py") in OURS
)
SHADOWING = {"datasets", "evaluate", "email", "gguf", "types", "tokenize"} | {
    "utils",
    "helpers",
    "common",
}


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_layer_may(path):
    where = path.relative_to(ROOT)
    layer = where.parts[0].removesuffix(".py")
    found = imported(path)
    assert found & OURS <= ALLOWED[layer]
    for library, homes in HOMES.items():
        if library in found:
            assert str(where) in homes or layer in homes, f"{library} does not belong here"
    assert path.stem not in SHADOWING


def test_the_imports_are_really_read():
    assert "proofreader" in imported(ROOT / "app.py")
    assert "llama_cpp" in imported(ROOT / "proofreader" / "drafting.py")
