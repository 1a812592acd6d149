"""The measures of the tone report: accuracy, order, calibration, robustness, bias.

    from classifiers.measures import robustness; robustness(ToneScorer(), Path("../shared/data"))

Run by `python -m classifiers.report`; numpy is all they need.
"""

import random
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from classifiers import augment, corpora
from classifiers.calibrate import POLITENESS_WORDS, band_of, rank_correlation
from classifiers.corpora import Example
from classifiers.tone import Tone, ToneScorer, aggregate, politeness_word, sentiment_word

POLITE = [word for _, word in POLITENESS_WORDS]
PEOPLE = 400  # sentences about people for the bias check, none of them seen in training
NAME_GROUPS = {
    "Anglo, female": "Emily Hannah Chloe Linda Mary Susan",
    "Anglo, male": "James Connor Michael Patrick John Robert",
    "African American, female": "Latoya Keisha Imani Aaliyah Ebony Tanisha",
    "African American, male": "Jamal Tyrone Darnell DeShawn Malik Tremayne",
    "West African": "Chidi Nneka Kwame Amara Tunde Ngozi",
    "Arabic": "Mohammed Fatima Ahmed Aisha Yusuf Leila",
    "South Asian": "Priya Rajesh Sanjay Lakshmi Deepa Arjun",
    "East Asian": "Wei Mei Kenji Hiroshi Yuki Ling",
    "Slavic": "Olga Dmitri Svetlana Ivan Marek Katya",
    "Spanish": "Juan Guadalupe Carlos Sofia Alejandro Rosa",
}


def accuracy(scores: Sequence[float], rows: Sequence[Example]) -> float:
    """Share of rows whose score has the sign of their label (negative or positive)."""
    hits = [(score > 0) == (row.sentiment == 2) for score, row in zip(scores, rows, strict=True)]
    return sum(hits) / len(hits)


def macro_f1(found: Sequence[int], wanted: Sequence[int], classes: int = 3) -> float:
    """The mean of the classes' F1 scores."""
    return statistics.fmean(class_f1(found, wanted, one) for one in range(classes))


def class_f1(found: Sequence[int], wanted: Sequence[int], one: int) -> float:
    """The F1 score of class `one`; 0 where it is neither found nor wanted."""
    both = sum(a == b == one for a, b in zip(found, wanted, strict=True))
    named = sum(a == one for a in found) + sum(b == one for b in wanted)
    return 2 * both / named if named else 0.0


def best_cuts(scores: Sequence[float], rows: Sequence[Example]) -> tuple[float, float]:
    """The two cut points of a -1..1 score with the best macro-F1 on `rows`, from a coarse grid."""
    grid = [step / 20 for step in range(-16, 17, 2)]
    wanted = [row.sentiment for row in rows]
    pairs = [(low, high) for low in grid for high in grid if low <= high]
    return max(pairs, key=lambda cuts: macro_f1(classes_of(scores, cuts), wanted))


def classes_of(scores: Sequence[float], cuts: tuple[float, float]) -> list[int]:
    """0, 1 or 2 for each score: below, between or above the cuts."""
    return [(score > cuts[0]) + (score > cuts[1]) for score in scores]


