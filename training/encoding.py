"""Pairs as token ids, cut into pieces exactly as the serving engine cuts them.

    encoder = Encoder(tokenizer)
    encoder.encode(Example(source="I has it.", target="I have it."), Tone(0.0, 0.1))

The chat template is split at its contents: only its own pieces may hold control tokens, so an
email that says <|im_end|> is plain text here as it is there.
"""

from dataclasses import dataclass

from classifiers.tone import Tone
from prompts import UNCHANGED, Prompt, number, render
from proofreader.errors import ProofreadError

SLOTS = ("\ue0f0", "\ue0f1", "\ue0f2")
# For a base without a chat template: the request, a line end, the answer, the end of the text.
PLAIN = (
    "{% for m in messages %}{{ m['content'] }}"
    "{{ eos_token if m['role'] == 'assistant' else '\n' }}{% endfor %}"
)
DATE = "26 Jul 2024"  # the one that the templates of Llama 3 fall back on themselves


@dataclass(frozen=True)
class Example:
    """One pair to learn from. target == source means that nothing is wrong.

    A `chat` pair is a request and its answer as they are, without the prompt of the proofreader.
    """

    source: str
    target: str
    goal: str = "errors only"
    origin: str = "written"
    chat: bool = False


@dataclass(frozen=True)
class Encoded:
    """ids[:prompt] is what the model is given, the rest what it learns to answer."""

    ids: tuple[int, ...]
    prompt: int


def pin_date(template: str) -> str:
    """The chat template with a fixed date, where it would put today's into every prompt.

    A model is to be asked as it was taught, whatever the day: templates of Llama 3 tell the date.
    """
    pinned = f'{{%- set date_string = "{DATE}" %}}'
    if "date_string" not in template or template.startswith(pinned):
        return template
    return pinned + template


class Encoder:
    """Wraps a transformers tokenizer that has a chat template."""

    def __init__(self, tokenizer) -> None:
        if not tokenizer.chat_template:
            raise ProofreadError("The base has no chat template. Take an instruction-tuned model.")
        self.tokenizer = tokenizer
        tokenizer.chat_template = pin_date(tokenizer.chat_template)
        roles = zip(("system", "user", "assistant"), SLOTS, strict=True)
        messages = [{"role": role, "content": slot} for role, slot in roles]
        asked = tokenizer.apply_chat_template(
            messages[:2], tokenize=False, add_generation_prompt=True
        )
        head, rest = asked.split(SLOTS[0])
        middle, tail = rest.split(SLOTS[1])
        bos = tokenizer.bos_token if getattr(tokenizer, "add_bos_token", False) else None
        if bos and not head.startswith(bos):
            head = bos + head
        self.pieces = [self._control(piece) for piece in (head, middle, tail)]
        answered = tokenizer.apply_chat_template(messages, tokenize=False)
        self.end = self._end(self._control(answered.split(SLOTS[2])[1]))

    def _end(self, ids: list[int]) -> list[int]:
        """What closes an answer: all up to the first control token after it."""
        control = set(self.tokenizer.all_special_ids)
        control |= {n for n, t in self.tokenizer.added_tokens_decoder.items() if t.special}
        for place, token in enumerate(ids):
            if token in control:
                return ids[: place + 1]
        raise ProofreadError("The chat template ends an answer with no control token.")

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
        if example.chat:
            prompt = self.prompt(Prompt("chat", 1, "", example.source))
            return Encoded((*prompt, *self.plain(example.target), *self.end), len(prompt))
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
