"""convert/: what it refuses before any long work, the names of its files, the converters' cache."""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from convert import bases, lora, push, quantise, sources, to_gguf
from convert.sources import ConversionError

ROOT = Path(__file__).parent.parent


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMAIL_PROOFREADER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """A small package laid out like the real one, and its checksum taken for the right one."""
    root = tmp_path / "llama_cpp_python-0.3.36"
    inner = root / "vendor" / "llama.cpp"
    for name in ("conversion/base.py", "gguf-py/gguf/gguf.py", "ggml.c", *sources.NEEDED[:2]):
        (inner / name).parent.mkdir(parents=True, exist_ok=True)
        (inner / name).write_text("print('here')")
    path = tmp_path / sources.ARCHIVE
    with tarfile.open(path, "w:gz") as tar:
        tar.add(root, arcname=root.name)
    monkeypatch.setattr(sources, "SHA256", sources.sha256(path))
    return path


def adapter_folder(path: Path, **config) -> Path:
    """What names an adapter, with no weights in it."""
    path.mkdir(parents=True)
    (path / "adapter_model.safetensors").write_bytes(b"")
    (path / "adapter_config.json").write_text(json.dumps({"r": 2, "lora_alpha": 4} | config))
    return path


def base_folder(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text("{}")
    (path / "model.safetensors").write_bytes(b"weights")
    return path


def test_only_the_converters_are_unpacked(cache, archive):
    folder = sources.converters(archive=archive)
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert files == sorted([*sources.NEEDED[:2], "conversion/base.py", "gguf-py/gguf/gguf.py"])
    archive.unlink()
    assert sources.converters(archive=archive) == folder  # kept: the archive is not read again


def test_a_cut_download_is_refused(cache, archive):
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(ConversionError, match=r"sha256 differs.*Run the command again"):
        sources.converters(archive=archive)
    assert not list(cache.rglob("convert_*"))


def test_too_little_disk_is_said(cache, archive, monkeypatch):
    monkeypatch.setattr(sources, "UNPACKED", 10**18)
    with pytest.raises(ConversionError, match=r"needs 1100000000\.00 GB .* Make room"):
        sources.converters(archive=archive)


def test_a_folder_without_converters_is_refused(tmp_path):
    with pytest.raises(ConversionError, match=r"no convert_hf_to_gguf\.py"):
        sources.converters(tmp_path)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise NotImplementedError('BPE pre-tokenizer was not recognized - x')", "--pre"),
        ("raise OSError(28, 'No space left on device')", "disk became full"),
        ("import nosuchpackage", "pip install nosuchpackage"),
        ("raise SystemExit('Model FooForCausalLM is not supported')", "newer --llama-cpp"),
        ("raise SystemExit('boom')", "converter failed:\nboom"),
    ],
)
def test_a_failing_converter_is_explained(tmp_path, code, message):
    (tmp_path / "convert.py").write_text(code)
    with pytest.raises(ConversionError, match=message):
        sources.run(tmp_path, "convert.py", [])


def test_quantisations_are_known_by_name():
    assert quantise.names("Q4_K_M, q8_0 q8_0") == ["q4_k_m", "q8_0"]
    with pytest.raises(ConversionError, match=r"no 'q4_km'\. Did you mean q4_k_m\? There are: f32"):
        quantise.names("q4_km")
    with pytest.raises(ConversionError, match="names nothing"):
        quantise.names(" ,")