def quartile_accuracy(scores: Sequence[float], rows: Sequence[Example]) -> float:
    """On the top and bottom quarter of the labels: share on the right side of the median score.

    The cut is the median score of all rows, which no label sets.
    """
    labels = sorted(row.politeness for row in rows)
    low, high = labels[len(labels) // 4 - 1], labels[-(len(labels) // 4)]
    cut = statistics.median(scores)
    hits = [
        (score > cut) == (row.politeness >= high)
        for score, row in zip(scores, rows, strict=True)
        if row.politeness <= low or row.politeness >= high
    ]
    return sum(hits) / len(hits)


def ordered(rate: Callable[[Sequence[str]], list[float]], pairs: Sequence[Example]) -> float:
    """Share of pairs whose politer version scores strictly higher."""
    above = rate([pair.text for pair in pairs])
    below = rate([pair.partner for pair in pairs])
    return sum(a > b for a, b in zip(above, below, strict=True)) / len(pairs)


def reliability(scores: Sequence[float], rows: Sequence[Example]) -> list[dict[str, float]]:
    """Ten bins of P(positive) = (1 + score) / 2: mean forecast, share positive, rows."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for score, row in zip(scores, rows, strict=True):
        odds = (1 + score) / 2
        bins.setdefault(min(9, int(10 * odds)), []).append((odds, row.sentiment == 2))
    return [
        {
            "forecast": round(statistics.fmean(odds for odds, _ in members), 4),
            "observed": round(statistics.fmean(hit for _, hit in members), 4),
            "rows": len(members),
        }
        for _, members in sorted(bins.items())
    ]


def politeness_curve(scores: Sequence[float], rows: Sequence[Example]) -> list[dict[str, float]]:
    """Ten bins of politeness scores with as many rows each: mean score against mean label."""
    order = sorted(zip(scores, (row.politeness for row in rows), strict=True))
    size = -(-len(order) // 10)
    return [
        {
            "score": round(statistics.fmean(score for score, _ in part), 4),
            "label": round(statistics.fmean(label for _, label in part), 4),
            "rows": len(part),
        }
        for part in (order[at : at + size] for at in range(0, len(order), size))
    ]


def calibration_error(bins: Sequence[dict[str, float]], found: str, wanted: str) -> float:
    """The mean gap of a curve's bins, weighted by their rows."""
    rows = sum(one["rows"] for one in bins)
    return sum(one["rows"] * abs(one[found] - one[wanted]) for one in bins) / rows


def words_right(scorer: ToneScorer) -> dict[str, float]:
    """How often the page's words are those of the labels, for test sentences and whole emails.

    One beside: the politeness word is the labelled one or its neighbour.
    """
    rows = [row for name in corpora.LABELLED for row in corpora.written(name, "test")]
    mails = corpora.written_rows("emails", "test")
    found = {
        "sentences": scorer.score([row.text for row in rows]),
        "emails": [scorer.email(row["sentences"]) for row in mails],
    }
    labels = {
        "sentences": [(row.sentiment, band_of(row.politeness)) for row in rows],
        "emails": [
            (corpora.SENTIMENTS.index(row["sentiment"]), band_of(row["politeness"]))
            for row in mails
        ],
    }
    shares = {}
    for kind, tones in found.items():
        pairs = list(zip(tones, labels[kind], strict=True))
        feeling = [
            sentiment_word(one.sentiment)[1] == corpora.SENTIMENTS[a] for one, (a, _) in pairs
        ]
        gaps = [abs(POLITE.index(politeness_word(one.politeness)[1]) - b) for one, (_, b) in pairs]
        shares[f"{kind}, sentiment"] = sum(feeling) / len(feeling)
        shares[f"{kind}, politeness"] = sum(gap == 0 for gap in gaps) / len(gaps)
        shares[f"{kind}, politeness or one beside"] = sum(gap <= 1 for gap in gaps) / len(gaps)
    return shares


def emails(scorer: ToneScorer) -> dict[str, dict[str, float]]:
    """How well ways to aggregate order the written test emails; and whether they find rudeness.

    rude F1: the email's politeness lies below -0.25, cut for each way where train and dev say.
    """
    rows = {part: corpora.written_rows("emails", part) for part in ("train", "dev", "test")}
    rows = {"fit": rows["train"] + rows["dev"], "test": rows["test"]}
    tones = {part: [scorer.score(row["sentences"]) for row in rows[part]] for part in rows}
    table = {}
    for name, way in WAYS.items():
        found = {part: [way(one) for one in tones[part]] for part in rows}
        wanted = {part: [row["politeness"] for row in rows[part]] for part in rows}
        polite = {part: [one.politeness for one in found[part]] for part in rows}
        feeling = [corpora.SENTIMENTS.index(row["sentiment"]) for row in rows["test"]]
        cut = max(
            sorted(polite["fit"]),
            key=lambda cut: class_f1(
                [int(score < cut) for score in polite["fit"]],
                [int(label < -0.25) for label in wanted["fit"]],
                1,
            ),
        )
        table[name] = {
            "politeness rho": rank_correlation(polite["test"], wanted["test"]),
            "rude F1": class_f1(
                [int(score < cut) for score in polite["test"]],
                [int(label < -0.25) for label in wanted["test"]],
                1,
            ),
            "politeness error": statistics.fmean(
                abs(a - b) for a, b in zip(polite["test"], wanted["test"], strict=True)
            ),
            "sentiment rho": rank_correlation([one.sentiment for one in found["test"]], feeling),
        }
    return table


def _mean(tones: Sequence[Tone]) -> Tone:
    return aggregate(tones, {"plain": 1e9, "negative": 1.0, "rude": 1.0})


def _worst(tones: Sequence[Tone]) -> Tone:
    return Tone(min(one.sentiment for one in tones), min(one.politeness for one in tones))


WAYS: dict[str, Callable[[Sequence[Tone]], Tone]] = {
    "plain mean": _mean,
    "worst sentence": _worst,
    "ours (aggregate)": aggregate,
}


def robustness(scorer: ToneScorer, folder: Path) -> dict[str, dict[str, float]]:
    """Mean absolute change of both scores when spelling, names or pronouns change."""
    rng = random.Random(20)
    own = [
        row.text for name in ("sentiment", "politeness") for row in corpora.written(name, "test")
    ]
    requests = [row.text for row in corpora.public(folder, "test")["tydip"]]
    people = people_sentences(folder)
    named = [f"Hi {rng.choice(augment.NAMES)}, {text[0].lower()}{text[1:]}" for text in own]
    lines = (folder / "pairs" / "harper_test_pairs.tsv").read_text("utf-8").splitlines()
    natural = [line.split("\t")[:2] for line in lines if line.count("\t") == 1][::4]
    cases = {
        "typing slips, written emails": [(text, augment.typo(text, rng)) for text in own],
        "typing slips, TyDiP requests": [(text, augment.typo(text, rng)) for text in requests],
        "native writers' errors (Harper)": [(right, wrong) for wrong, right in natural],
        "other name in the greeting": [(text, augment.swap_people(text, rng)) for text in named],
        "other names and pronouns": [(text, augment.swap_people(text, rng)) for text in people],
    }
    return {name: _change(scorer, pairs) for name, pairs in cases.items()}


def people_sentences(folder: Path) -> list[str]:
    """Sentences with names or gendered pronouns; training reads from Tatoeba's other half."""
    texts = corpora.plain_sentences(folder, "tatoeba_en", 10**6)
    texts = texts[len(texts) // 2 :: 47]
    return [text for text in texts if augment.has_people(text)][:PEOPLE]


def _change(scorer: ToneScorer, pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    before = scorer.score([text for text, _ in pairs])
    after = scorer.score([text for _, text in pairs])
    gaps = [b - a for a, b in zip(before, after, strict=True)]
    return {
        "sentiment": statistics.fmean(abs(gap.sentiment) for gap in gaps),
        "politeness": statistics.fmean(abs(gap.politeness) for gap in gaps),
        "sentiment, signed": statistics.fmean(gap.sentiment for gap in gaps),
        "politeness, signed": statistics.fmean(gap.politeness for gap in gaps),
        "texts": len(pairs),
    }


def names_table(scorer: ToneScorer) -> dict[str, dict[str, float]]:
    """Mean scores of the same written test sentences greeted with the names of each group."""
    texts = [row.text for row in corpora.written("politeness", "test")][::4]
    table = {}
    for group, names in NAME_GROUPS.items():
        greeted = [
            f"Dear {name}, {text[0].lower()}{text[1:]}" for name in names.split() for text in texts
        ]
        tones = scorer.score(greeted)
        table[group] = {
            "sentiment": statistics.fmean(one.sentiment for one in tones),
            "politeness": statistics.fmean(one.politeness for one in tones),
        }
    return table
