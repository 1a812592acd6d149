"""How likely texts are to the untuned base of a recipe: the lower, the more fluent.

fluency(recipe, ["I have it."])      # [(nats, tokens)]; an empty text has (0.0, 0)
"""

from collections.abc import Sequence

from training.recipe import Recipe


def fluency(recipe: Recipe, texts: Sequence[str]) -> list[tuple[float, int]]:
    """(sum of the tokens' losses in nats, tokens) of each text as the base reads it, no prompt."""
    import torch

    from training import answers
    from training.encoding import Encoded, Encoder
    from training.gradients import Trainer

    model, tokenizer = answers.load(recipe, None)
    encoder, trainer = Encoder(tokenizer), Trainer(model, recipe)
    model.eval()
    start = tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
    found = []
    for text in texts:
        ids = encoder.plain(text)[: recipe.longest]
        if not ids:
            found.append((0.0, 0))
            continue
        with torch.no_grad():
            nats = trainer.loss([Encoded((start, *ids), 1)], 1).item()
        found.append((nats, len(ids)))
    return found
