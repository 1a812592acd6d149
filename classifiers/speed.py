"""Measure the tone scorer beside a DistilBERT fp32 transformers pipeline, in one run.

    python -m classifiers.speed [--cpus 2]        # seconds, ratio, memory; needs the train extra

DistilBERT has random weights of its usual sizes: speed does not depend on what they say.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from classifiers.tone import WEIGHTS, ToneScorer, usable_cpus

SENTENCES = (
    "Thanks for sending the contract so quickly.",
    "Could you please let me know by Thursday whether the hall is free?",
    "I'm afraid the second pallet never arrived.",
    "The invoice for March is attached.",
    "We would be delighted if you could join us for dinner after the talk in Leeds.",
    "Why was I not told about this?",
    "Our train gets in at ten past six, so we should be with you by half past.",
    "Kind regards,",
    "This is the third time that I have had to ask for the same set of figures.",
    "Please find the agenda below.",
    "Hi Priya,",
    "It would help us a great deal if the slides could be in the shared folder on Monday.",
    "The roof has been mended and the scaffolding comes down tomorrow morning.",
    "No problem at all, take your time.",
    "Send it again.",
    "I look forward to hearing from you about the two open points in the second annex.",
)
LOADING = """
import json, time
from pathlib import Path
def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(l for l in lines if l.startswith("VmRSS")).split()[1]) / 1024
import numpy
from classifiers.tone import ToneScorer
from classifiers.speed import SENTENCES
before, start = resident(), time.perf_counter()
scorer = ToneScorer()
scorer.score(["Hello."])
loaded = time.perf_counter() - start
for _ in range(5):
    scorer.score(SENTENCES)
print(json.dumps({"load_s": loaded, "more_memory_mb": resident() - before}))
"""


def loading() -> dict[str, float]:
    """Seconds to load and first answer, and the memory it adds (MB), in a fresh process."""
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", LOADING], capture_output=True, text=True, check=True, cwd=root
    )
    return json.loads(done.stdout)


def median_seconds(call: Callable[[Sequence[str]], object], rounds: int) -> float:
    """Median seconds of `call` on the sixteen sentences, after one call to warm up."""
    call(SENTENCES)
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call(SENTENCES)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def distilbert() -> Callable[[Sequence[str]], object]:
    """A text-classification pipeline of DistilBERT's sizes, float32, random weights."""
    import torch
    from transformers import (
        DistilBertConfig,
        DistilBertForSequenceClassification,
        PreTrainedTokenizerFast,
        pipeline,
    )

    torch.set_num_threads(usable_cpus())
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(WEIGHTS / "tokenizer.json"),
        pad_token="[PAD]",
        model_input_names=["input_ids", "attention_mask"],
        model_max_length=512,
    )
    model = DistilBertForSequenceClassification(DistilBertConfig()).eval()
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    return lambda texts: classify(list(texts), batch_size=len(texts))


def measure(rounds: int) -> dict[str, float]:
    """Both systems in turns, the ratio, the load and the memory."""
    ours, theirs = ToneScorer().score, distilbert()
    pairs = [(median_seconds(ours, rounds), median_seconds(theirs, rounds)) for _ in range(5)]
    result = {
        "cpus": usable_cpus(),
        "ours_ms": 1000 * statistics.median(pair[0] for pair in pairs),
        "distilbert_ms": 1000 * statistics.median(pair[1] for pair in pairs),
        "times_faster": statistics.median(pair[1] / pair[0] for pair in pairs),
        "load_average": os.getloadavg()[0],
    }
    return result | loading()


def main() -> int:
    """Print the measures as JSON and keep them in results/tone/speed.json."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("results/tone/speed.json"))
    given = parser.parse_args()
    result = {name: round(value, 3) for name, value in measure(given.rounds).items()}
    result["command"] = "python -m classifiers.speed"
    print(json.dumps(result, indent=2))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
