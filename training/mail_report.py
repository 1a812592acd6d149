"""How well proofreader.mail finds signatures and quoted replies; writes results/mail/report.json.

    python -m training.mail_report [--data ../shared/data] [--out results/mail]

Signatures: mailgun/forge (CC BY 3.0), per non-blank line against its #sig# marks, on the files with
odd numbers (tuned on) and even numbers (held out) apart; wrong lines are listed. Quotes: the
fixtures of email-reply-parser (MIT) and talon (Apache-2.0), with the writer's lines noted below.
Prose: single correct or faulty sentences, none of which may be set aside.
"""

import argparse
import email
import gzip
import json
from collections import Counter
from dataclasses import asdict, dataclass
from email import policy
from itertools import islice
from pathlib import Path

from proofreader.mail import Email

# The lines (from 1, inclusive) that the writer of each reply wrote; the others are quoted.
OWN_LINES = {
    "email_1_2": [(1, 1), (9, 34), (44, 51)],
    "email_1_3": [(1, 5), (51, 55)],
    "email_1_4": [(1, 1)],
    "email_1_6": [(1, 3)],
    "email_1_7": [(1, 1)],
    "email_1_8": [(13, 13), (19, 19), (36, 37)],
    "email_2_1": [(1, 1)],
    "email_2_2": [(1, 1)],
    "email_2_3": [(1, 1)],
    "email_bullets": [(1, 9), (20, 22)],
    "email_gmail": [(1, 1)],
    "email_headers_no_delimiter": [(1, 1)],
    "email_one_is_not_on": [(1, 5)],
    "email_partial_quote_header": [(1, 6)],
    "greedy_on": [(1, 6)],
    "pathological": [(1, 2)],
}
OWN_TALON = frozenset(["Hello", "--", "Sent from my iPhone"])
SPARROW = ("xxx", "Sent with Sparrow (http://www.sparrowmailapp.com/?sig)")


@dataclass(frozen=True)
class LineScore:
    """Counts of non-blank lines; `missed` and `wrong` say where the rest are."""

    files: int
    lines: int
    marked: int
    found: int
    right: int
    precision: float
    recall: float
    missed: list[str]
    wrong: list[str]


def line_kinds(text: str) -> list[tuple[str, str]]:
    """(kind, line) of every line, in order."""
    parts = Email.split(text).parts
    return [(part.kind, line) for part in parts for line in part.text.split("\n")[: _lines(part)]]


def _lines(part) -> int:
    return part.text.count("\n") + (not part.text.endswith("\n"))


def score_signatures(paths: list[Path]) -> LineScore:
    """Precision and recall of kind "signature" per non-blank line."""
    counts, missed, wrong = Counter(), [], []
    for path in paths:
        marked = path.read_text(encoding="utf-8", errors="replace")
        truth = marked.split("\n")
        found_kinds = line_kinds(marked.replace("#sig#", ""))
        for n, ((kind, line), mark) in enumerate(zip(found_kinds, truth, strict=False), 1):
            if not line.strip():
                continue
            is_signature, found = mark.startswith("#sig#"), kind == "signature"
            counts.update(lines=1, marked=is_signature, found=found, right=is_signature and found)
            if is_signature != found:
                listed = missed if is_signature else wrong
                listed.append(f"{path.parent.name}/{path.name} line {n}")
    return LineScore(
        len(paths),
        counts["lines"],
        counts["marked"],
        counts["found"],
        counts["right"],
        round(counts["right"] / max(counts["found"], 1), 4),
        round(counts["right"] / max(counts["marked"], 1), 4),
        missed,
        wrong,
    )


def score_quotes(emails: dict[str, tuple[str, list[bool]]]) -> dict:
    """emails: name -> (text, is this line the writer's own?). Shares of lines, 0..1."""
    counts, errors = Counter(), []
    for name, (text, own) in emails.items():
        for (kind, line), is_own in zip(line_kinds(text), own, strict=True):
            if not line.strip():
                continue
            aside = kind in ("quoted", "header")
            counts.update(own=is_own, quoted=not is_own)
            counts.update(own_kept=is_own and not aside, set_aside=not is_own and kind != "body")
            if is_own == aside:
                errors.append(f"{name}: {kind}: {line.strip()[:80]}")
    return {
        "emails": len(emails),
        "quoted_lines": counts["quoted"],
        "quoted_lines_set_aside": round(counts["set_aside"] / counts["quoted"], 4),
        "own_lines": counts["own"],
        "own_lines_kept_apart_from_quotes": round(counts["own_kept"] / counts["own"], 4),
        "errors": errors,
    }


def reply_fixtures(folder: Path) -> dict[str, tuple[str, list[bool]]]:
    emails = {}
    for name, ranges in OWN_LINES.items():
        text = (folder / f"{name}.txt").read_text(encoding="utf-8")
        count = len(line_kinds(text))
        own = [any(a <= n <= b for a, b in ranges) for n in range(1, count + 1)]
        emails[name] = (text, own)
    return emails


def talon_replies(folder: Path) -> dict[str, tuple[str, list[bool]]]:
    """The plain bodies; in all of them the reply is "Hello", with or without a signature."""
    emails = {}
    for path in sorted(folder.glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
        text = message.get_body(("plain",)).get_content()
        own = [
            line.strip() in OWN_TALON or (path.stem == "sparrow" and line in SPARROW)
            for _, line in line_kinds(text)
        ]
        emails[path.name] = (text, own)
    return emails


def score_prose(sentences: list[str]) -> dict:
    """How many single sentences are not wholly body."""
    aside = [s for s in sentences if [part.kind for part in Email.split(s).parts] != ["body"]]
    return {"sentences": len(sentences), "not_body": len(aside), "examples": aside[:20]}


def _sentences(path: Path, limit: int = 10_000) -> list[str]:
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open()
    with opened as lines:
        return [line.strip() for line in islice(lines, limit) if line.strip()]


def report(data: Path) -> dict:
    emails = data / "emails"
    forge = sorted((emails / "forge" / "dataset").glob("*/*_body"))
    odd = [path for path in forge if int(path.name.split("_")[0]) % 2]
    even = [path for path in forge if path not in odd]
    seen = {path.read_bytes() for path in odd}
    unseen = [path for path in even if path.read_bytes() not in seen]  # forge has copies
    return {
        "command": "python -m training.mail_report",
        "signatures_forge_odd_tuned_on": asdict(score_signatures(odd)),
        "signatures_forge_even_held_out": asdict(score_signatures(even)),
        "signatures_forge_even_without_copies_of_odd": asdict(score_signatures(unseen)),
        "quotes_reply_fixtures": score_quotes(
            reply_fixtures(emails / "reply_fixtures" / "test" / "emails")
        ),
        "quotes_talon": score_quotes(
            talon_replies(emails / "talon" / "tests" / "fixtures" / "standard_replies")
        ),
        "prose_jfleg_dev": score_prose(_sentences(data / "eval" / "jfleg_dev" / "src.txt")),
        "prose_us_gov": score_prose(_sentences(data / "clean" / "us_gov_public_domain.txt.gz")),
        "prose_tatoeba": score_prose(_sentences(data / "clean" / "tatoeba_en.txt.gz")),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("results/mail"))
    options = parser.parse_args()
    result = report(options.data)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "report.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for name, scores in result.items():
        if isinstance(scores, dict):
            print(name, {k: v for k, v in scores.items() if not isinstance(v, list)})


if __name__ == "__main__":
    main()
