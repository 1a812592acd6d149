"""Tiny models for the training tests: the architecture and the chat templates of the real ones."""

from pathlib import Path
from random import Random

import pytest

from training.encoding import Encoded
from training.recipe import Recipe

TINY = Recipe(
    name="tiny", r=4, alpha=8, lr=5e-3, warmup=2, batch=4, workers=2, precision="fp32",
    eval_every=4, save_every=4, device="cpu",
)  # fmt: skip
SPECIAL = (
    "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"
)  # fmt: skip
# The form of Llama 3.2's own template, which tells the date.
LLAMA_TEMPLATE = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}{%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}{%- set date_string = "26 Jul 2024" %}{%- endif %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\nToday Date: " + date_string + "\\n\\n" }}
{{- messages[0]["content"] | trim }}{{- "<|eot_id|>" }}
{%- for message in messages[1:] %}
{{- "<|start_header_id|>" + message["role"] + "<|end_header_id|>\\n\\n" }}
{{- message["content"] | trim + "<|eot_id|>" }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- "<|start_header_id|>assistant<|end_header_id|>\\n\\n" }}
{%- endif %}
"""


def pairs(count: int, seed: int = 0) -> list[Encoded]:
    """Random ids; the answers repeat the prompt's last tokens, so there is something to learn."""
    random = Random(seed)
    made = []
    for _ in range(count):
        tail = [random.randrange(5, 60) for _ in range(random.randrange(2, 7))]
        made.append(Encoded((1, 2, 3, *tail, 4, *tail, 0), 4 + len(tail)))
    return made


def base(vocabulary: int = 64, layers: int = 2, inner: int = 48):
    """A Llama of a few thousand weights, the same each time; needs torch and transformers."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=vocabulary, hidden_size=32, intermediate_size=inner, num_hidden_layers=layers,
        num_attention_heads=4, num_key_value_heads=2, attn_implementation="eager",
        tie_word_embeddings=True, bos_token_id=0, eos_token_id=4,
    )  # fmt: skip
    return transformers.LlamaForCausalLM(config)


def with_adapter(recipe: Recipe = TINY):
    """The tiny base with an adapter that is not zero."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("peft")
    from training.models import prepare

    tuned = prepare(base(), recipe)
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.2)
    return tuned


def weights(model, trained: bool = True) -> dict:
    """Copies of everything trainable, or of everything frozen."""
    named = model.named_parameters()
    return {name: w.detach().clone() for name, w in named if w.requires_grad == trained}


def llama_tokenizer():
    """A byte-level tokenizer with Llama 3's control tokens and the form of its template."""
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    from tokenizers import decoders, models, pre_tokenizers, trainers

    inner = tokenizers.Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    text = ["the meeting is on Monday and the report that they sent is here, thank you for it"]
    inner.train_from_iterator(text, trainer)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token=SPECIAL[0], eos_token=SPECIAL[4], pad_token=SPECIAL[1]
    )
    tokenizer.chat_template = LLAMA_TEMPLATE
    return tokenizer


def save_llama(folder: Path, layers: int = 2) -> Path:
    """A folder as of a downloaded model: a tiny Llama and its tokenizer."""
    tokenizer = llama_tokenizer()
    base(len(tokenizer), layers).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
