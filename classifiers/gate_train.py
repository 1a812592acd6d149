"""Train the gate of gate.py: gather emails and other texts, fit, keep a fifth to test on.

    python -m classifiers.train --only gate

Emails: mailgun/forge, MASC, reply fixtures, talon, the written ones. Other texts: passages and
questions of ../shared/data/clean, Python's standard library, tables, and classifiers/data/other.
The questions of studies/questions_unrelated may not shape shipped weights; they test only.
"""

import gzip
import json
import random
import re
import sysconfig
import zlib
from collections.abc import Callable
from pathlib import Path

from classifiers import corpora
from classifiers.gate import features

TERMS = 6000
LONGER = 2400  # sentences of Parakweet that make drafts of three
PASSAGES = 400  # from the larger sources; half or twice that from some
HEADERS = re.compile(r"^.*?Encoding: ?\d\s?-?\s?bit\s*", re.DOTALL)


def texts(folder: Path) -> list[tuple[str, int, str]]:
    """(text, 1 for an email and 0 for other, source) of everything there is to learn from."""
    rows = [(text, 1, source) for text, source in _emails(folder / "emails")]
    rows += [(text, 0, source) for text, source in _others(folder)]
    return [(text.strip(), label, source) for text, label, source in rows if len(text.split()) > 3]


def held_out(text: str) -> bool:
    """Whether `text` is kept for testing: a fifth of all, by a checksum, the same ones always."""
    return zlib.crc32(text.encode()) % 5 == 0


def train(folder: Path, weights: Path) -> dict:
    """Fit the gate, write gate.json into `weights` and return its scores on the held-out texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    rows = texts(folder)
    learn = [row for row in rows if not held_out(row[0])]
    learn += [(text, 1, "drafts") for text in _drafts(folder / "emails")]
    vectorizer = TfidfVectorizer(
        analyzer=features, max_features=TERMS, min_df=2, sublinear_tf=True, norm="l2"
    )
    matrix = vectorizer.fit_transform([text for text, _, _ in learn])
    model = LogisticRegression(C=100.0, class_weight="balanced", max_iter=2000, solver="liblinear")
    model.fit(matrix, [label for _, label, _ in learn])
    terms = {
        term: [round(float(vectorizer.idf_[at]), 3), round(float(model.coef_[0][at]), 4)]
        for term, at in sorted(vectorizer.vocabulary_.items())
    }
    body = {"bias": round(float(model.intercept_[0]), 4), "terms": terms}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    (weights / "gate.json").write_text(text, "utf-8")
    return {"learnt from": len(learn), "emails": sum(label for _, label, _ in learn)}


def _emails(folder: Path) -> list[tuple[str, str]]:
    found = [(path.read_text("utf-8", "replace"), "forge") for path in folder.rglob("*_body")]
    found = [(text.replace("#sig#", ""), source) for text, source in sorted(found)]
    for path in sorted((folder / "reply_fixtures").rglob("*.txt")):
        found.append((path.read_text("utf-8", "replace"), "reply fixtures"))
    for name in ("masc_email", "masc_letters"):
        for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines():
            found.append((HEADERS.sub("", json.loads(line)["text"])[:4000], name))
    rng = random.Random(0)
    own = [row for split in ("train", "dev") for row in corpora.written_rows("emails", split)]
    found += [(_layout(row["sentences"], rng), "written") for row in own]
    # Drafts often lack a greeting: sentences of emails, a few at a time, stand for those.
    plain = _parakweet(folder)
    found += [(" ".join(plain[at : at + 3]), "email sentences") for at in range(0, LONGER, 3)]
    return found


def _drafts(folder: Path) -> list[str]:
    """Emails of one or two sentences, to learn from only: short is not always a question."""
    plain = [line for line in _parakweet(folder)[LONGER:] if len(line.split()) > 3]
    return plain[:200] + [" ".join(plain[at : at + 2]) for at in range(200, 500, 2)]


def _parakweet(folder: Path) -> list[str]:
    path = folder / "parakweet" / "parakweet_train.txt"
    lines = [line.split("\t", 1)[-1] for line in path.read_text("utf-8", "replace").splitlines()]
    return [line.strip() for line in lines if "$LINK" not in line and "<" not in line]


def _layout(sentences: list[str], rng: random.Random) -> str:
    """A written email as people set it: greeting, text in one or more paragraphs, name."""
    middle = rng.choice((" ", "\n", "\n\n")).join(sentences[1:-1])
    return f"{sentences[0]}\n\n{middle}\n\n{sentences[-1]}"


def _others(folder: Path) -> list[tuple[str, str]]:
    rng = random.Random(0)
    found = [(row["text"], f"written {row['kind']}") for row in _written_others()]
    names = ("openstax_ccby", "us_gov_public_domain", "us_presidents_public_domain")
    for name in (*names, "opensource_guide_ccby"):
        found += [(text, name) for text in _passages(folder / "clean" / f"{name}.txt.gz", rng)]
    asked = [
        line
        for line in corpora.plain_sentences(folder, "tatoeba_en", 100_000)
        if line.endswith("?")
    ]
    found += [(text, "questions of Tatoeba") for text in rng.sample(asked, 2 * PASSAGES)]
    found += [(text, "code") for text in _code(rng)]
    return found + [(_table(rng), "table") for _ in range(PASSAGES // 4)]


def _written_others() -> list[dict]:
    path = corpora.WRITTEN / "other.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _passages(path: Path, rng: random.Random) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        sentences = [line.strip() for line in lines]
    starts = rng.sample(range(len(sentences) - 9), min(PASSAGES // 2, len(sentences) // 9))
    return [
        rng.choice((" ", " ", "\n")).join(sentences[at : at + rng.randint(2, 8)]) for at in starts
    ]


def _code(rng: random.Random) -> list[str]:
    """Pieces of 6 to 30 lines of Python's standard library (PSF licence)."""
    paths = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    pieces = []
    for path in rng.sample(paths, min(PASSAGES // 2, len(paths))):
        lines = path.read_text("utf-8", "replace").splitlines()
        start = rng.randrange(max(1, len(lines) - 30))
        pieces.append("\n".join(lines[start : start + rng.randint(6, 30)]))
    return pieces


def _table(rng: random.Random) -> str:
    """A table of numbers, as a spreadsheet exports it."""
    columns = rng.sample("id name date qty price total city sku rate status code x y".split(), 4)
    mark = rng.choice((",", ";", "\t"))
    rows = [mark.join(columns)]
    for number in range(rng.randint(3, 15)):
        cells = [
            str(number),
            f"{rng.random() * 900:.2f}",
            f"2024-0{rng.randint(1, 9)}-1{number % 9}",
        ]
        rows.append(mark.join([*cells, rng.choice(("ok", "open", "A17", "Lyon", "n/a"))]))
    return "\n".join(rows)


def refused(folder: Path, rate: Callable[[str], float]) -> dict[str, float]:
    """Share of studies/questions_unrelated that `rate` puts below 0.5, by their source.

    banking77 holds messages to a bank, many of which read like emails.
    """
    path = folder / "studies" / "questions_unrelated.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines][::12]
    below: dict[str, list[bool]] = {}
    for source, *rest in rows:
        below.setdefault(source, []).append(rate(rest[-1]) < 0.5)
    return {source: sum(hits) / len(hits) for source, hits in below.items()}
