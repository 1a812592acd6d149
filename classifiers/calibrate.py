"""Set on data what stands beside the weights: temperature, words' thresholds, the email's weights.

    calibrate(Path("../shared/data"), Path("classifiers/weights"))

Called by `python -m classifiers.train`. Uses only the dev parts, which neither training nor the
reported scores touch, and writes classifiers/weights/calibration.json.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from classifiers import corpora, tone
from classifiers.tone import Tone, ToneScorer, aggregate

SENTIMENT_WORDS = (("🙁", "negative"), ("😐", "neutral"), ("🙂", "positive"))
POLITENESS_WORDS = (
    ("😠", "rude"),
    ("😕", "slightly rude"),
    ("😐", "neutral"),
    ("🙂", "polite"),
    ("😇", "very polite"),
)
# What an email's plain sentences weigh: too little, and one "thank you" makes a neutral email glad.
PLAINS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
FACTORS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
# Upper ends of the labels' bands: what a reader would call -0.3 is "slightly rude".
POLITENESS_BANDS = (-0.45, -0.15, 0.25, 0.65)
SENTIMENT_BANDS = (-1 / 3, 1 / 3)
SOFT = 0.1  # how far from a cut point a score counts as clearly on one side
Scored = list[tuple[float, int]]  # a score and the place of the word that its label calls for
SHRINK = 20  # a cut point moves half way from its band's end for as many rows on its rarer side


def calibrate(folder: Path, weights: Path, source: str = "folder") -> dict:
    """Fit everything on the dev parts, write calibration.json and return what it holds."""
    body = {"temperature": 1.0, "email": {}, "sentiment_words": [], "politeness_words": []}
    _store(body, weights)
    body["temperature"] = _temperature(folder, weights, source)
    _store(body, weights)
    body |= _fitted(ToneScorer(weights))
    _store(body, weights)
    return body


def _fitted(scorer: ToneScorer) -> dict:
    """The email's weights and the words' ends whose words lie nearest to those of the labels."""
    rows = [row for name in corpora.LABELLED for row in corpora.written(name, "dev")]
    tones = scorer.score([row.text for row in rows])
    mails = [row for part in ("train", "dev") for row in corpora.written_rows("emails", part)]
    scored = [scorer.score(row["sentences"]) for row in mails]
    labels = [(corpora.SENTIMENTS.index(row["sentiment"]), row["politeness"]) for row in mails]

    def tried(plain: float) -> tuple[float, dict]:
        weights = _email_weights(scored, labels, plain)
        whole = [aggregate(one, weights) for one in scored]
        feeling = [
            [(one.sentiment, row.sentiment) for one, row in zip(tones, rows, strict=True)],
            [(one.sentiment, place) for one, (place, _) in zip(whole, labels, strict=True)],
        ]
        manners = [
            [
                (one.politeness, band_of(row.politeness))
                for one, row in zip(tones, rows, strict=True)
            ],
            [
                (one.politeness, band_of(label))
                for one, (_, label) in zip(whole, labels, strict=True)
            ],
        ]
        body = {
            "email": weights,
            "sentiment_words": _bands(feeling, SENTIMENT_WORDS, SENTIMENT_BANDS),
            "politeness_words": _bands(manners, POLITENESS_WORDS, POLITENESS_BANDS),
        }
        away = _words_away(feeling, body["sentiment_words"])
        return away + _words_away(manners, body["politeness_words"]), body

    return min(map(tried, PLAINS), key=lambda found: found[0])[1]


def band_of(politeness: float) -> int:
    """The place in POLITENESS_WORDS that a labelled politeness belongs to."""
    return sum(politeness > end for end in POLITENESS_BANDS)


def rank_correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Spearman's rho, ties sharing their mean rank; 0 where one side is constant."""
    import numpy as np

    ranks = [_ranks(np.asarray(side, float)) for side in (left, right)]
    if any(side.std() == 0 for side in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def _ranks(values):
    import numpy as np

    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def _store(body: dict, weights: Path) -> None:
    text = json.dumps(body, ensure_ascii=False, indent=2)
    (weights / "calibration.json").write_text(text + "\n", "utf-8")
    tone.settings.cache_clear()


def _temperature(folder: Path, weights: Path, source: str) -> float:
    """What to divide the sentiment logits by for the least log loss on SST-2 dev."""
    import numpy as np

    scorer = ToneScorer(weights)
    rows = corpora.public(folder, "dev", source)["sst2"][::5]
    logits = scorer.logits([row.text for row in rows])[0][:, [0, 2]]
    wanted = np.array([row.sentiment == 2 for row in rows]).astype(int)

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        total = np.logaddexp(scaled[:, 0], scaled[:, 1])
        return float((total - scaled[np.arange(len(wanted)), wanted]).mean())

    return min((round(0.5 + 0.05 * step, 2) for step in range(61)), key=loss)


def _bands(groups: Sequence[Scored], words, ends: Sequence[float]) -> list[dict]:
    """The words with the upper ends of their scores, which never fall from word to word.

    Each cut point has the least all-threshold logistic loss (Rennie and Srebro 2005). Groups count
    alike, and so do the words inside a group, or a rare word would hardly ever be said. Little
    data leaves a cut near the end of the labels' band.
    """
    weighted = _weighted(groups)
    cuts = [_cut(weighted, place, ends[place]) for place in range(len(words) - 1)]
    cuts = [max(cuts[: at + 1]) for at in range(len(cuts))]
    return [
        {"below": end, "emoji": emoji, "word": word}
        for end, (emoji, word) in zip([*(round(cut, 3) for cut in cuts), 9.0], words, strict=True)
    ]


def _weighted(groups: Sequence[Scored]) -> list[tuple[float, int, float]]:
    """(score, place, weight) of all rows; the weights of a word's rows in a group sum to 1."""
    return [
        (score, place, 1 / sum(place == other for _, other in rows))
        for rows in groups
        for score, place in rows
    ]


def _words_away(groups: Sequence[Scored], bands: list[dict]) -> float:
    """How many words a score's word lies from its label's, in the mean over groups and words."""
    rows = _weighted(groups)
    ends = [band["below"] for band in bands]
    gaps = [
        weight * abs(sum(score >= end for end in ends) - place) for score, place, weight in rows
    ]
    return math.fsum(gaps) / math.fsum(weight for *_, weight in rows)


def _cut(rows: list[tuple[float, int, float]], place: int, end: float) -> float:
    """Where to part labels up to `place` from those above, drawn towards `end`."""
    import numpy as np

    scores, places, weights = (np.array(column, float) for column in zip(*rows, strict=True))
    side = np.where(places > place, 1.0, -1.0)
    rarer = min((side > 0).sum(), (side < 0).sum())
    if not rarer:
        return end
    grid = np.linspace(-1, 1, 401)
    losses = np.logaddexp(0, -side * (scores - grid[:, None]) / SOFT) @ weights
    return float((rarer * grid[losses.argmin()] + SHRINK * end) / (rarer + SHRINK))


def _email_weights(
    scored: list[list[Tone]], labels: list[tuple[int, float]], plain: float
) -> dict[str, float]:
    """The weights of tone.aggregate with `plain`: best order less mean error on these emails.

    labels: index into SENTIMENTS and politeness. Negative, neutral and positive emails count alike
    in the error, however many there are.
    """
    feelings = [feeling - 1 for feeling, _ in labels]
    wanted = {"sentiment": feelings, "politeness": [polite for _, polite in labels]}
    share = [1 / feelings.count(one) / len(set(feelings)) for one in feelings]

    def gain(side: str, name: str, factor: float) -> float:
        weights = {"plain": plain, "negative": 1.0, "rude": 1.0, name: factor}
        found = [getattr(aggregate(tones, weights), side) for tones in scored]
        gaps = [abs(a - b) for a, b in zip(found, wanted[side], strict=True)]
        error = math.fsum(gap * part for gap, part in zip(gaps, share, strict=True))
        return rank_correlation(found, wanted[side]) - error

    return {
        "plain": plain,
        "negative": max(FACTORS, key=lambda factor: gain("sentiment", "negative", factor)),
        "rude": max(FACTORS, key=lambda factor: gain("politeness", "rude", factor)),
    }