def test_llama_cpp_has_every_quantisation():
    llama_cpp = pytest.importorskip("llama_cpp")
    for name in set(quantise.BITS) - set(quantise.UNQUANTISED):
        assert isinstance(getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{name.upper()}"), int)


@pytest.mark.parametrize(
    ("out", "quants", "files"),
    [
        ("m.gguf", ["q8_0"], ["m.gguf"]),
        ("models", ["q8_0"], ["models/best-q8_0.gguf"]),
        ("models", ["q4_0", "f16"], ["models/best-q4_0.gguf", "models/best-f16.gguf"]),
        ("a/m-{quant}.gguf", ["q4_0", "f16"], ["a/m-q4_0.gguf", "a/m-f16.gguf"]),
    ],
)
def test_where_the_files_go(out, quants, files):
    found = quantise.outputs(Path(out), "best", quants)
    assert [str(path) for path in found.values()] == files


def test_one_name_is_not_enough_for_two_files():
    with pytest.raises(ConversionError, match=r"m-\{quant\}\.gguf"):
        quantise.outputs(Path("m.gguf"), "best", ["q4_0", "q8_0"])


@pytest.mark.parametrize("missing", ["adapter_model.safetensors", "adapter_config.json"])
def test_missing_adapter_is_said(tmp_path, missing):
    folder = adapter_folder(tmp_path / "adapter")
    (folder / missing).unlink()
    with pytest.raises(ConversionError, match=r"adapter_model\.safetensors"):
        bases.base_of(folder, None)


def test_another_base_than_the_adapters_is_refused(tmp_path):
    folder = adapter_folder(tmp_path / "a", base_model_name_or_path="ann/Mail-1B-Instruct")
    with pytest.raises(ConversionError, match=r"trained on ann/Mail-1B-Instruct, not on bob/Mail"):
        bases.base_of(folder, "bob/Mail-3B-Instruct")
    assert bases._folded("unsloth/Mail-1B-unsloth-bnb-4bit") == bases._folded("ann/mail-1b")


def test_a_base_that_is_elsewhere_is_asked_for(tmp_path):
    folder = adapter_folder(tmp_path / "a", base_model_name_or_path="/their/disk/models/mail")
    with pytest.raises(ConversionError, match=r"/their/disk/models/mail, which.*--base"):
        bases.base_of(folder, None)
    base = base_folder(tmp_path / "base")
    assert bases.base_of(folder, str(base)).folder == base


def test_the_bases_hash_is_compared_where_the_run_noted_it(tmp_path):
    base = base_folder(tmp_path / "base")
    folder = adapter_folder(tmp_path / "run" / "best")
    facts = {"base_sha256": sources.sha256(base / "model.safetensors")}
    (tmp_path / "run" / "run.json").write_text(json.dumps(facts))
    assert bases.base_of(folder, str(base)).name == "base"
    (base / "model.safetensors").write_bytes(b"others")
    with pytest.raises(ConversionError, match="another base, or a damaged file"):
        bases.base_of(folder, str(base))


def test_another_commit_of_the_base_is_refused(tmp_path, monkeypatch):
    folder = adapter_folder(tmp_path / "a", base_model_name_or_path="ann/mail", revision="a" * 40)
    base = bases.Source(tmp_path, "ann/mail", commit="b" * 40)
    monkeypatch.setattr(bases, "find", lambda name: base)
    with pytest.raises(ConversionError, match="this is bbbb"):
        bases.base_of(folder, None)


def test_what_is_no_model_is_said(tmp_path):
    with pytest.raises(ConversionError, match="owner/name on the Hub"):
        bases.find("no such thing")
    with pytest.raises(ConversionError, match=r"no config\.json"):
        bases.find(str(tmp_path))


def test_a_quantised_base_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"quantization_config": {"quant_method": "bnb"}}')
    with pytest.raises(ConversionError, match=r"quantised \(bnb\).*--base"):
        bases._refuse(bases.find(str(tmp_path)))


def test_rank_stabilised_scale_is_kept(tmp_path):
    folder = adapter_folder(tmp_path / "adapter", r=4, lora_alpha=8, use_rslora=True)
    changed = lora.plain_scaling(folder, tmp_path / "adapter")
    assert json.loads((changed / "adapter_config.json").read_text())["lora_alpha"] == 16.0


def test_what_an_adapter_file_cannot_hold_is_refused(tmp_path):
    lora.check_plain(adapter_folder(tmp_path / "plain", use_dora=False, rank_pattern={}))
    with pytest.raises(ConversionError, match=r"use_dora.*merge it"):
        lora.check_plain(adapter_folder(tmp_path / "dora", use_dora=True))


@pytest.fixture
def no_token(tmp_path, monkeypatch):
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))


def test_pushing_without_a_token_is_refused_first(no_token, capsys):
    arguments = ["nowhere", "--out", "m.gguf", "--push", "ann/mail"]
    assert to_gguf.main(arguments) == 1
    assert "set HF_TOKEN" in capsys.readouterr().err


def test_pushing_wants_owner_and_repo(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    assert push.check("ann/mail") == "hf_x"
    with pytest.raises(ConversionError, match="owner/repo, not 'mail'"):
        push.check("mail")


def test_what_is_no_adapter_cannot_be_merged(tmp_path, capsys):
    arguments = [str(base_folder(tmp_path / "b")), "--out", "m.gguf"]
    assert to_gguf.main([*arguments, "--merge"]) == 1
    assert to_gguf.main([*arguments, "--lora-only"]) == 1
    assert capsys.readouterr().err.count("is no adapter") == 2


def test_it_runs_by_path_from_anywhere(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "convert" / "to_gguf.py", "x", "--out", "y", "--quant", "q9"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    assert (done.returncode, done.stderr[:26]) == (1, "--quant: there is no 'q9'.")


def test_importing_is_free():
    heavy = "{'torch', 'transformers', 'llama_cpp', 'peft', 'huggingface_hub'}"
    code = f"import sys, convert.to_gguf; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
