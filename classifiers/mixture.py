"""What the tone encoder reads in a run: which texts, how often, in which varied form.

from classifiers.mixture import Settings, mixture
mixture(Path("../shared/data"), Settings(sst2_visits=0.5))
"""

import random
from dataclasses import dataclass, replace
from pathlib import Path

from classifiers import augment, corpora
from classifiers.corpora import Example


@dataclass(frozen=True)
class Settings:
    """How the encoder is trained; every default stands here and nowhere else."""

    rate: float = 1.0e-4
    head_rate: float = 5.0e-4
    warmup: float = 0.06
    averaging: float = 0.99  # how much of the mean of the weights each step keeps
    batch_tokens: int = 2048
    max_length: int = 64
    sst2_visits: float = 4.0  # how often each text of a set is read
    goemotions_visits: float = 1.5
    tydip_visits: float = 10.0
    written_visits: float = 10.0
    toxic: int = 2500  # pairs of ParaDetox
    people: int = 1500  # sentences about people, each with its twin of other names and pronouns
    typo_share: float = 0.12
    twin_share: float = 0.25
    sameness: float = 6.0
    politeness_weight: float = 4.0
    minutes: float = 0.0  # 0: as long as the steps take; else the schedule ends by then
    threads: int = 0  # 0: as many as torch chooses
    start: str = ""  # go on from an earlier run's tone.safetensors
    seed: int = 0


def mixture(folder: Path, settings: Settings, source: str = "folder") -> list[Example]:
    """One whole run's examples in random order, each repeated as often as it is visited."""
    rng = random.Random(settings.seed)
    sets = corpora.public(folder, "train", source)
    texts = repeat(sets["sst2"], settings.sst2_visits, rng)
    texts += repeat(sets["goemotions"], settings.goemotions_visits, rng)
    texts += repeat(sets["tydip"], settings.tydip_visits, rng)
    own = [row for name in corpora.LABELLED for row in corpora.written(name, "train")]
    texts += repeat(own + corpora.written_pairs("train"), settings.written_visits, rng)
    if source == "folder":
        toxic = corpora.toxic_pairs(folder)
        texts += rng.sample(toxic, min(settings.toxic, len(toxic)))
        spoken = corpora.plain_sentences(folder, "tatoeba_en", 40 * settings.people)
        people = [text for text in spoken if augment.has_people(text)]
        texts += [Example(text) for text in people[: settings.people]]
    rng.shuffle(texts)
    return [vary(example, settings, rng) for example in texts]


def repeat(rows: list[Example], visits: float, rng: random.Random) -> list[Example]:
    """`rows` taken `visits` times; a fraction left over is a random sample."""
    whole = int(visits)
    return rows * whole + rng.sample(rows, round((visits - whole) * len(rows)))


def vary(example: Example, settings: Settings, rng: random.Random) -> Example:
    """One visit's form of an example: a typing slip, or a twin that has to score the same."""
    if example.partner is not None:
        return example
    people = augment.has_people(example.text)
    if example.sentiment is None and example.politeness is None:
        return replace(example, partner=augment.swap_people(example.text, rng), relation="same")
    if example.source != "sst2" and rng.random() < settings.twin_share:
        changed = augment.swap_people if people else augment.typo
        return replace(example, partner=changed(example.text, rng), relation="same")
    if rng.random() < settings.typo_share:
        return replace(example, text=augment.typo(example.text, rng))
    if people and rng.random() < 0.5:
        return replace(example, text=augment.swap_people(example.text, rng))
    return example
