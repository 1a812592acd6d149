"""Error-free sentences, conversational (tatoeba) and business (us_gov): any change is a false edit.

`python -m training.evaluation tatoeba us_gov`. Training leaves out what `held_out` names.
"""

import gzip
import re
from pathlib import Path
from random import Random
from zlib import crc32

from proofreader.errors import ProofreadError
from training.tasks import Line, Task, changed

SAMPLE = 300
SEED = 0
SENTENCE = re.compile(r"[A-Z\"'“‘].*[.!?][\"'”’)]?")  # noqa: RUF001


def held_out(text: str) -> bool:
    """Whether a clean sentence is kept for measuring (one in 50, by its text alone)."""
    return crc32(text.strip().encode("utf-8")) % 50 == 0


def _load(data: Path, file: str) -> list[Line]:
    path = data / "clean" / file
    if not path.is_file():
        raise ProofreadError(f"The data file {path} is missing. Point --data at its folder.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        kept = [
            Line(f"{file.split('_')[0]}-{at}", text.rstrip("\n"), (text.rstrip("\n"),))
            for at, text in enumerate(lines)
            if held_out(text) and SENTENCE.fullmatch(text.strip()) and 4 <= len(text.split()) <= 40
        ]
    picked = Random(SEED).sample(range(len(kept)), min(SAMPLE, len(kept)))
    return [kept[at] for at in sorted(picked)]


def _task(name: str, file: str) -> Task:
    about = "share of right sentences that were changed, lower is better"
    return Task(name, about, lambda data: _load(data, file), changed("false edits"))


TASKS = {
    "tatoeba": _task("tatoeba", "tatoeba_en.txt.gz"),
    "us_gov": _task("us_gov", "us_gov_public_domain.txt.gz"),
}
