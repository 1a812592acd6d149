"""What a model in training answers, without converting it: greedy, many texts at a time.

    model, tokenizer = load(recipe, Path("runs/mine/best"))    # or None: the base as it is
    answers(model, tokenizer, Encoder(tokenizer), prompts)     # one string for each prompt
    corrected(outputs, examples)                               # how many sentences it mended
    system(recipe, Path("runs/mine/best"))("I has it.")        # one text at a time

The product decodes with llama.cpp and checks every edit; this is for comparing runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from classifiers.tone import ToneScorer
from prompts import UNCHANGED, Prompt, number, render
from training.encoding import Encoder, Example
from training.metrics import Score, ratio, share, word_edits
from training.recipe import Recipe

BATCH = 24


def load(recipe: Recipe, best: Path | None):
    """(model, tokenizer) of a run, ready to answer; the bare base when `best` is None."""
    from training import models

    method = "qlora" if recipe.method == "qlora" else "lora"
    plain = replace(
        recipe, backend="peft", method=method, adapter="", checkpointing=False, fused=False
    )
    if best is not None and (best / "adapter_config.json").is_file():
        plain = replace(plain, adapter=str(best))
    elif best is not None:
        plain = replace(plain, base=str(best))
    # Without an adapter of its own it gets a new one, which changes nothing: its B is zero.
    model, tokenizer = models.load(plain)
    return model.eval(), tokenizer


def system(recipe: Recipe, best: Path | None, goal: str = "errors only") -> Callable[[str], str]:
    """A function from a text to the model's greedy answer: no rules and no guards around it."""
    model, tokenizer = load(recipe, best)
    encoder = Encoder(tokenizer)

    def correct(text: str) -> str:
        most = 2 * len(encoder.plain(text)) + 32
        asked = prompts_of([Example(text, text, goal)])
        return revised(text, answers(model, tokenizer, encoder, asked, most)[0])

    return correct


def answers(
    model,
    tokenizer,
    encoder: Encoder,
    prompts: Sequence[Prompt],
    most: int = 80,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> list[str]:
    """The model's greedy answers of at most `most` tokens, in the order of the prompts."""
    import torch

    model.eval()
    device = next(model.parameters()).device
    coded = [encoder.prompt(prompt) for prompt in prompts]
    order = sorted(range(len(coded)), key=lambda at: len(coded[at]))
    found = [""] * len(coded)
    padding = encoder.end[-1]
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        longest = max(len(coded[at]) for at in part)
        blanks = [longest - len(coded[at]) for at in part]
        rows = zip(blanks, part, strict=True)
        ids = torch.tensor([[padding] * blank + coded[at] for blank, at in rows])
        mask = torch.tensor([[0] * blank + [1] * (longest - blank) for blank in blanks])
        with torch.no_grad():
            made = model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                max_new_tokens=most,
                do_sample=False,
                eos_token_id=encoder.end[-1],
                pad_token_id=padding,
            )
        for at, row in zip(part, made[:, longest:], strict=True):
            found[at] = tokenizer.decode(row, skip_special_tokens=True).strip()
        tell(min(start + BATCH, len(order)), len(order))
    return found


@cache
def _scorer() -> ToneScorer:
    return ToneScorer()


def prompts_of(examples: Sequence[Example], name: str = "proofread") -> list[Prompt]:
    """The requests that the product would make: with the goal and the measured tone."""
    tones = _scorer().score([example.source for example in examples])
    return [
        render(
            name,
            goal=example.goal,
            sentiment=number(tone.sentiment),
            politeness=number(tone.politeness),
            text=example.source,
        )
        for example, tone in zip(examples, tones, strict=True)
    ]


def revised(source: str, answer: str) -> str:
    """The text that an answer stands for."""
    return source if answer == UNCHANGED else answer


def corrected(outputs: Sequence[str], examples: Sequence[Example]) -> dict[str, Score]:
    """Shares in percent, over the examples that have mistakes.

    "corrected exactly": the reference itself. "needed edits made": of the reference's edits.
    "nearer to right": fewer edits away from the reference than the source is.
    """
    exact, near, hits, needs = [], [], [], []
    for output, example in zip(outputs, examples, strict=True):
        needed = word_edits(example.source, example.target)
        if not needed:
            continue
        made = word_edits(example.source, output)
        exact.append(output == example.target)
        near.append(len(word_edits(output, example.target)) < len(needed))
        hits.append(len(needed & made))
        needs.append(len(needed))
    return {
        "corrected exactly": share(exact),
        "needed edits made": ratio(hits, needs),
        "nearer to right": share(near),
    }
