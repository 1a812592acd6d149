"""Which file to run: quality, size, speed and memory of the model in each format.

    python -m training.formats --limit 150 --out results/formats

Formats: the adapter merged into a file of q4_0, iq4_nl, q4_k_m, q8_0 or f16, and "lora", the
adapter applied to the base's own file at run time. The files are made first; then each is measured
in a process of its own: GLEU on JFLEG dev through the whole pipeline, tokens read a second in
batches of 16, 128 and 512, tokens written a second one by one, and the most memory that the
process took. Run it on an idle machine.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from classifiers.tone import usable_cpus
from proofreader.engine import LlamaEngine
from proofreader.errors import ProofreadError
from proofreader.loading import Loader, Model, load
from proofreader.merging import merged
from proofreader.models import locate, resolve
from proofreader.pipeline import Proofreader
from proofreader.states import DEFAULT
from training.contenders import peak_memory
from training.machine import command, machine, positive

ROOT = Path(__file__).parent.parent
FORMATS = ("q4_0", "iq4_nl", "q4_k_m", "q8_0", "f16", "lora")
Q4_K_M = 15  # llama.cpp's LLAMA_FTYPE_MOSTLY_Q4_K_M
WRITTEN, ROUNDS = 64, 5


def file_in(name: str, folder: Path) -> Path:
    """The file of one format, made where need be: q4_k_m in `folder`, others in the app's cache."""
    entry = resolve(DEFAULT)
    base, path = locate(entry), folder / f"{name}.gguf"
    if name == "lora":
        return base
    if name != "q4_k_m":
        return merged(base, entry.adapter_path, name)
    if not path.is_file():
        _quantise(merged(base, entry.adapter_path, "f16"), path)
    return path


def model_in(name: str, folder: Path) -> Model:
    """The default model, loaded from file_in(name, folder)."""
    entry, path = resolve(DEFAULT), file_in(name, folder)
    found = load(replace(entry, path=str(path), adapter=None))
    if name != "lora":
        return found
    found.engine.close()
    engine = LlamaEngine(path, entry.context, adapter=entry.adapter_path)
    return replace(found, engine=engine)


def _quantise(source: Path, target: Path) -> None:
    import llama_cpp

    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = Q4_K_M
    if llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), settings):
        raise ProofreadError(f"llama.cpp could not quantise {source.name}.")


def speeds(engine: LlamaEngine) -> dict[str, float]:
    """Tokens a second: read in batches of 16, 128 and 512, and written one by one; the best of
    ROUNDS."""
    from proofreader.decoder import Read

    decoder = engine._decoder
    text = (ROOT / "tests" / "data" / "bench_email.txt").read_text(encoding="utf-8")
    tokens = (engine.tokenize(text) * 8)[:512]
    found = {}
    for size in (16, 128, 512):
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


def measure(name: str, folder: Path, limit: int, data: Path, workers: int) -> dict[str, Any]:
    """The row of one format, whose file is made already (see file_in)."""
    from training.evaluation import evaluate
    from training.tasks import get

    task = get("jfleg")
    task.load(data)  # missing data is told before anything is measured
    model = model_in(name, folder)
    row: dict[str, Any] = {"format": name, **speeds(model.engine)}
    proofreader = Proofreader(loader=Loader(model))
    began = time.perf_counter()
    report = evaluate(proofreader.correct, task, limit, data=data, workers=workers)
    row["seconds"] = round(time.perf_counter() - began, 1)
    gleu = report.scores["GLEU"]
    row |= {"gleu": gleu.value, "low": gleu.low, "high": gleu.high, "texts": gleu.n}
    files = [model.engine.path]
    files += [resolve(DEFAULT).adapter_path] if name == "lora" else []
    row["size_mb"] = round(sum(path.stat().st_size for path in files) / 1e6, 1)
    row["peak_memory_mb"] = round(peak_memory())
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown, a row for each format."""
    lines = [
        "| format | GLEU, JFLEG dev | size, MB | read, tokens/s (16, 128, 512) | written, tokens/s "
        "| all texts, s | peak memory, MB |",
        "|---" * 7 + "|",
    ]
    lines += [
        f"| {row['format']} | {row['gleu']:.1f} [{row['low']:.1f}, {row['high']:.1f}] "
        f"| {row['size_mb']} | {row['read_16']}, {row['read_128']}, {row['read_512']} "
        f"| {row['written']} "
        f"| {row['seconds']} | {row['peak_memory_mb']} |"
        for row in rows
    ]
    return "\n".join(lines)


def rows_of(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The row of each format, measured in a process of its own."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only:
            file_in(name, Path(folder))
        for name in options.only:
            asked = [sys.executable, "-m", "training.formats", "--one", name, "--folder", folder]
            asked += ["--limit", str(options.limit), "--workers", str(options.workers)]
            asked += ["--data", str(options.data.resolve())]
            done = subprocess.run(asked, cwd=ROOT, stdout=subprocess.PIPE)
            if done.returncode:
                raise ProofreadError(f"{name} could not be measured; the reason stands above.")
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            print(table(rows[-1:]).splitlines()[-1], flush=True)
    return rows


def parser() -> argparse.ArgumentParser:
    """The command line's arguments."""
    found = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    found.add_argument("--limit", type=positive, default=150, help="JFLEG lines")
    found.add_argument("--workers", type=positive, default=8, help="texts at once")
    found.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    found.add_argument("--only", nargs="+", default=list(FORMATS), choices=FORMATS)
    found.add_argument("--out", type=Path, default=ROOT / "results" / "formats")
    found.add_argument("--one", help=argparse.SUPPRESS)  # measures here and prints JSON
    found.add_argument("--folder", type=Path, help=argparse.SUPPRESS)  # with the files made for it
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    options = parser().parse_args(arguments)
    limit, data, workers = options.limit, options.data, options.workers
    try:
        if options.one:
            print(json.dumps(measure(options.one, options.folder, limit, data, workers)))
            return 0
        rows = rows_of(options)
        options.out.mkdir(parents=True, exist_ok=True)
        about = {
            "command": command("training.formats"),
            "day": date.today().isoformat(),
            "machine": machine(),
            "cpus": usable_cpus(),
        }
        text = json.dumps({**about, "formats": rows}, indent=1)
        (options.out / "formats.json").write_text(text + "\n", encoding="utf-8")
        (options.out / "formats.md").write_text(table(rows) + "\n", encoding="utf-8")
    except (ProofreadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
