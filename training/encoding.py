"""Pairs as token ids, cut into pieces exactly as the serving engine cuts them.

    encoder = Encoder(tokenizer)
    encoder.encode(Example(source="I has it.", target="I have it."), Tone(0.0, 0.1))

The chat template is split at its contents: only its own pieces may hold control tokens, so an
email that says <|im_end|> is plain text here as it is there.
"""

from dataclasses import dataclass

from classifiers.tone import Tone
from prompts import UNCHANGED, Prompt, number, render

SLOTS = ("\ue0f0", "\ue0f1")


@dataclass(frozen=True)
class Example:
    """One pair to learn from. target == source means that nothing is wrong."""

    source: str
    target: str
    goal: str = "errors only"
    origin: str = "written"


@dataclass(frozen=True)
class Encoded:
    """ids[:prompt] is what the model is given, the rest what it learns to answer."""

    ids: tuple[int, ...]
    prompt: int


class Encoder:
    """Wraps a transformers tokenizer that has a chat template."""

    def __init__(self, tokenizer) -> None:
        self.tokenizer = tokenizer
        roles = zip(("system", "user"), SLOTS, strict=True)
        messages = [{"role": role, "content": slot} for role, slot in roles]
        rendered = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True
        )
        head, rest = rendered.split(SLOTS[0])
        middle, tail = rest.split(SLOTS[1])
        self.pieces = [self._control(piece) for piece in (head, middle, tail)]
        self.end = self._control("<|im_end|>")

    def _control(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def plain(self, text: str) -> list[int]:
        """Ids of text in which control tokens are nothing special."""
        return self.tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids

    def prompt(self, prompt: Prompt) -> list[int]:
        """Ids of a whole request, up to where the model's answer begins."""
        head, middle, tail = self.pieces
        return [*head, *self.plain(prompt.system), *middle, *self.plain(prompt.user), *tail]

    def encode(self, example: Example, tone: Tone) -> Encoded:
        """The pair with its prompt; an error-free one is answered with UNCHANGED."""
        asked = render(
            "proofread",
            goal=example.goal,
            sentiment=number(tone.sentiment),
            politeness=number(tone.politeness),
            text=example.source,
        )
        same = example.source == example.target
        answer = self.plain(UNCHANGED if same else example.target) + self.end
        prompt = self.prompt(asked)
        return Encoded((*prompt, *answer), len(prompt))
