"""Turn a model or a LoRA adapter into GGUF files, and prove that they are that model.

    python convert/to_gguf.py runs/embedded/best --out models --quant q8_0,q4_k_m
    python convert/to_gguf.py owner/model --out "models/mail-{quant}.gguf" --quant q4_0,q8_0
    python convert/to_gguf.py runs/embedded/best --lora-only --out adapters/embedded-lora-f16.gguf

MODEL is a folder of peft (merged into its base, or with --lora-only kept apart), a model's folder,
a GGUF file or a Hub repo. --out is a file, a folder, or with several quantisations a folder or a
name with {quant} in it. Each file appears whole or not at all, after it was read by llama.cpp and
compared with torch: the same tokens, at f16 the same logits, and the loss of fixed sentences.
Needs training/requirements.txt.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

if not __package__:  # run by path: what counts is the project's folder, not this one
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from convert import bases, lora, push, quantise, sources
from convert.prove import Proof, Reference, measure, prove, remember
from convert.sources import ConversionError, timed


@dataclass(frozen=True)
class Converted:
    """The files that were made, in the order of their quantisations, and torch's own loss."""

    files: list[push.Made]
    loss: float
    base: str
    adapter: str | None


def _prepare(
    source: bases.Source, base: str | None, work: Path
) -> tuple[Path, int, Reference, str]:
    """(folder for the converter, number of weights, what torch says, the base's name)."""
    adapter = source.folder if source.is_adapter else None
    if adapter is not None:
        source = bases.base_of(adapter, base)
        matrices = bases.check_adapter(adapter, source)
        print(f"{adapter}: {matrices} LoRA matrices, which fit {source.name}", flush=True)
    with timed(f"loading {source.name}{' and merging the adapter into it' if adapter else ''}"):
        loaded = bases.load(source, adapter)
    with timed(f"running torch over the proof's sentences ({loaded.weights / 1e6:.1f}M weights)"):
        reference = remember(loaded.model, loaded.tokenizer)
    folder = source.folder
    if adapter is not None or source.gguf:
        sources.need_space(work, 4 * loaded.weights, "The merged model")
        folder = work / "merged"
        with timed(f"writing the merged weights ({4 * loaded.weights / 1e6:.0f} MB)"):
            loaded.model.save_pretrained(folder)
            loaded.tokenizer.save_pretrained(folder)
    return folder, loaded.weights, reference, source.name


def _write(
    folder: Path, kind: str, work: Path, converters: Path, pre: str | None, reference: Reference
) -> tuple[Path, Proof]:
    """An unquantised GGUF of the model's folder, and its proof."""
    path = work / f"whole-{kind}.gguf"
    with timed(f"converting to {kind}"):
        arguments = ["--outtype", kind, "--outfile", str(path), str(folder)]
        sources.run(converters, "convert_hf_to_gguf.py", arguments, pre)
    with timed("comparing it with torch"):
        proof = prove(path, reference)
    tokens = sum(len(ids) for ids in reference.sentences)
    print(
        f"    proven: the tokens of all samples; {proof.same:.1%} of {tokens} next tokens; logits "
        f"within {proof.difference:.4f} standard deviations",
        flush=True,
    )
    return path, proof


def _make(quant: str, whole: Path, work: Path, reference: Reference) -> tuple[Path, Proof]:
    path = work / f"quantised-{quant}.gguf"
    with timed(f"quantising to {quant}"):
        quantise.quantise(whole, path, quant)
    return path, measure(path, reference)


def _report(quant: str, path: Path, proof: Proof, reference: Reference, name: Path) -> push.Made:
    made = push.Made(
        name, quant, path.stat().st_size, sources.sha256(path), proof.loss, proof.perplexity,
        proof.same,
    )  # fmt: skip
    kinds = ", ".join(f"{count} {kind}" for kind, count in quantise.kinds(path).items())
    print(
        f"{quant}: {made.size / 1e6:.1f} MB, loss {proof.loss:.4f} (torch {reference.loss:.4f}), "
        f"perplexity {proof.perplexity:.2f}, {proof.same:.1%} of torch's next tokens\n"
        f"    tensors: {kinds}\n    it writes: {proof.sample!r}",
        flush=True,
    )
    return made


