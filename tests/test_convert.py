"""convert/to_gguf.py: what it refuses, and a tiny adapter converted by llama.cpp's own script."""

import json
import subprocess
import sys
import tarfile

import pytest

from convert import to_gguf
from convert.to_gguf import ConversionError

ROOT = to_gguf.Path(__file__).parent.parent


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMAIL_PROOFREADER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """A small package laid out like the real one, and its checksum taken for the right one."""
    root = tmp_path / "llama_cpp_python-0.3.36"
    inner = root / "vendor" / "llama.cpp"
    (inner / "conversion").mkdir(parents=True)
    (inner / "convert_lora_to_gguf.py").write_text("print('converter')")
    (inner / "conversion" / "base.py").write_text("")
    (inner / "ggml.c").write_text("int main;")
    path = tmp_path / to_gguf.ARCHIVE
    with tarfile.open(path, "w:gz") as tar:
        tar.add(root, arcname=root.name)
    monkeypatch.setattr(to_gguf, "SHA256", to_gguf.sha256(path))
    return path


def adapter_folder(path, width: int):
    """An adapter for one projection of a model of this width."""
    torch = pytest.importorskip("torch")
    save_file = pytest.importorskip("safetensors.torch").save_file
    path.mkdir()
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"
    tensors = {name.format("A"): torch.ones(2, width), name.format("B"): torch.ones(width, 2)}
    save_file(tensors, path / "adapter_model.safetensors")
    (path / "adapter_config.json").write_text(json.dumps({"r": 2, "lora_alpha": 4}))
    return path


def test_only_the_converters_are_unpacked(cache, archive):
    folder = to_gguf.converters(archive)
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    assert files == ["conversion/base.py", "convert_lora_to_gguf.py"]
    archive.unlink()
    assert to_gguf.converters(archive) == folder  # kept: the archive is not read again


def test_a_cut_download_is_refused(cache, archive):
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(ConversionError, match="sha256"):
        to_gguf.converters(archive)
    assert not list(cache.rglob("convert_*"))


def test_too_little_disk_is_said(cache, archive, monkeypatch):
    monkeypatch.setattr(to_gguf, "FREE_BYTES", 10**18)
    with pytest.raises(ConversionError, match="make room"):
        to_gguf.converters(archive)


def test_missing_adapter_is_said(tmp_path):
    pytest.importorskip("safetensors")
    with pytest.raises(ConversionError, match=r"adapter_model\.safetensors"):
        to_gguf.check_adapter(tmp_path, tmp_path)


def test_adapter_of_another_base_is_refused(tmp_path):
    folder = adapter_folder(tmp_path / "adapter", 32)
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 64}))
    with pytest.raises(ConversionError, match="width 32"):
        to_gguf.check_adapter(folder, tmp_path)


def test_rank_stabilised_scale_is_kept(tmp_path):
    folder = adapter_folder(tmp_path / "adapter", 32)
    config = {"r": 4, "lora_alpha": 8, "use_rslora": True}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    changed = to_gguf._plain_scaling(folder, tmp_path)
    assert json.loads((changed / "adapter_config.json").read_text())["lora_alpha"] == 16.0


def test_a_failing_converter_leaves_no_file(tmp_path):
    folder = adapter_folder(tmp_path / "adapter", 64)
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "convert_lora_to_gguf.py").write_text("raise SystemExit('no such model')")
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 64}))
    out = tmp_path / "out" / "a.gguf"
    with pytest.raises(ConversionError, match="no such model"):
        to_gguf.convert_lora(folder, out, str(tmp_path), "f16", sources)
    assert list(out.parent.iterdir()) == []


def test_importing_is_free():
    code = (
        "import sys, convert.to_gguf; print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
