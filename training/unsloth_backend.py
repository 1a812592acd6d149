"""The Unsloth backend: the same recipes, data and run folder, with Unsloth's kernels on a GPU.

    python -m training.train training/recipes/llama-3.2-1b.yaml      # backend: unsloth

Needs the packages of training/requirements-unsloth.txt, in an environment of their own.
Unsloth patches transformers, trl and peft, so it is imported before them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proofreader.errors import ProofreadError
from training.checkpoints import RunFolder
from training.encoding import Encoded, pin_date
from training.recipe import Recipe

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
OPTIMIZERS = {"adamw": "adamw_torch", "sgd": "sgd", "adafactor": "adafactor"}


def check(recipe: Recipe) -> None:
    """ProofreadError for a recipe that only the peft backend can run, or without Unsloth."""
    if recipe.method in ("last_n", "freeze_n"):
        raise ProofreadError(f"method={recipe.method} needs backend=peft")
    if recipe.device == "cpu":
        raise ProofreadError("backend=unsloth needs a GPU. Set backend=peft for a CPU.")
    try:
        import unsloth  # noqa: F401
    except ImportError as error:
        raise ProofreadError(
            f"Unsloth could not be imported ({error}). On a GPU: pip install -r "
            "training/requirements-unsloth.txt; without one set backend=peft."
        ) from error
    except NotImplementedError as error:  # how Unsloth says that there is no GPU
        raise ProofreadError(f"Unsloth needs a GPU: {error}. Set backend=peft.") from error


def load(recipe: Recipe):
    """(model, tokenizer), the model with its adapter unless it is trained whole."""
    check(recipe)
    import torch
    from unsloth import FastLanguageModel

    if recipe.base == "smollm2":
        raise ProofreadError("backend=unsloth wants a folder or a name on the Hub as base")
    kinds = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}
    model, tokenizer = FastLanguageModel.from_pretrained(
        model_name=recipe.adapter or recipe.base,
        max_seq_length=recipe.longest,
        dtype=kinds[recipe.precision],
        load_in_4bit=recipe.method == "qlora",
        full_finetuning=recipe.method == "full",
        random_state=recipe.seed,
        use_gradient_checkpointing="unsloth" if recipe.checkpointing else False,
    )
    tokenizer.chat_template = pin_date(tokenizer.chat_template or "")
    if recipe.is_adapter and not recipe.adapter:
        named = recipe.targets.replace(",", " ").split()
        model = FastLanguageModel.get_peft_model(
            model,
            r=recipe.r,
            target_modules=PROJECTIONS if named == ["all-linear"] else named,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            bias="none",
            use_gradient_checkpointing="unsloth" if recipe.checkpointing else False,
            random_state=recipe.seed,
            use_rslora=recipe.rslora,
        )
    return model, tokenizer


def rows(pairs: Sequence[Encoded]):
    """A data set of ready ids; labels are -100 wherever no answer token is to be predicted."""
    from datasets import Dataset

    ids = [list(pair.ids) for pair in pairs]
    labels = [[-100] * pair.prompt + list(pair.ids[pair.prompt :]) for pair in pairs]
    masks = [[1] * len(one) for one in ids]
    return Dataset.from_dict({"input_ids": ids, "attention_mask": masks, "labels": labels})


def arguments(recipe: Recipe, folder: Path, pairs: int, watched: bool) -> dict[str, Any]:
    """The recipe as trl's SFTConfig takes it. `watched`: there are pairs for a dev loss."""
    from training.train import step_count

    steps = step_count(recipe, pairs)
    # With a best checkpoint to keep, transformers wants saving and evaluating in the same steps.
    save = recipe.eval_every if watched else recipe.save_every
    return {
        "output_dir": str(folder),
        "max_steps": steps,
        "per_device_train_batch_size": recipe.batch,
        "per_device_eval_batch_size": recipe.batch,
        "gradient_accumulation_steps": recipe.accumulation,
        "gradient_checkpointing": recipe.checkpointing,
        "learning_rate": recipe.lr,
        "lr_scheduler_type": recipe.schedule,
        "warmup_steps": min(recipe.warmup, steps // 5),
        "optim": OPTIMIZERS[recipe.optimizer],
        "weight_decay": recipe.weight_decay,
        "max_grad_norm": recipe.clip,
        "fp16": recipe.precision == "fp16",
        "bf16": recipe.precision == "bf16",
        "train_sampling_strategy": "group_by_length",
        "max_length": recipe.longest,
        "dataset_kwargs": {"skip_prepare_dataset": True},
        "logging_steps": 1,
        "eval_strategy": "steps" if watched else "no",
        "eval_steps": recipe.eval_every if watched else None,
        "save_strategy": "steps",
        "save_steps": save,
        "save_total_limit": recipe.keep,
        "load_best_model_at_end": watched,
        "metric_for_best_model": "eval_loss" if watched else None,
        "greater_is_better": False if watched else None,
        "seed": recipe.seed,
        "report_to": "none",
    }


def _callbacks(recipe: Recipe, folder: RunFolder, watched: bool) -> list:
    from transformers import EarlyStoppingCallback, TrainerCallback

    class Losses(TrainerCallback):
        """Each loss to losses.jsonl, as the other backend writes it."""

        def on_log(self, args, state, control, logs=None, **_):
            for key, name in (("loss", "loss"), ("eval_loss", "dev_loss")):
                if key in (logs or {}):
                    folder.log(step=state.global_step, **{name: round(float(logs[key]), 4)})

    stop = [EarlyStoppingCallback(recipe.patience)] if watched and recipe.patience else []
    return [Losses(), *stop]


def step_of(checkpoint: Path) -> int:
    """The step at which transformers wrote this folder."""
    return int(checkpoint.name.removeprefix("checkpoint-"))


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint, None without one; trainer_state.json is written last."""
    found = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    return max(found, key=step_of, default=None)


def fit(
    model,
    train: Sequence[Encoded],
    dev: Sequence[Encoded],
    recipe: Recipe,
    folder: RunFolder,
    tokenizer,
):
    """Train to the end of the recipe, from the newest checkpoint if there is one.

    best/ gets the adapter (or the whole model) and the tokenizer. Returns train.RunResult.
    """
    from transformers import DataCollatorForSeq2Seq
    from trl import SFTConfig, SFTTrainer

    from training.train import RunResult

    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(**arguments(recipe, folder.path, len(train), bool(dev))),
        data_collator=DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=-100),
        train_dataset=rows(train),
        eval_dataset=rows(dev) if dev else None,
        processing_class=tokenizer,
        callbacks=_callbacks(recipe, folder, bool(dev)),
    )
    newest = newest_checkpoint(folder.path)
    folder.forget_after(step_of(newest) if newest else 0)
    outcome = trainer.train(resume_from_checkpoint=str(newest) if newest else None)
    folder.save_best(trainer.model, tokenizer)
    state, seconds = trainer.state, outcome.metrics.get("train_runtime", 0.0)
    best = float("inf") if state.best_metric is None else state.best_metric
    stopped = "finished" if state.global_step >= state.max_steps else "early"
    return RunResult(folder.path, state.global_step, best, seconds, stopped)


def merge(model, tokenizer, folder: Path) -> None:
    """Write base and adapter as one model in 16 bits, ready for llama.cpp's converter."""
    model.save_pretrained_merged(str(folder), tokenizer, save_method="merged_16bit")