def convert(
    model: str,
    outputs: dict[str, Path],
    converters: Path,
    base: str | None = None,
    pre: str | None = None,
    source: bases.Source | None = None,
) -> Converted:
    """Write every file of `outputs` (quantisation: path), or none. ConversionError says why not."""
    source = source or bases.find(model)
    parent = next(iter(outputs.values())).parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=".to_gguf-") as name:
        work = Path(name)
        folder, weights, reference, named = _prepare(source, base, work)
        bits = 16 + sum(quantise.BITS[quant] for quant in outputs)
        sources.need_space(work, int(weights * bits / 8), f"Writing {', '.join(outputs)}")
        parts, made = {}, []
        whole = {"f16": _write(folder, "f16", work, converters, pre, reference)}
        for quant, path in outputs.items():
            if quant in quantise.UNQUANTISED and quant not in whole:
                whole[quant] = _write(folder, quant, work, converters, pre, reference)
            part, proof = whole.get(quant) or _make(quant, whole["f16"][0], work, reference)
            parts[path] = part
            made.append(_report(quant, part, proof, reference, path))
        for path, part in parts.items():
            part.replace(path)
    adapter = source.name if source.is_adapter else None
    return Converted(made, reference.loss, named, adapter)


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="a peft folder, a model's folder, a GGUF or owner/name")
    parser.add_argument("--out", type=Path, required=True, help="file, folder or NAME-{quant}.gguf")
    parser.add_argument("--quant", default="q8_0", help=", ".join(quantise.BITS))
    parser.add_argument("--base", help="the adapter's base; default: what the adapter names")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--lora-only", action="store_true", help="only the adapter, to load beside")
    kind.add_argument("--merge", action="store_true", help="refuse a MODEL that is no adapter")
    parser.add_argument("--type", default="f16", choices=lora.TYPES, help="of --lora-only")
    parser.add_argument("--pre", help="name of the pre-tokenizer that llama.cpp doesn't recognize")
    parser.add_argument("--llama-cpp", type=Path, help="a folder of llama.cpp")
    parser.add_argument("--push", metavar="OWNER/REPO", help="upload to the Hub; needs HF_TOKEN")
    parser.add_argument("--private", action="store_true", help="a repo made by --push is private")
    return parser.parse_args(arguments)


def _adapter_only(options: argparse.Namespace, source: bases.Source) -> None:
    if options.push:
        raise ConversionError("--push uploads whole models: leave out --lora-only")
    converters = sources.converters(options.llama_cpp)
    with timed("converting the adapter"):
        matrices = lora.convert_lora(
            source.folder, options.out, converters, options.base, options.type
        )
    size = options.out.stat().st_size / 1e6
    digest = sources.sha256(options.out)
    print(f"{options.out}: {matrices} matrices, {size:.1f} MB, sha256 {digest}")


def run(options: argparse.Namespace) -> None:
    """Everything that the command line asks for; what can be refused is refused first."""
    quants = quantise.names(options.quant)
    token = push.check(options.push) if options.push else ""
    stem = Path(options.model).resolve().name if Path(options.model).exists() else options.model
    outputs = quantise.outputs(options.out, stem.rpartition("/")[2].removesuffix(".gguf"), quants)
    source = bases.find(options.model)
    if (options.merge or options.lora_only) and not source.is_adapter:
        raise ConversionError(f"{options.model} is no adapter (it has no adapter_config.json)")
    if options.lora_only:
        return _adapter_only(options, source)
    converters = sources.converters(options.llama_cpp)
    made = convert(options.model, outputs, converters, options.base, options.pre, source)
    for one in made.files:
        print(f"{one.path}: {one.size / 1e6:.1f} MB, sha256 {one.sha256}")
    if options.push:
        text = push.card(made.base, made.adapter, made.loss, sources.VERSION, made.files)
        files = [one.path for one in made.files]
        with timed(f"uploading {sum(one.size for one in made.files) / 1e6:.0f} MB"):
            url = push.push(options.push, files, text, token, options.private)
        print(url)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    try:
        run(_arguments(arguments))
    except ConversionError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
