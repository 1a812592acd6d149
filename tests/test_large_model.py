"""A model of random weights: llama.cpp loads it, and it can replay another's answers."""

from types import SimpleNamespace

import pytest

from proofreader.errors import ProofreadError
from training.contenders import Line, Mail, Plain, Setting, Watch
from training.large_model import Replay, as_long
from training.random_gguf import Shape, write

TINY = Shape(
    layers=1, width=64, inner=128, heads=2, heads_kv=1, vocabulary=49_152 + 100, context=512
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write(tmp_path_factory.mktemp("random") / "tiny.gguf", TINY)


@pytest.fixture
def mail():
    texts = ("We has a car and a bus for you.", "Thank you for the quick answer.")
    lines = tuple(Line(text, "Proofread.", text, 40) for text in texts)
    return Mail("a", " ".join(texts), lines, answers=("We have a car and a bus for you.", "="))


def test_the_shape_is_that_of_llama_3_2_1b():
    weights = sum(rows * (rest[0] if rest else 1) for _, (rows, *rest) in Shape().tensors())
    assert weights == 1_235_814_400  # as the model's card counts them: 1.23 billion


def test_too_small_a_vocabulary_is_refused(tmp_path):
    with pytest.raises(ProofreadError, match="has 49152 tokens, 100 asked"):
        write(tmp_path / "small.gguf", Shape(vocabulary=100))


def test_a_full_disk_is_told_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=60_000_000))
    with pytest.raises(ProofreadError, match=r"0\.1 GB free and 1\.3 GB are needed"):
        write(tmp_path / "big.gguf")
    assert not (tmp_path / "big.gguf").exists()


def test_known_answers_are_replayed_in_fewer_steps_than_tokens(path, mail):
    replay = Replay(Setting(str(path), str(path)))
    engine, watch = replay._engine, Watch()
    calls = []
    decode = engine._decoder._decode
    engine._decoder._decode = lambda count: (calls.append(count), decode(count))
    assert tuple(replay.revise(mail, watch)) == mail.answers
    assert watch.first > 0
    tokens = len(engine.tokenize(mail.answers[0]))
    assert 2 < len(calls) < tokens
    assert tuple(replay.revise(mail, Watch())) == mail.answers  # and again, from a shared beginning


def test_plain_streaming_writes_as_many_tokens_as_the_answer_has(path, mail):
    plain = Plain(Setting(str(path), str(path)), short=True)
    given = as_long(mail, lambda text: len(text.split()), short=False)
    assert [line.limit for line in given.lines] == [10, 7]
    assert [line.limit for line in as_long(mail, len, short=True).lines] == [33, 2]
    chunks = []
    ask = plain._llama.create_chat_completion
    plain._llama.create_chat_completion = lambda *rest, **more: (
        chunks.append(one) or one for one in ask(*rest, **more)
    )
    plain.revise(given, Watch())
    written = [one for one in chunks if one["choices"][0]["finish_reason"] == "length"]
    assert len(written) == 2  # no line ended before its limit
