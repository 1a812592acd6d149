"""The steps of training/colab.ipynb, which also run anywhere else, one by one or all in order.

    python -m training.colab train evaluate convert entry --recipe training/recipes/smollm2-gpu.yaml

Everything a run makes lies under --drive, so that it outlives the machine; `train` goes on from the
newest checkpoint there. `push` uploads to the Hugging Face Hub (with a token in HF_TOKEN).
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from proofreader.errors import ProofreadError
from training.recipe import Recipe

ROOT = Path(__file__).parent.parent
# The GGUF of each base that the trained adapter goes with: (repository, file).
GGUF = {
    "unsloth/Llama-3.2-1B-Instruct": (
        "bartowski/Llama-3.2-1B-Instruct-GGUF",
        "Llama-3.2-1B-Instruct-Q8_0.gguf",
    ),
    "unsloth/Llama-3.2-3B-Instruct": (
        "bartowski/Llama-3.2-3B-Instruct-GGUF",
        "Llama-3.2-3B-Instruct-Q8_0.gguf",
    ),
}


@dataclass(frozen=True)
class Settings:
    """What the steps work on. `limit`: texts of each task that `evaluate` measures."""

    recipe: str = "training/recipes/llama-3.2-1b.yaml"
    drive: str = "runs"
    repo: str = ""  # owner/name on the Hub for `push`
    changes: tuple[str, ...] = ()  # of the recipe, "key=value"
    limit: int = 50
    llama_cpp: str = ""  # a folder of llama.cpp; "" downloads its converters once

    @property
    def loaded(self) -> Recipe:
        """The recipe with its changes."""
        return Recipe.load(ROOT / self.recipe, *self.changes)

    @property
    def run(self) -> Path:
        """The run folder."""
        return Path(self.drive).resolve() / self.loaded.name

    @property
    def adapter(self) -> Path:
        """The adapter's GGUF file."""
        return self.run / f"{self.loaded.name}-lora-f16.gguf"


def _call(*command: str) -> None:
    """Run a command in the project's folder with its output shown. ProofreadError if it fails."""
    print("$", " ".join(command), flush=True)
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode:
        raise ProofreadError(f"{' '.join(command[:4])} ... failed; its message is above")


def install(settings: Settings) -> None:
    """The packages of the recipe's backend. Only in a fresh environment, such as Colab's."""
    unsloth = settings.loaded.backend == "unsloth"
    file = "requirements-unsloth.txt" if unsloth else "requirements.txt"
    _call(sys.executable, "-m", "pip", "install", "-q", "-r", f"training/{file}")


def mount(settings: Settings) -> None:
    """Google Drive, and on it the folder for runs. Colab alone can do that."""
    try:
        from google.colab import drive
    except ImportError as error:
        raise ProofreadError(
            "Drive can be mounted on Colab alone; elsewhere leave it out"
        ) from error
    drive.mount("/content/drive")
    Path(settings.drive).mkdir(parents=True, exist_ok=True)


def apart(settings: Settings, *steps: str) -> None:
    """Run steps in a process of their own, which gives the GPU's memory back at its end."""
    command = [sys.executable, "-m", "training.colab", *steps, "--recipe", settings.recipe]
    command += ["--drive", settings.drive, "--repo", settings.repo, "--limit", str(settings.limit)]
    command += ["--llama-cpp", settings.llama_cpp]
    for change in settings.changes:
        command += ["--set", change]
    _call(*command)


def train(settings: Settings) -> None:
    """Train, or go on where the newest checkpoint stands. A process of its own: Unsloth patches."""
    command = [sys.executable, "-m", "training.train", str(settings.recipe), *settings.changes]
    _call(*command, "--out", str(settings.run))


def evaluate(settings: Settings) -> None:
    """The base and the trained model on the written test sentences: tables, files in scores/."""
    from training import answers, evaluation

    settings.run.mkdir(parents=True, exist_ok=True)
    for name, best in (("base", None), ("trained", settings.run / "best")):
        system = answers.system(settings.loaded, best)
        task = evaluation.get("corrections")
        report = evaluation.evaluate(system, task, settings.limit, name=name)
        print(evaluation.table(report), flush=True)
        evaluation.keep(
            report, settings.run / "scores", f"python -m training.colab evaluate ({name})"
        )


