"""Which pairs a run sees and in what order, from clean text, Harper's tests and written pairs.

    python -m training.mixture training/recipes/embedded.yaml      # counts and a few pairs

Only data whose weights may ship is read. The best data, the written pairs, is spread over the
whole run, and its last repeat is kept for the end.
"""

import gzip
import hashlib
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

from proofreader.errors import ProofreadError
from training.corruption import corrupt, load_mixture, run_on
from training.encoding import Example
from training.mistake_words import NAMES
from training.recipe import Recipe
from training.tasks.clean import held_out

ROOT = Path(__file__).parent.parent
WRITTEN = ROOT / "training" / "data"
# Corpora and their part of the clean sentences. Tatoeba is the nearest to how emails talk.
CLEAN = {"tatoeba_en": 0.4, "us_gov_public_domain": 0.25, "openstax_ccby": 0.17, "parakweet": 0.18}
TATOEBA_NAMES = re.compile(r"\b(Tom|Mary|John|Bob|Jim|Alice)\b")
WORDS = (4, 40)
NOISE = re.compile(
    r"[<>{}|\\*_#=\ufffd\t]|\$[A-Z]|http|www\.|\[|\]|;\)|:\)|\?\?|!!|\.\.|^[^A-Z\"“]"
)
CLEAN_END = re.compile(r"[.?!]$")
CITATION = re.compile(
    r"\(\w[^)]*\d{4}|et al\.|\bFigure \d|\bp\. ?\d|\b[A-Z]\.$|\b(?:vs?|Dr|Mr|St)\.$"
)
TATOEBA_SHORT = 0.35  # part of the very short Tatoeba sentences that is kept


@dataclass(frozen=True)
class Mixture:
    """Pairs in the order of training, those for the dev loss, and what they were made from."""

    train: list[Example]
    dev: list[Example]
    hashes: dict[str, str]


def looks_clean(text: str) -> bool:
    """Whether a corpus line is one whole sentence without rubbish."""
    words = text.split()
    if not WORDS[0] <= len(words) <= WORDS[1] or NOISE.search(text) or CITATION.search(text):
        return False
    letters = sum(char.isalpha() or char == " " for char in text)
    capitals = sum(word[:1].isupper() for word in words)
    return (
        bool(CLEAN_END.search(text)) and letters > 0.85 * len(text) and capitals < 0.4 * len(words)
    )


def swap_names(text: str, random: Random) -> str:
    """Tatoeba's few first names replaced with many; one person keeps one name in a sentence."""
    chosen: dict[str, str] = {}

    def name(match: re.Match) -> str:
        if match[0] not in chosen:
            free = [name for name in NAMES if name not in chosen.values()]
            chosen[match[0]] = random.choice(free)
        return chosen[match[0]]

    return TATOEBA_NAMES.sub(name, text)


def read_clean(corpus: str, folder: Path) -> list[str]:
    """The clean sentences of one corpus, each once."""
    if corpus == "parakweet":
        path = folder / "emails" / "parakweet" / "parakweet_train.txt"
        raw = path.read_text(encoding="utf-8", errors="replace").splitlines()
        lines = [line.partition("\t")[2] for line in raw]
        lines = [line for line in lines if native_clean(line)]
    else:
        with gzip.open(folder / "clean" / f"{corpus}.txt.gz", "rt", encoding="utf-8") as file:
            lines = file.read().splitlines()
    return [line for line in dict.fromkeys(map(str.strip, lines)) if looks_clean(line)]


SUSPECT = re.compile(
    r"\b(i|im|dont|cant|wont|thats|alot|youre|its a|your welcome|to much|u|ur|pls|thx|click|e:mail)"
    r"\b"
    r"|\s[,.!?]|,[A-Za-z]|\b(\w+) \2\b"
)


def native_clean(text: str) -> bool:
    """Whether an email sentence, which nobody checked, shows no sign of a mistake."""
    return not SUSPECT.search(text)


def harper_pairs(folder: Path) -> list[Example]:
    """Harper's test pairs, without fragments, code, reversed rows and needless changes."""
    pairs = []
    for line in (folder / "pairs" / "harper_test_pairs.tsv").read_text("utf-8").splitlines():
        wrong, _, right = (part.strip() for part in line.partition("\t"))
        if fit_pair(wrong, right):
            pairs.append(Example(wrong, right, origin="harper"))
    return pairs


OPAQUE = re.compile(
    r"\.\.\.|^\W|[`<>{}=\\|@#/]|\b[A-Z]{4,}\b|icosahedron|…|~|\(v4\)|\d[dD]\b|https?:|^\["
)
STYLE = re.compile(
    r"\b(fwiw|imo|imho|btw|afaik|iirc|ppl|ptr|params?|vulns?|derefs?|args?|config|repo|deps|docs|"
    r"whole entire|free gift|icosahedron|dialog|ivory coast|kleenex)\b", re.I
)  # fmt: skip


def fit_pair(wrong: str, right: str) -> bool:
    """Whether a pair of Harper's is a plain correction of one whole sentence."""
    words = wrong.split()
    if not right or not 4 <= len(words) <= 40 or OPAQUE.search(wrong) or STYLE.search(wrong):
        return False
    if not (right[:1].isupper() and CLEAN_END.search(right)):
        return False
    if re.search(r"\b(a|an) (a|an|the)\b|\bsince \w+ \w+ ago\b", right):
        return False
    return wrong != right and abs(len(wrong) - len(right)) <= 25


