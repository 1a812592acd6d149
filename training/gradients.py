"""Losses and gradients of a model over batches of encoded pairs.

trainer = Trainer(model, recipe)
loss = trainer.backward([batch, batch])     # gradients are on the weights then
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from training import rounding
from training.batches import batches, block
from training.encoding import Encoded
from training.optimisation import Place
from training.recipe import Recipe


class Trainer:
    """Computes losses and gradients with `workers` threads, each on its part of a batch.

    One thread with its own rows never waits for another inside an operation, which on a busy CPU
    costs more than the operations themselves. A GPU has one worker.
    """

    def __init__(self, model, recipe: Recipe) -> None:
        import torch

        self.model, self.recipe, self.torch = model, recipe, torch
        self.weights = [weight for weight in model.parameters() if weight.requires_grad]
        self.place = Place(recipe)
        if self.place.device == "cpu":
            torch.set_num_threads(1)
        self.pool = ThreadPoolExecutor(
            self.place.workers, initializer=torch.set_num_threads, initargs=(1,)
        )
        core = model.get_base_model() if hasattr(model, "peft_config") else model
        self.body, self.head = core.base_model, core.get_output_embeddings()
        self.rounded = rounding.follow(model) if recipe.quantised else []
        model.train()

    def logits(self, pairs: Sequence[Encoded]):
        """(logits where an answer token is predicted and nowhere else, those tokens).

        Tensors (answer tokens, vocabulary) and (answer tokens,), pair by pair.
        """
        # Checkpointing runs blocks twice, which a cache of the shared prefix doesn't survive.
        part = block(pairs, share=not self.recipe.checkpointing)
        tensor = self.place.tensor
        with self.place.autocast():
            cache = None
            if part.prefix:
                cache = self.body(input_ids=tensor([part.prefix]), use_cache=True).past_key_values
                cache.batch_repeat_interleave(len(pairs))
            hidden = self.body(
                input_ids=tensor(part.ids), past_key_values=cache, use_cache=cache is not None
            ).last_hidden_state
            logits = self.head(hidden[tensor(part.rows_at), tensor(part.columns_at)])
        return logits.float(), tensor(part.answers)

    def loss(self, pairs: Sequence[Encoded], tokens: int):
        """Sum of the answer tokens' losses over `tokens`, a tensor with its graph."""
        logits, answers = self.logits(pairs)
        return self.torch.nn.functional.cross_entropy(logits, answers, reduction="sum") / tokens

    def _gradients(self, pairs: Sequence[Encoded], tokens: int):
        loss = self.loss(pairs, tokens)
        scaled = self.place.scaler.scale(loss)
        return loss.item(), self.torch.autograd.grad(scaled, self.weights)

    def backward(self, group: Sequence[Sequence[Encoded]]) -> float:
        """Leave the gradients of all batches of `group` on the weights, as of one large batch.

        Returns the loss for each answer token. With fp16 the gradients are still scaled.
        """
        self._round()
        tokens = sum(len(pair.ids) - pair.prompt for batch in group for pair in batch)
        workers, total = self.place.workers, 0.0
        for weight in self.weights:
            weight.grad = None
        for batch in group:
            ordered = sorted(batch, key=lambda pair: len(pair.ids))
            parts = [part for n in range(workers) if (part := ordered[n::workers])]
            for loss, found in self.pool.map(lambda part: self._gradients(part, tokens), parts):
                total += loss
                for weight, gradient in zip(self.weights, found, strict=True):
                    weight.grad = gradient if weight.grad is None else weight.grad.add_(gradient)
        return total

    def _round(self) -> None:
        """Let the layers that a recipe wants rounded follow the adapter."""
        for _ in self.pool.map(rounding.RoundedLayer.round, self.rounded):
            pass

    def update(self, optimizer) -> None:
        """One step of the optimizer with clipped gradients; none where fp16 overflowed."""
        scaler = self.place.scaler
        scaler.unscale_(optimizer)
        self.torch.nn.utils.clip_grad_norm_(self.weights, self.recipe.clip)
        scaler.step(optimizer)
        scaler.update()

    def evaluate(self, pairs: Sequence[Encoded]) -> float:
        """The loss of each answer token over all pairs."""
        self._round()
        tokens = sum(len(pair.ids) - pair.prompt for pair in pairs)

        def measure(part: Sequence[Encoded]) -> float:
            with self.torch.no_grad():
                return self.loss(part, tokens).item()

        self.model.eval()
        total = sum(self.pool.map(measure, batches(pairs, self.recipe.batch, 0)))
        self.model.train()
        return total
