"""The comparison of file formats: its table, and what it refuses."""

import pytest

from proofreader.errors import ProofreadError
from training import formats


def test_the_table_has_a_row_for_each_format():
    row = {
        "format": "q8_0", "gleu": 54.321, "low": 52.0, "high": 56.0, "size_mb": 144.8,
        "read_16": 300.2, "read_128": 400.1, "read_512": 440.2, "written": 85.3, "seconds": 61.0,
        "peak_memory_mb": 640,
    }  # fmt: skip
    *_, last = formats.table([row]).splitlines()
    assert last == "| q8_0 | 54.3 [52.0, 56.0] | 144.8 | 300.2, 400.1, 440.2 | 85.3 | 61.0 | 640 |"


def test_an_unknown_format_is_refused(capsys):
    with pytest.raises(SystemExit):
        formats.main(["--only", "q5_k"])
    assert "invalid choice: 'q5_k'" in capsys.readouterr().err


def test_the_format_of_the_adapter_is_the_base_itself(base_path, tmp_path):
    assert formats.file_in("lora", tmp_path) == base_path


def test_a_format_that_fails_ends_the_comparison(base_path, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.executable", "false")
    out = tmp_path / "out"
    assert formats.main(["--only", "lora", "--out", str(out)]) == 1
    assert "lora could not be measured" in capsys.readouterr().err
    assert not out.exists()


def test_missing_data_is_told(tmp_path, capsys):
    arguments = ["--one", "lora", "--folder", str(tmp_path), "--data", str(tmp_path)]
    assert formats.main(arguments) == 1
    assert "jfleg" in capsys.readouterr().err


def test_a_format_that_can_not_be_made_is_told(tmp_path):
    with pytest.raises(ProofreadError, match="could not quantise"):
        formats._quantise(tmp_path / "missing.gguf", tmp_path / "made.gguf")
