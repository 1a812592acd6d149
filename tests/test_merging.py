"""Merging a LoRA into a GGUF: a tiny real pair of files, written here."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import gguf
import numpy as np
import pytest

from proofreader.errors import ProofreadError
from proofreader.merging import merged

ROOT = Path(__file__).parent.parent
NAME = "blk.0.attn_q.weight"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMAIL_PROOFREADER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write(path, tensors, **settings):
    writer = gguf.GGUFWriter(path, arch="llama")
    for key, value in settings.items():
        if isinstance(value, float):
            writer.add_float32(key.replace("_", "."), value)
        else:
            writer.add_array(key.replace("_", "."), value)
    for name, values in tensors.items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def base(tmp_path):
    values = np.random.default_rng(0).normal(size=(64, 32)).astype(np.float32)
    norm = np.ones(32, dtype=np.float32)
    words = ["one", "two"]
    tensors = {NAME: values, "blk.0.attn_norm.weight": norm}
    return write(tmp_path / "base.F32.gguf", tensors, tokenizer_ggml_tokens=words)


def adapter(tmp_path, name=NAME, rows=64):
    rng = np.random.default_rng(1)
    pair = {
        f"{name}.lora_a": rng.normal(size=(4, 32)).astype(np.float32),
        f"{name}.lora_b": rng.normal(size=(rows, 4)).astype(np.float32),
    }
    return write(tmp_path / "lora.gguf", pair, adapter_lora_alpha=8.0)


def tensors(path):
    reader = gguf.GGUFReader(path)
    return {t.name: gguf.dequantize(t.data, t.tensor_type) for t in reader.tensors}


def test_a_merged_weight_is_w_plus_alpha_over_r_times_b_a(base, tmp_path):
    lora = adapter(tmp_path)
    parts, old = tensors(lora), tensors(base)
    new = tensors(merged(base, lora, "f16"))
    expected = old[NAME] + 8 / 4 * parts[f"{NAME}.lora_b"] @ parts[f"{NAME}.lora_a"]
    np.testing.assert_allclose(new[NAME], expected, rtol=2e-3, atol=2e-3)
    np.testing.assert_array_equal(new["blk.0.attn_norm.weight"], old["blk.0.attn_norm.weight"])


def test_metadata_is_kept_and_the_quantisation_is_named(base):
    fields = gguf.GGUFReader(merged(base, None, "q8_0")).fields
    assert fields["tokenizer.ggml.tokens"].contents() == ["one", "two"]
    assert fields["general.file_type"].contents() == 7


def test_four_bits_are_for_the_blocks_alone(base_path):
    file = gguf.GGUFReader(merged(base_path, None, "iq4_nl"))
    kinds = {t.name: t.tensor_type.name for t in file.tensors if len(t.shape) > 1}
    blocks = {kind for name, kind in kinds.items() if name.startswith("blk.")}
    others = {kind for name, kind in kinds.items() if not name.startswith("blk.")}
    assert (blocks, others) == ({"IQ4_NL"}, {"Q8_0"})
    assert file.fields["general.file_type"].contents() == 25


def test_an_unknown_quantisation_is_refused_with_those_there_are(base, cache):
    with pytest.raises(ProofreadError, match="Pick one of: f16, q4_0, q8_0, iq4_nl"):
        merged(base, None, "q5_k")
    assert not cache.exists()


def test_a_file_is_made_once_and_anew_for_other_inputs(base, tmp_path):
    first = merged(base, None, "q8_0")
    changed = first.stat().st_mtime_ns
    assert merged(base, None, "q8_0") == first
    assert first.stat().st_mtime_ns == changed
    assert len({first, merged(base, None, "q4_0"), merged(base, adapter(tmp_path), "q8_0")}) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [({"name": "blk.9.attn_q.weight"}, "does not belong to"), ({"rows": 32}, "another base")],
)
def test_an_adapter_for_another_base_is_refused_and_leaves_nothing(
    base, tmp_path, cache, change, message
):
    with pytest.raises(ProofreadError, match=message):
        merged(base, adapter(tmp_path, **change), "q8_0")
    assert [path.suffix for path in cache.iterdir() if path.suffix != ".lock"] == []


def test_a_folder_that_cant_be_written_is_an_error_with_a_way_out(base, monkeypatch):
    monkeypatch.setenv("EMAIL_PROOFREADER_CACHE", "/dev/null/cache")
    with pytest.raises(ProofreadError, match="EMAIL_PROOFREADER_CACHE"):
        merged(base, None, "q8_0")


def test_two_processes_at_once_make_one_whole_file(base, cache):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        paths = pool.starmap(merged, [(base, None, "q8_0")] * 2)
    assert paths[0] == paths[1]
    assert set(tensors(paths[0])) == {NAME, "blk.0.attn_norm.weight"}
    assert list(cache.glob("*.part")) == []


def test_a_kill_in_the_middle_leaves_no_broken_file(base_path, cache):
    code = "import sys; from pathlib import Path; from proofreader.merging import merged; "
    code += "print(merged(Path(sys.argv[1]), None, 'q8_0'))"
    victim = subprocess.Popen([sys.executable, "-c", code, str(base_path)], cwd=ROOT)
    deadline = time.monotonic() + 60
    while not list(cache.glob("*.part")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    assert list(cache.glob("*.part"))
    assert list(cache.glob("*.gguf")) == []
    whole = merged(base_path, None, "q8_0")
    assert len(gguf.GGUFReader(whole).tensors) == 272
    assert list(cache.glob("*.part")) == []
