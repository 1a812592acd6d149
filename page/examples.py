"""The emails to try on the page.

EXAMPLES[0].label, EXAMPLES[0].text
"""

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Example:
    """One email and the few words on its button."""

    label: str
    text: str


EXAMPLES = tuple(
    Example(entry["label"], entry["text"].rstrip("\n"))
    for entry in yaml.safe_load(Path(__file__).with_name("examples.yaml").read_text("utf-8"))
)