def merge(settings: Settings) -> None:
    """Base and adapter as one model for transformers, in 16 bits, in merged/. `convert` needs no
    merged model: the app puts the adapter's GGUF and the base's together itself."""
    recipe, folder = settings.loaded, settings.run / "merged"
    if not recipe.is_adapter:
        raise ProofreadError(f"method={recipe.method} trains the model itself: it is in best/")
    if recipe.backend == "unsloth":
        from dataclasses import replace

        from training import unsloth_backend

        trained = replace(recipe, adapter=str(settings.run / "best"))
        unsloth_backend.merge(*unsloth_backend.load(trained), folder)
        return
    import torch

    from training import answers

    model, tokenizer = answers.load(recipe, settings.run / "best")
    whole = model.merge_and_unload().to(torch.float16)
    whole.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def convert(settings: Settings) -> None:
    """The adapter as a GGUF file, by convert/to_gguf.py."""
    recipe = settings.loaded
    if not recipe.is_adapter:
        raise ProofreadError(f"convert/to_gguf.py takes adapters; method={recipe.method} has none")
    base = recipe.base
    if base != "smollm2" and not Path(base).is_dir():
        from transformers import AutoConfig

        base = str(settings.run / "base")
        AutoConfig.from_pretrained(recipe.base).save_pretrained(base)
    command = [sys.executable, "convert/to_gguf.py", str(settings.run / "best"), "--lora-only"]
    command += ["--base", base, "--out", str(settings.adapter)]
    if settings.llama_cpp:
        command += ["--llama-cpp", settings.llama_cpp]
    _call(*command)


def template(tokenizer) -> str:
    """A short chat template with which llama.cpp asks exactly as the model was taught to be asked.

    The base's own would put today's date into every prompt.
    """
    from training.encoding import Encoder

    encoder = Encoder(tokenizer)
    # As quoted strings: Jinja drops a line break at the end of a template's plain text.
    head, middle, tail = (json.dumps(tokenizer.decode(ids)) for ids in encoder.pieces)
    asked = (head, "messages[0]['content']", middle, "messages[1]['content']", tail)
    return "".join(f"{{{{ {part} }}}}" for part in asked)


def entry(settings: Settings) -> str:
    """The lines for proofreader/models.yaml, which it also prints."""
    from transformers import AutoTokenizer

    recipe = settings.loaded
    repo, file = GGUF.get(recipe.base, ("owner/the-base-as-GGUF", "the-base.Q8_0.gguf"))
    values = {
        "title": f"{recipe.base.rpartition('/')[2]}, tuned for proofreading",
        "description": "Tuned with training/colab.ipynb.",
        "repo": repo,
        "file": file,
        "adapter": f"adapters/{settings.adapter.name}",
        "prompt": "proofread",
        "chat_template": template(AutoTokenizer.from_pretrained(settings.run / "best")),
    }
    text = yaml.safe_dump({f"{recipe.name}-tuned": values}, sort_keys=False, allow_unicode=True)
    print(f"# copy {settings.adapter.name} into adapters/, and this into proofreader/models.yaml:")
    print(text, flush=True)
    return text


def card(settings: Settings) -> str:
    """What the Hub shows of the adapter: base, data, settings, and the scores if there are any."""
    recipe, facts = settings.loaded, json.loads((settings.run / "run.json").read_text("utf-8"))
    lines = ["---", f"base_model: {recipe.base}", "tags: [proofreading, lora, gguf]", "---", ""]
    lines += [
        f"# {recipe.name}",
        "",
        f"A LoRA that makes {recipe.base} a proofreader of emails.",
        "",
    ]
    lines += [f"Trained on {facts['pairs']} pairs; data of the Hub: {recipe.hub or 'none'}.", ""]
    for path in sorted((settings.run / "scores").glob("*.json")):
        scores = json.loads(path.read_text("utf-8"))
        cells = (f"{name} {score['value']:.3f}" for name, score in scores["scores"].items())
        lines.append(
            f"- {scores['system']}, {scores['texts']} {scores['task']}: {', '.join(cells)}"
        )
    return "\n".join([*lines, ""])


def push(settings: Settings) -> None:
    """The adapter as GGUF and for peft, the recipe and a card, to settings.repo on the Hub."""
    if "/" not in settings.repo:
        raise ProofreadError("Name the repository on the Hub: repo='owner/name' (--repo)")
    from huggingface_hub import HfApi

    folder = settings.run / "push"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(settings.run / "best", folder)
    for path in (settings.adapter, settings.run / "recipe.yaml", settings.run / "run.json"):
        shutil.copy(path, folder)
    (folder / "README.md").write_text(card(settings), encoding="utf-8")
    api = HfApi()
    api.create_repo(settings.repo, exist_ok=True)
    api.upload_folder(repo_id=settings.repo, folder_path=folder)


STEPS: dict[str, Callable[[Settings], object]] = {
    step.__name__: step for step in (install, mount, train, evaluate, merge, convert, entry, push)
}


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("steps", nargs="+", choices=STEPS)
    parser.add_argument("--recipe", default=Settings.recipe)
    parser.add_argument("--drive", default=Settings.drive, help="folder that outlives the machine")
    parser.add_argument("--repo", default="", help="owner/name on the Hub, for push")
    parser.add_argument("--set", action="append", default=[], help="key=value of the recipe")
    parser.add_argument("--limit", type=int, default=Settings.limit)
    parser.add_argument("--llama-cpp", default="", help="a folder of llama.cpp, for convert")
    given = parser.parse_args(argv)
    settings = Settings(
        given.recipe, given.drive, given.repo, tuple(given.set), given.limit, given.llama_cpp
    )
    try:
        for step in given.steps:
            STEPS[step](settings)
    except ProofreadError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
