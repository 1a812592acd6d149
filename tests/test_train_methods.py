"""What each method trains and leaves alone, and that optimizers and precisions do as they say."""

import math
from dataclasses import replace

import pytest

from proofreader.errors import ProofreadError
from tests.tiny_models import TINY, base, pairs, weights, with_adapter
from training.checkpoints import RunFolder

torch = pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("transformers")

from training.gradients import Trainer  # noqa: E402
from training.models import prepare, targets  # noqa: E402
from training.optimisation import device_of, make  # noqa: E402
from training.train import fit  # noqa: E402

LAYERS = 4


def prepared(**settings):
    return prepare(base(layers=LAYERS), replace(TINY, **settings))


@pytest.mark.parametrize("rslora", [False, True])
def test_lora_is_w_x_plus_the_scaled_product(rslora):
    model = with_adapter(replace(TINY, rslora=rslora))
    layer = model.get_base_model().model.layers[0].self_attn.q_proj
    x = torch.randn(3, 32, generator=torch.Generator().manual_seed(1))
    w, a, b = (
        part.weight for part in (layer.base_layer, layer.lora_A.default, layer.lora_B.default)
    )
    assert (a.shape, b.shape) == ((4, 32), (32, 4))
    scale = 8 / math.sqrt(4) if rslora else 8 / 4
    torch.testing.assert_close(layer(x), x @ w.T + scale * (x @ a.T) @ b.T)


def trained(model) -> set[str]:
    return set(weights(model))


def test_full_trains_everything():
    model = prepared(method="full")
    assert trained(model) == {name for name, _ in model.named_parameters()}


def test_last_n_trains_the_last_blocks_alone():
    names = trained(prepared(method="last_n", blocks=1))
    assert {name.split(".")[2] for name in names} == {"3"}
    assert len(names) == 9  # four attention and three other matrices, two norms


def test_freeze_n_leaves_the_first_blocks_and_the_embedding():
    names = trained(prepared(method="freeze_n", blocks=3))
    assert {name.split(".")[2] for name in names if ".layers." in name} == {"3"}
    assert {name for name in names if ".layers." not in name} == {"model.norm.weight"}


def test_lora_trains_the_chosen_modules_alone():
    names = trained(prepared(targets="q_proj, v_proj"))
    assert all("lora_" in name for name in names)
    assert {name.split(".")[6] for name in names} == {"q_proj", "v_proj"}
    assert len(names) == LAYERS * 2 * 2
    assert targets(TINY) == "all-linear"


def test_mistaken_targets_and_blocks_are_said():
    with pytest.raises(ProofreadError, match="q_project"):
        prepared(targets="q_project")
    with pytest.raises(ProofreadError, match="this model has 4"):
        prepared(method="last_n", blocks=5)
    with pytest.raises(ProofreadError, match="blocks=N"):
        replace(TINY, method="freeze_n")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"method": "full"},
        {"method": "last_n", "blocks": 1, "lr": 0.02},
        {"method": "freeze_n", "blocks": 2, "lr": 0.02},
        {"optimizer": "sgd", "lr": 0.05},
        {"optimizer": "adafactor", "lr": 0.2},
        {"precision": "bf16"},
        {"precision": "fp16", "lr": 2e-3},
        {"checkpointing": True},
        {"dropout": 0.1, "schedule": "cosine"},
    ],
    ids=lambda settings: "-".join(str(value) for value in settings.values()) or "lora",
)
def test_it_learns_and_the_frozen_weights_stay_bit_identical(settings, tmp_path):
    recipe = replace(TINY, **settings)
    model = prepare(base(layers=LAYERS), recipe)
    before, frozen = weights(model), weights(model, trained=False)
    at_first = Trainer(model, recipe).evaluate(pairs(12, 9))
    fit(model, pairs(96), pairs(12, 9), recipe, RunFolder(tmp_path), quiet=True)
    dev = [row["dev_loss"] for row in RunFolder(tmp_path).losses() if "dev_loss" in row]
    assert dev[-1] < at_first - 0.05
    after = dict(model.named_parameters())
    assert all(after[name].equal(value) for name, value in frozen.items())
    assert not any(after[name].equal(value) for name, value in before.items())
    saved = "adapter_model.safetensors" if recipe.is_adapter else "model.safetensors"
    assert (tmp_path / "best" / saved).is_file()


def gradients(model, recipe, group) -> list:
    trainer = Trainer(model, recipe)
    trainer.backward(group)
    return [weight.grad for weight in trainer.weights]


def test_accumulated_batches_are_one_large_batch():
    data, model = pairs(12), with_adapter()
    whole = gradients(model, TINY, [data])
    parts = gradients(model, TINY, [data[:3], data[3:5], data[5:]])
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)


def test_checkpointing_and_workers_change_no_gradient():
    data, model = pairs(12), with_adapter()
    plain = gradients(model, TINY, [data])
    alone = gradients(model, replace(TINY, workers=1), [data])
    saving = replace(TINY, checkpointing=True)
    again = gradients(prepared_twin(model, saving), saving, [data])
    for one, *others in zip(plain, alone, again, strict=True):
        for other in others:
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def prepared_twin(model, recipe):
    """The same model with the settings of another recipe."""
    twin = prepare(base(), recipe)
    twin.load_state_dict(model.state_dict())
    return twin


def test_checkpointing_does_run_the_blocks_twice():
    model = prepare(base(), replace(TINY, checkpointing=True))
    calls = []
    model.get_base_model().model.layers[0].mlp.register_forward_pre_hook(lambda *_: calls.append(1))
    gradients(model, replace(TINY, checkpointing=True, workers=1), [pairs(2)])
    assert len(calls) == 2


def test_fp16_overflow_skips_the_step_and_lowers_the_scale():
    recipe, model = replace(TINY, precision="fp16"), with_adapter()
    trainer = Trainer(model, recipe)
    optimizer = make(recipe, trainer.weights)
    trainer.backward([pairs(4)])
    trainer.weights[0].grad.fill_(float("inf"))
    before, scale = weights(model), trainer.place.scaler.get_scale()
    trainer.update(optimizer)
    assert all(value.equal(weights(model)[name]) for name, value in before.items())
    assert trainer.place.scaler.get_scale() == scale / 2


def test_gradients_are_clipped():
    recipe, model = replace(TINY, clip=0.01, optimizer="sgd", lr=1.0, momentum=0.0), with_adapter()
    trainer = Trainer(model, recipe)
    before = weights(model)
    trainer.backward([pairs(4)])
    trainer.update(make(recipe, trainer.weights))
    moved = [(value - before[name]).square().sum() for name, value in weights(model).items()]
    assert sum(moved).sqrt().item() == pytest.approx(0.01, rel=1e-3)


def test_what_a_machine_lacks_is_said():
    with pytest.raises(ProofreadError, match="method=lora"):
        device_of(replace(TINY, method="qlora"))
    if not torch.cuda.is_available():
        with pytest.raises(ProofreadError, match="device=cpu"):
            device_of(replace(TINY, device="cuda"))


def test_a_loss_that_is_no_number_ends_the_run(tmp_path):
    model = with_adapter()
    model.get_base_model().model.norm.weight.data.fill_(float("nan"))
    with pytest.raises(ProofreadError, match="Lower lr"):
        fit(model, pairs(8), [], TINY, RunFolder(tmp_path), quiet=True)