def written_files(names: str = "*") -> dict[Path, int]:
    """Files of training/data by a recipe's list of names, each with how often it is read.

    "goals_*, corrections_order:2" reads the second twice. ProofreadError where one is missing.
    """
    chosen: dict[Path, int] = {}
    for entry in map(str.strip, names.split(",")):
        name, _, times = entry.partition(":")
        found = [*WRITTEN.glob(f"{name}.jsonl")]
        if not found or not (times or "1").isdigit():
            raise ProofreadError(f"written: there is no {entry}.jsonl in {WRITTEN}")
        chosen.update({path: int(times or 1) for path in found})
    return dict(sorted(chosen.items()))


def written(split: str, names: str = "*") -> tuple[list[Example], list[Example]]:
    """(corrections, goal pairs) that people wrote for this project, of one split."""
    corrections, goals = [], []
    for path, times in written_files(names).items():
        for row in map(json.loads, filter(None, path.read_text("utf-8").splitlines())):
            if row["split"] != split:
                continue
            if "corrected" in row:
                corrections += email_lines(row["text"], row["corrected"]) * times
                continue
            pair = Example(row["source"], row["target"], row.get("goal", "errors only"))
            (goals if "goal" in row else corrections).extend([pair] * times)
    return corrections, goals


def email_lines(text: str, corrected: str) -> list[Example]:
    """The lines of four words or more of an email, each with its correction.

    None of an email whose correction has other lines.
    """
    lines, mended = text.split("\n"), corrected.split("\n")
    if len(lines) != len(mended):
        return []
    pairs = zip(lines, mended, strict=True)
    return [Example(line, right) for line, right in pairs if len(line.split()) >= WORDS[0]]


def build(recipe: Recipe) -> Mixture:
    """All pairs of a recipe; the same for the same recipe and files."""
    random = Random(recipe.seed)
    folder = (ROOT / recipe.data).resolve()
    corrections, goals = written("train", recipe.written)
    broken, sound = _from_clean(recipe, folder, random)
    harper = harper_pairs(folder)
    polish = [
        Example(p.source, p.target, "polish", p.origin) for p in harper if random.random() < 0.3
    ]
    polish += [
        Example(p.source, p.target, "polish", p.origin) for p in broken if random.random() < 0.06
    ]
    body = broken + sound + (harper + polish) * recipe.harper_repeats
    best = corrections * recipe.written_repeats + goals * recipe.goal_repeats
    random.shuffle(body)
    late = len(body) // 8
    early, last = body[:-late], body[-late:]
    share = len(best) * 3 // 4
    random.shuffle(best)
    early, last = early + best[:share], last + best[share:]
    random.shuffle(early)
    random.shuffle(last)
    dev_corrections, dev_goals = written("dev")
    dev = dev_corrections + dev_goals
    Random(0).shuffle(dev)  # the same for every seed, so that the losses of runs compare
    dev = dev[: recipe.dev]
    seen = {_plain(pair.source) for pair in dev}
    seen |= {_plain(pair.source) for part in written("test") for pair in part}
    train = [pair for pair in early + last if _plain(pair.source) not in seen]
    return Mixture(train, dev, hashes(folder, recipe.written))


def _plain(text: str) -> str:
    """Words alone: what counts when a sentence of the tests must not be in train."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _from_clean(
    recipe: Recipe, folder: Path, random: Random
) -> tuple[list[Example], list[Example]]:
    """(corrupted, error-free) pairs, drawn from the corpora by their shares."""
    mistakes = load_mixture(ROOT / recipe.mistakes)
    judged = {pair.source for pair in written("train", recipe.written)[0]}
    broken, sound = [], []
    for corpus, share in CLEAN.items():
        lines = [line for line in read_clean(corpus, folder) if not held_out(line)]
        lines = [line for line in lines if line not in judged]
        random.shuffle(lines)
        if corpus == "tatoeba_en":
            lines = [
                swap_names(line, random)
                for line in lines[:60000]
                if len(line.split()) > 6 or random.random() < TATOEBA_SHORT
            ]
        wanted_sound, wanted = int(recipe.clean * share), int(recipe.corrupted * share)
        sound += [Example(line, line, origin=corpus) for line in lines[:wanted_sound]]
        rest = iter(lines[wanted_sound:])
        made: list[Example] = []
        while len(made) < wanted and (line := next(rest, None)):
            pair = None
            if corpus in ("tatoeba_en", "parakweet") and random.random() < 0.1:
                pair = run_on(line, next(rest, ""), random)
            pair = pair or corrupt(line, mistakes, random)
            if pair:
                made.append(Example(pair.source, pair.target, origin=corpus))
        broken += made
    return broken, sound


def hashes(folder: Path, names: str = "*") -> dict[str, str]:
    """sha256 of every file the mixture is made from."""
    files = [*written_files(names), folder / "pairs" / "harper_test_pairs.tsv"]
    files += [folder / "clean" / f"{corpus}.txt.gz" for corpus in CLEAN if corpus != "parakweet"]
    files.append(folder / "emails" / "parakweet" / "parakweet_train.txt")
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def main() -> None:
    """Print what a recipe's mixture is made of."""
    mixture = build(Recipe.load(*sys.argv[1:]))
    for pair in Random(1).sample(mixture.train, 40):
        target = "=" if pair.source == pair.target else pair.target
        print(f"[{pair.origin}, {pair.goal}]\n  {pair.source}\n  {target}")
    kinds = Counter((pair.origin, pair.goal, pair.source == pair.target) for pair in mixture.train)
    for (origin, goal, same), count in kinds.most_common():
        print(f"{count:6} {origin} {goal}{' (error-free)' if same else ''}")
    print(len(mixture.train), "pairs;", len(mixture.dev), "for the dev loss")


if __name__ == "__main__":
    main()
