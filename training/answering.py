"""A trained model asked sentence by sentence, with torch: to score a run before it is a GGUF file.

correct = system(recipe, Path("runs/mine/best"))       # or None: the base as it is
correct("I has a question.")                           # "I have a question."
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from classifiers.tone import ToneScorer
from prompts import UNCHANGED, number, render
from training import models
from training.encoding import Encoder
from training.optimisation import device_of
from training.recipe import Recipe


def load(recipe: Recipe, best: Path | None):
    """(model, tokenizer) of a run, ready to answer; the bare base when `best` is None."""
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
    import torch

    model, tokenizer = load(recipe, best)
    encoder, scorer, device = Encoder(tokenizer), ToneScorer(), device_of(recipe)

    def correct(text: str) -> str:
        tone = scorer.score([text])[0]
        values = {"sentiment": number(tone.sentiment), "politeness": number(tone.politeness)}
        ids = encoder.prompt(render("proofread", goal=goal, text=text, **values))
        given = torch.tensor([ids], device=device)
        with torch.no_grad():
            made = model.generate(
                input_ids=given,
                attention_mask=torch.ones_like(given),
                max_new_tokens=2 * len(encoder.plain(text)) + 32,
                do_sample=False,
                eos_token_id=encoder.end[-1],
                pad_token_id=encoder.end[-1],
            )
        answer = tokenizer.decode(made[0, len(ids) :], skip_special_tokens=True).strip()
        return text if answer == UNCHANGED else answer

    return correct
