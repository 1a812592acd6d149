"""Which file to run: quality, size, speed and memory of the model in each format.

    python -m training.formats --limit 150 --out results/formats

Formats: the adapter merged into a file of q4_0, q4_k_m, q8_0 or f16, and "lora", the adapter
applied to the base's own file at run time. Each is measured in a process of its own: GLEU on JFLEG
dev through the whole pipeline, tokens read a second in batches of 128 and 512, tokens written a
second one by one, and the most memory that the process took. Run it on an idle machine.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from proofreader.engine import LlamaEngine
from proofreader.errors import ProofreadError
from proofreader.loading import Loader, Model, load
from proofreader.merging import merged
from proofreader.models import locate, resolve
from proofreader.pipeline import Proofreader
from proofreader.states import DEFAULT

ROOT = Path(__file__).parent.parent
FORMATS = ("q4_0", "q4_k_m", "q8_0", "f16", "lora")
Q4_K_M = 15  # llama.cpp's LLAMA_FTYPE_MOSTLY_Q4_K_M
WRITTEN, ROUNDS = 64, 5


def model_in(name: str, folder: Path) -> Model:
    """The default model in one format; what has to be made for it goes into `folder`."""
    entry = resolve(DEFAULT)
    if name in ("q4_0", "q8_0", "f16"):
        return load(replace(entry, quantisation=name))
    tuned, base = load(entry), locate(entry)
    tuned.engine.close()
    if name == "lora":
        engine = LlamaEngine(base, entry.context, adapter=entry.adapter_path)
        return replace(tuned, engine=engine)
    path = folder / f"{name}.gguf"
    _quantise(merged(base, entry.adapter_path, "f16"), path)
    return replace(tuned, engine=LlamaEngine(path, entry.context))


def _quantise(source: Path, target: Path) -> None:
    import llama_cpp

    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = Q4_K_M
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), settings):
        raise ProofreadError(f"llama.cpp could not quantise {source.name}.")


def speeds(engine: LlamaEngine) -> dict[str, float]:
    """Tokens a second: read in batches of 128 and 512, and written one by one. Best of ROUNDS."""
    from proofreader.decoder import Read

    decoder = engine._decoder
    text = (ROOT / "tests" / "data" / "bench_email.txt").read_text(encoding="utf-8")
    tokens = (engine.tokenize(text) * 8)[:512]
    found = {}
    for size in (128, 512):
        found[f"read_{size}"] = size / _best(decoder, [tokens[:size]], Read)
    ones = [[token] for token in tokens[:WRITTEN]]
    found["written"] = WRITTEN / _best(decoder, ones, Read)
    return {name: round(speed, 1) for name, speed in found.items()}


def _best(decoder, pieces: list[list[int]], read: type) -> float:
    times = []
    for _ in range(ROUNDS):
        decoder.clear()
        slot = decoder.open([])
        began = time.perf_counter()
        for piece in pieces:
            decoder.read([[read(slot, piece, 1, lambda logits: int(logits[0].argmax()))]])
        times.append(time.perf_counter() - began)
        decoder.close_slot(slot)
    return min(times)


def measure(name: str, limit: int, data: Path, workers: int) -> dict[str, Any]:
    """The row of one format."""
    from training.evaluation import evaluate
    from training.tasks import get

    with tempfile.TemporaryDirectory() as folder:
        model = model_in(name, Path(folder))
        row: dict[str, Any] = {"format": name, **speeds(model.engine)}
        proofreader = Proofreader(loader=Loader(model))
        began = time.perf_counter()
        task = get("jfleg")
        report = evaluate(proofreader.correct, task, limit, data=data, workers=workers)
        gleu = report.scores["GLEU"]
        row |= {"gleu": gleu.value, "low": gleu.low, "high": gleu.high, "texts": gleu.n}
        row["seconds"] = round(time.perf_counter() - began, 1)
        files = [model.engine.path]
        files += [resolve(DEFAULT).adapter_path] if name == "lora" else []
        row["size_mb"] = round(sum(path.stat().st_size for path in files) / 1e6, 1)
    unit = 1 if sys.platform == "darwin" else 1024  # what getrusage counts in, bytes
    row["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown, a row for each format."""
    lines = [
        "| format | GLEU, JFLEG dev | size, MB | read, tokens/s (128, 512) | written, tokens/s "
        "| all texts, s | peak memory, MB |",
        "|---" * 7 + "|",
    ]
    lines += [
        f"| {row['format']} | {row['gleu']:.1f} [{row['low']:.1f}, {row['high']:.1f}] "
        f"| {row['size_mb']} | {row['read_128']}, {row['read_512']} | {row['written']} "
        f"| {row['seconds']} | {row['peak_memory_mb']} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=150, help="JFLEG lines")
    parser.add_argument("--workers", type=int, default=8, help="texts at once")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--only", help="formats, with commas; default: all")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "formats")
    parser.add_argument("--one", help=argparse.SUPPRESS)  # measures here and prints JSON
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.limit, options.data, options.workers)))
        return
    rows = []
    for name in options.only.split(",") if options.only else FORMATS:
        command = [sys.executable, "-m", "training.formats", "--one", name, "--limit"]
        command += [str(options.limit), "--data", str(options.data), "--workers"]
        done = subprocess.run(
            [*command, str(options.workers)], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(table(rows[-1:]).splitlines()[-1], flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "formats.json").write_text(json.dumps(rows, indent=1) + "\n")
    (options.out / "formats.md").write_text(table(rows) + "\n")


if __name__ == "__main__":
    main()
