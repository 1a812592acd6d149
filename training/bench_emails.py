"""The emails that the benchmarks measure with, and what a model is asked about them.

rows = written_emails(20)                  # of training/data, always the same
mail = prepare("ew-off-1", rows[0]["text"], rows[0]["mistakes"], model)
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from classifiers.tone import Tone, ToneScorer, aggregate
from prompts import Prompt
from proofreader.errors import ProofreadError
from proofreader.loading import Model
from proofreader.mail import Email
from proofreader.pipeline import Options
from proofreader.sentences import sentences
from training.contenders import Line, Mail

DATA = Path(__file__).parent / "data"
FILES = ("emails_work.jsonl", "emails_life.jsonl")


def train_emails() -> list[dict]:
    """The rows of the train split's whole emails, in the order of the files."""
    rows = [
        json.loads(line)
        for name in FILES
        for line in (DATA / name).read_text(encoding="utf-8").splitlines()
    ]
    return [row for row in rows if row["split"] == "train"]


def written_emails(count: int) -> list[dict]:
    """`count` of them, ranked by words, at even distances. ProofreadError where there are fewer."""
    rows = sorted(train_emails(), key=lambda row: (len(row["text"].split()), row["id"]))
    if not 0 <= count <= len(rows):
        raise ProofreadError(f"There are {len(rows)} written emails, so --emails {count} is off.")
    return [rows[round(place * (len(rows) - 1) / max(1, count - 1))] for place in range(count)]


def prepare(name: str, text: str, mistakes: int, model: Model) -> Mail:
    """The email with the prompts that the model is asked with, tone scores and all."""
    found = [sentence.source for sentence in sentences(Email.split(text))]
    if not found:
        raise ProofreadError(f"{name} has no sentences to proofread. Take another email.")
    lines, tone = [], aggregate(ToneScorer().score(found))
    for source in found:
        prompt = model.prompt_for(source, Options().goal, tone)
        limit = 2 * len(model.engine.tokenize(source)) + 32  # as the engine limits a draft's answer
        lines.append(Line(source, prompt.system, prompt.user, limit))
    return Mail(name, text, tuple(lines), mistakes)


def with_answers(mail: Mail, answers: Sequence[str], model: Model) -> Mail:
    """The email with the model's answers and all that must be read for them: each prompt and its
    answer, without what every prompt begins with (kept from the email before), and what this
    email's prompts begin with beyond that only once."""
    from proofreader.decoder import common

    engine = model.engine
    asked = [engine.prompt_tokens(Prompt("", 0, line.system, line.user)) for line in mail.lines]
    extremes = [model.prompt_for("", Options().goal, Tone(score, score)) for score in (-1.0, 1.0)]
    kept = min(common(asked[0], engine.prompt_tokens(prompt)) for prompt in extremes)
    shared = min(common(asked[0], prompt) for prompt in asked)
    reading = asked[0][kept:shared]
    for prompt, answer in zip(asked, answers, strict=True):
        reading += prompt[shared:] + engine.tokenize(answer)
    return replace(mail, answers=tuple(answers), reading=tuple(reading))
