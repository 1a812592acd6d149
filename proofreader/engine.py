"""Where the text comes from: a GGUF file in llama.cpp, or an OpenAI-compatible server."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampling:
    """How the model picks its words. temperature 0 is greedy, and the other filters then rest."""

    temperature: float = 0.0
    top_p: float = 0.95
    top_k: int = 40
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    max_tokens: int = 512
    seed: int = 0
    context: int = 4096
