"""The advanced settings of the page: what each does in one line, and its sane range.

for one in SETTINGS: print(one.label, one.low, one.high, one.default)
"""

from dataclasses import dataclass, fields

from proofreader.asking import Sampling


@dataclass(frozen=True)
class Setting:
    """One field of Sampling as a slider."""

    name: str
    label: str
    help: str
    low: float
    high: float
    step: float
    default: float


_TABLE = {  # field of Sampling: label, help, lowest, highest, step
    "temperature": (
        "Temperature",
        "0 takes the likeliest word; more is bolder.",
        0,
        2,
        0.05,
    ),
    "top_p": ("Top-p", "Only the likeliest words that together have this share.", 0.05, 1, 0.05),
    "top_k": ("Top-k", "Only this many of the likeliest words; 0 means all.", 0, 200, 1),
    "min_p": ("Min-p", "Only words this likely, compared with the likeliest.", 0, 1, 0.01),
    "repeat_penalty": ("Repeat penalty", "Above 1 avoids words already written.", 1, 1.5, 0.01),
    "max_tokens": ("Max new tokens", "The longest answer for one sentence.", 16, 2048, 16),
    "seed": ("Seed", "The same seed gives the same answer.", 0, 99999, 1),
    "context": ("Context", "Tokens of prompt and answer; 0 is the model's own.", 0, 16384, 1024),
}
SETTINGS = tuple(
    Setting(field.name, *_TABLE[field.name], field.default or 0) for field in fields(Sampling)
)
