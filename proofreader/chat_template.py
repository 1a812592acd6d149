"""A model's chat template, rendered once and cut where the system and user texts go.

cut(template, "", "<|im_end|>", False)      # [head, SLOTS[0], middle, SLOTS[1], tail]
"""

SLOTS = ("\ue0f0", "\ue0f1")  # private-use marks for system and user text


def cut(template: str, bos: str, eos: str, needs_bos: bool) -> list[str]:
    """The rendered template: texts between slot marks, and the marks. `template` is Jinja."""
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    messages = [
        {"role": role, "content": slot}
        for role, slot in zip(("system", "user"), SLOTS, strict=True)
    ]
    rendered = Jinja2ChatFormatter(template, eos, bos)(messages=messages).prompt
    head, rest = rendered.split(SLOTS[0])
    middle, tail = rest.split(SLOTS[1])
    if needs_bos and bos and not head.startswith(bos):
        head = bos + head
    return [head, SLOTS[0], middle, SLOTS[1], tail]
