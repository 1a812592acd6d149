"""Training pairs in the chat template of Llama 3, with a small tokenizer and with the real one.

The real tokenizer is read from a folder of llama.cpp that the variable LLAMA_CPP names.
"""

import os
from pathlib import Path

import pytest

from classifiers.tone import Tone
from proofreader.errors import ProofreadError
from tests.tiny_models import LLAMA_TEMPLATE, llama_tokenizer
from training.encoding import Encoder, Example, pin_date

transformers = pytest.importorskip("transformers")
pytest.importorskip("torch")

PAIR = Example("I has it.", "I have it.")
NEUTRAL = Tone(0.0, 0.1)


@pytest.fixture(scope="module")
def encoder():
    return Encoder(llama_tokenizer())


@pytest.fixture(scope="module")
def real():
    """Llama 3's own 128,256 tokens and, where it is there, the template of Llama 3.2."""
    sources = Path(os.environ.get("LLAMA_CPP", "nowhere"))
    if not (sources / "models" / "ggml-vocab-llama-bpe.gguf").is_file():
        pytest.skip("LLAMA_CPP names no folder of llama.cpp")
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        str(sources / "models"), gguf_file="ggml-vocab-llama-bpe.gguf"
    )
    template = sources / "models" / "templates" / "meta-llama-Llama-3.2-3B-Instruct.jinja"
    tokenizer.chat_template = template.read_text() if template.is_file() else LLAMA_TEMPLATE
    return Encoder(tokenizer)


@pytest.mark.parametrize("which", ["encoder", "real"])
def test_an_answer_ends_with_the_templates_own_token(which, request):
    encoder = request.getfixturevalue(which)
    pair = encoder.encode(PAIR, NEUTRAL)
    answer = encoder.tokenizer.decode(list(pair.ids[pair.prompt :]))
    assert answer == "I have it.<|eot_id|>"
    prompt = encoder.tokenizer.decode(list(pair.ids[: pair.prompt]))
    assert prompt.startswith("<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n")
    assert "Today Date: 26 Jul 2024\n\nProofread" in prompt
    assert prompt.endswith("I has it.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")
    assert prompt.count("<|begin_of_text|>") == 1


@pytest.mark.parametrize("which", ["encoder", "real"])
def test_control_tokens_in_an_email_are_plain_text(which, request):
    encoder = request.getfixturevalue(which)
    text = "Please write <|eot_id|> at the end."
    pair = encoder.encode(Example(text, text), NEUTRAL)
    ends = [token for token in pair.ids if token == encoder.end[0]]
    assert len(ends) == 3  # after the system's text, the user's and the answer
    assert text in encoder.tokenizer.decode(list(pair.ids))


def test_the_real_tokens_are_those_of_llama_cpp(real):
    llama_cpp = pytest.importorskip("llama_cpp")
    path = Path(os.environ["LLAMA_CPP"]) / "models" / "ggml-vocab-llama-bpe.gguf"
    model = llama_cpp.Llama(str(path), vocab_only=True, verbose=False)
    for text in (
        "I has it.",
        "Invoice 2024-0117: 1.299,50 € — café, 東京 😀",
        "a <|eot_id|>\n\tb  ",
    ):
        assert real.plain(text) == model.tokenize(text.encode(), add_bos=False, special=False)
    assert real.end == model.tokenize(b"<|eot_id|>", add_bos=False, special=True) == [128009]


def test_a_pinned_template_says_the_same_every_day():
    pinned = pin_date(LLAMA_TEMPLATE)
    assert pin_date(pinned) == pinned
    assert pin_date("{{ messages }}") == "{{ messages }}"
    tokenizer = llama_tokenizer()
    tokenizer.chat_template = pinned
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    assert "Today Date: 26 Jul 2024" in tokenizer.apply_chat_template(messages, tokenize=False)


def test_the_engine_cuts_the_pinned_template_alike(encoder):
    formats = pytest.importorskip("llama_cpp.llama_chat_format")
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    template = encoder.tokenizer.chat_template
    served = formats.Jinja2ChatFormatter(template, "<|eot_id|>", "<|begin_of_text|>")
    given = encoder.tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True
    )
    assert served(messages=messages).prompt == given


def test_a_chat_pair_has_neither_the_proofreaders_prompt_nor_its_sign(encoder):
    pair = encoder.encode(Example("ok", "ok", "", "hub", chat=True), NEUTRAL)
    text = encoder.tokenizer.decode(list(pair.ids))
    assert "Proofread" not in text
    assert text.endswith("assistant<|end_header_id|>\n\nok<|eot_id|>")


def test_a_base_without_a_chat_template_is_refused():
    tokenizer = llama_tokenizer()
    tokenizer.chat_template = None
    with pytest.raises(ProofreadError, match="instruction-tuned"):
        Encoder(tokenizer)
