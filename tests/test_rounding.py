"""Training with rounded weights, on a tiny Llama."""

from dataclasses import replace

import pytest

from proofreader.errors import ProofreadError
from proofreader.four_bits import rounded
from tests import tiny_models
from training.gradients import Trainer
from training.recipe import Recipe

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

TINY = replace(tiny_models.TINY, quantised="iq4_nl")


def model(inner=64):
    from training.models import prepare

    tuned = prepare(tiny_models.base(inner=inner), TINY)
    torch.manual_seed(1)
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.2)
    return tuned


def merged_and_rounded(tuned):
    """The model without an adapter whose weights are what the file holds."""
    plain = model().merge_and_unload()
    plain.load_state_dict(tuned.merge_and_unload().state_dict())
    for layer in plain.model.layers:
        for part in layer.modules():
            if isinstance(part, torch.nn.Linear):
                part.weight.data = torch.from_numpy(rounded(part.weight.detach().numpy()))
    return plain


def test_the_loss_is_that_of_the_file():
    pairs = tiny_models.pairs(4)
    loss = Trainer(model(), TINY).evaluate(pairs)
    plain = Trainer(merged_and_rounded(model()), replace(TINY, quantised="", method="full"))
    assert loss == pytest.approx(plain.evaluate(pairs), rel=1e-4)
    assert loss != pytest.approx(Trainer(model(), tiny_models.TINY).evaluate(pairs), rel=1e-4)


def test_gradients_are_those_of_the_rounded_weights_through_b_and_a():
    tuned, pairs = model(), tiny_models.pairs(4)
    plain = merged_and_rounded(model())
    for weight in plain.parameters():
        weight.requires_grad_(True)
    Trainer(tuned, TINY).backward([pairs])
    Trainer(plain, replace(TINY, quantised="", method="full")).backward([pairs])
    layer = tuned.base_model.model.model.layers[1].mlp.down_proj
    whole = plain.model.layers[1].mlp.down_proj.weight.grad
    a, b = layer.lora_A.default.weight, layer.lora_B.default.weight
    scale = layer.scaling["default"]
    torch.testing.assert_close(a.grad, scale * b.T @ whole, rtol=1e-3, atol=1e-6)
    torch.testing.assert_close(b.grad, scale * whole @ a.T, rtol=1e-3, atol=1e-6)


def test_the_rounded_weights_follow_the_adapter():
    tuned, pairs = model(), tiny_models.pairs(8)
    trainer = Trainer(tuned, TINY)
    optimizer = torch.optim.AdamW(trainer.weights, lr=5e-3)
    losses = [trainer.evaluate(pairs)]
    for _ in range(60):
        trainer.backward([pairs])
        trainer.update(optimizer)
    losses.append(trainer.evaluate(pairs))
    assert losses[1] < 0.92 * losses[0]
    assert losses[1] == pytest.approx(
        Trainer(_rounded_by_hand(tuned), replace(TINY, quantised="", method="full")).evaluate(
            pairs
        ),
        rel=1e-4,
    )


def _rounded_by_hand(tuned):
    for module in tuned.modules():
        module.__dict__.pop("forward", None)  # peft's own again
    return merged_and_rounded(tuned)


def test_layers_that_are_no_whole_blocks_are_refused():
    with pytest.raises(ProofreadError, match="no multiple of 32"):
        Trainer(model(inner=48), TINY)


@pytest.mark.parametrize("setting", ["targets=q_proj", "dropout=0.1", "method=full"])
def test_a_recipe_that_leaves_layers_unrounded_is_refused(setting, tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text("quantised: iq4_nl\n")
    with pytest.raises(ProofreadError, match="quantised=iq4_nl needs"):
        Recipe.load(path, setting)


def test_an_unknown_format_is_refused():
    with pytest.raises(ProofreadError, match="quantised can be"):
        Recipe(quantised="q4_0")
