"""Texts of work orders: a matter, perhaps a second, and what people put around them."""

from random import Random

import numpy as np

from connectors.simulator.language.drafting import (
    PROVES_IDENTITY,
    People,
    Person,
    Piece,
    Texts,
    checked_topics,
    choose,
    choose_second,
    fields,
    fill,
    misspell,
    persons,
    pick,
    streams,
)
from connectors.simulator.language.topics import TOPICS, Phrasing, Topic, load

_PERSONAL = 0.33  # the rest of the 35 % names somebody in the phrasing itself
_TYPO = 0.12
_ENDS = "。！？…，：；、】"


def work_order_texts(
    rng: np.random.Generator,
    topic: np.ndarray,
    mood: np.ndarray,
    urgent: np.ndarray,
    who: People,
    extra_topic: np.ndarray,
) -> Texts:
    """One text an entry; the same generator state gives the same texts.

    ``topic`` and ``extra_topic`` are places in TOPICS (no second matter: -1), ``mood`` is -1 to 1.
    Raises ``ValueError`` if lengths differ or a topic is unknown.
    """
    topics, extras = checked_topics(topic), checked_topics(extra_topic, lowest=-1)
    who.check(len(topics))
    texts = Texts()
    rows = zip(
        streams(rng, len(topics)),
        topics,
        np.asarray(mood).tolist(),
        np.asarray(urgent).tolist(),
        persons(who),
        extras,
        strict=True,
    )
    for random, place, feeling, is_urgent, person, second in rows:
        main = choose(random, place, feeling)
        extra = choose_second(random, second, main.voice) if second >= 0 else None
        pieces = _write(random, TOPICS[place], main, extra, feeling, is_urgent, person)
        has_typo = random.random() < _TYPO and misspell(pieces, random, _errors(random))
        texts.add(pieces, main, extra, has_typo)
    return texts


def _errors(random: Random) -> int:
    return 1 if random.random() < 0.7 else 2


def _write(
    random: Random,
    topic: Topic,
    main: Phrasing,
    extra: Phrasing | None,
    mood: float,
    is_urgent: bool,
    person: Person,
) -> list[Piece]:
    voice = main.voice
    gives_data = random.random() < _PERSONAL
    # Haste and personal data go before or after the matter.
    early, late = [], []
    if gives_data and ("address" not in fields(main.text) or random.random() < 0.5):
        (early if random.random() < 0.35 else late).append(_personal(random, topic, voice, person))
    if is_urgent:
        (early if random.random() < 0.3 else late).append(_haste(random, topic, voice, person))

    if random.random() < 0.2:
        aside = pick(random, load("phrases")["aside"][voice])
        (early if random.random() < 0.5 else late).append(aside)

    segments: list[tuple[str, bool]] = [(template, False) for template in early]
    if random.random() < (0.35 if voice == "customer" else 0.2):
        segments.insert(0, (pick(random, load("phrases")["greeting"][voice]), False))
    segments.append((main.text, not gives_data))
    if extra:
        segments.append((pick(random, load("phrases")["joining"][voice]), False))
        segments.append((extra.text, True))
    for template in (*late, *_feeling(random, voice, mood)):
        segments.append((template, False))
    if random.random() < (0.2 if voice == "customer" else 0.45):
        segments.append((pick(random, load("phrases")["closing"][voice]), False))

    pieces: list[Piece] = []
    for template, hides in segments:
        if pieces and pieces[-1][0][-1] not in _ENDS:
            pieces.append((_mark(random), ""))
        fill(pieces, random, template, person, voice if hides else None)
    if random.random() < 0.6 and pieces[-1][0][-1] not in _ENDS:
        pieces.append(("。", ""))
    return pieces


def _mark(random: Random) -> str:
    roll = random.random()
    return "，" if roll < 0.55 else "。" if roll < 0.9 else " "


def _personal(random: Random, topic: Topic, voice: str, person: Person) -> str:
    lists = load("phrases")["personal"]
    if person.id_no and topic.talk in PROVES_IDENTITY and random.random() < 0.25:
        return pick(random, lists["identity"])
    return pick(random, (lists["firm"] if person.is_firm else lists)[voice])


def _haste(random: Random, topic: Topic, voice: str, person: Person) -> str:
    kind = "generic" if random.random() < 0.3 else topic.rush
    if kind == "supply" and person.is_firm:
        kind = "supply_firm"
    return pick(random, load("phrases")["urgent"][kind][voice])


def _feeling(random: Random, voice: str, mood: float) -> list[str]:
    # People who feel strongly mostly, but not always, say so.
    if random.random() > (0.8 if abs(mood) > 0.25 else 0.0):
        return []
    kind = "pleased" if mood > 0 else "furious" if mood < -0.6 else "unhappy"
    return [pick(random, load("phrases")["mood"][kind][voice])]
