"""Proof that a GGUF file is the model it was made from, and what each quantisation costs.

reference = remember(model, tokenizer)       # torch, once
prove(path, reference)                       # the f16 file is torch's model, or an error
measure(path, reference)                     # any file: loss of fixed sentences, a sample
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from convert.llama_file import CONTEXT, LlamaFile
from convert.sources import ConversionError

SENTENCES = (
    "Thank you for the quick reply; the revised quote reached us on Thursday afternoon.",
    "Could you tell me whether the boiler was serviced before the tenants moved in?",
    "I am sorry that I missed your call, my phone was off during the school concert.",
    "We shipped 40 boxes on 3 March, but the warehouse in Porto has counted only 38.",
    "Please sign both copies of the contract and send one of them back to our office in Leeds.",
    "The new nurse starts next week, so somebody has to show her where the keys are kept.",
)
SAMPLES = (
    "Hello, I'm here; they've said we'll meet at 10:30.",
    "Invoice 2024-0117: 1.299,50 € (3 * 433,17), due 31/12/2024!!",
    "  two  spaces,\ta tab\n\n\nand   lines \n \n",
    "café naïve Müller São Zoë Łódź",
    "東京で会いましょう。 Привет, как дела? مرحبا",
    "👍🏽 👨‍👩‍👧 🙏 :-)",
    "https://example.org/a?b=c&d=%20 ann.lee@example.org",
    "def f(x): return x**2  # 'quoted' \"double\"",
    "DON'T SHOUT, it's the CEO's e-mail...",
)
QUESTION = "Correct the sentence: She have went to the office yesterday."
# Root mean square difference of a position's logits, in their standard deviations. Rounding to
# f16 gives up to 0.02 (weights grown by a high learning rate), a quarter of one matrix far more.
LIMIT = 0.05
TIE = 0.2  # standard deviations between the two likeliest tokens; closer ones may change places


@dataclass(frozen=True)
class Reference:
    """What torch says: ids of SAMPLES and SENTENCES, logits [tokens, vocabulary], loss in nats."""

    samples: list[list[int]]
    sentences: list[list[int]]
    logits: list[np.ndarray]
    prompt: list[int]
    template: str | None
    loss: float


@dataclass(frozen=True)
class Proof:
    """One file beside torch: mean loss in nats a token, the part of positions with torch's argmax,
    the largest difference of a position (see LIMIT), and a greedy answer to QUESTION."""

    loss: float
    same: float
    difference: float
    sample: str

    @property
    def perplexity(self) -> float:
        return float(np.exp(self.loss))


def _losses(logits: np.ndarray, ids: list[int]) -> np.ndarray:
    """-log P of each token after the first, float64."""
    rows = logits[: len(ids) - 1].astype(np.float64)
    top = rows.max(-1)
    total = top + np.log(np.exp(rows - top[:, None]).sum(-1))
    return total - rows[np.arange(len(rows)), ids[1:]]


def remember(model, tokenizer) -> Reference:
    """Run the torch model, in float32 on the CPU, over the fixed texts."""
    import torch

    def encode(text: str) -> list[int]:
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])

    sentences = [encode(text)[: CONTEXT - 1] for text in SENTENCES]
    if (start := tokenizer.bos_token_id) is not None:
        sentences = [[start, *ids] for ids in sentences]
    model.eval()
    with torch.inference_mode():
        logits = [model(torch.tensor([ids])).logits[0].float().numpy() for ids in sentences]
    template = tokenizer.chat_template
    question = QUESTION
    if template:
        turn = [{"role": "user", "content": QUESTION}]
        question = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
    losses = [_losses(rows, ids) for rows, ids in zip(logits, sentences, strict=True)]
    return Reference(
        samples=[encode(text) for text in SAMPLES],
        sentences=sentences,
        logits=logits,
        prompt=encode(question)[-CONTEXT // 2 :],
        template=template,
        loss=float(np.concatenate(losses).mean()),
    )


def _check_tokens(file: LlamaFile, reference: Reference) -> None:
    for text, expected in zip(SAMPLES, reference.samples, strict=True):
        if (found := file.tokenize(text)) != expected:
            raise ConversionError(
                f"The GGUF cuts {text!r} into {found}, the model's tokenizer into {expected}: the "
                "file would be useless. Name the right pre-tokenizer with --pre, or take another "
                "llama.cpp with --llama-cpp."
            )
    if reference.template and file.chat_template() != reference.template:
        raise ConversionError("The GGUF's chat template is not the tokenizer's.")


def _compare(found: np.ndarray, expected: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """(largest difference, positions with the same argmax, positions where that is no near-tie)."""
    if found.shape != expected.shape or not np.isfinite(found).all():
        raise ConversionError(
            f"The GGUF's logits are {found.shape} and torch's {expected.shape}, or not numbers."
        )
    deviation = expected.std(-1)
    difference = np.sqrt(((found - expected) ** 2).mean(-1)) / np.maximum(deviation, 1e-9)
    best = np.partition(expected, -2, -1)[:, -2:]
    clear = (best[:, 1] - best[:, 0]) > TIE * deviation
    return float(difference.max()), found.argmax(-1) == expected.argmax(-1), clear


def _examine(path: Path, reference: Reference, exact: bool) -> Proof:
    worst, same, losses = 0.0, [], []
    with LlamaFile(path) as file:
        _check_tokens(file, reference)
        for ids, expected in zip(reference.sentences, reference.logits, strict=True):
            found = file.logits(ids)
            difference, agrees, clear = _compare(found, expected)
            worst = max(worst, difference)
            if exact and (difference > LIMIT or (clear & ~agrees).any()):
                raise ConversionError(
                    f"{path.name} is not the model it was made from: its logits differ by "
                    f"{difference:.3f} standard deviations (at most {LIMIT} is rounding), and "
                    f"{int((clear & ~agrees).sum())} of {len(ids)} next tokens are others."
                )
            same.append(agrees)
            losses.append(_losses(found, ids))
        sample = file.generate(reference.prompt, 32)
    loss = float(np.concatenate(losses).mean())
    return Proof(loss, float(np.concatenate(same).mean()), worst, sample)


def prove(path: Path, reference: Reference) -> Proof:
    """Of an unquantised file. ConversionError when a token, a logit or an argmax is another one."""
    return _examine(path, reference, exact=True)


def measure(path: Path, reference: Reference) -> Proof:
    """Of any file. ConversionError when a token is another one or a logit is no number."""
    return _examine(path, reference, exact=False)
