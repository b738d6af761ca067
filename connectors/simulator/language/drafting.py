"""Texts in the making: pieces of wording and of personal data, and the errors of typing.

A text is a list of pieces (string, kind). Kind is "" for wording, which errors may hit, ``FIXED``
for wording they may not, else the kind of personal data. Spans are counted when the pieces are put
together, so they are exact whatever happened before.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random

import numpy as np

from connectors.simulator.language.topics import TOPICS, Phrasing, load

FIXED = "fixed"
KINDS = ("name", "phone", "address", "account_no", "id_no")
Piece = tuple[str, str]
# Talks (topics.yml) in which the branch asks for an identity number.
PROVES_IDENTITY = frozenset({"apply", "paper"})

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
_SPOKEN_RADIO = str.maketrans("0123456789", "零幺二三四五六七八九")
# No personal name is longer; what is, is a firm's.
_LONGEST_NAME = 4
_PERSONAL_FIELDS = {
    "name": "name", "family": "name", "titled": "name", "phone": "phone", "address": "address",
    "account_no": "account_no", "id_no": "id_no",
}  # fmt: skip
_PLAIN, _ANGRY, _POLITE = 0, 1, 2


@dataclass
class People:
    """Who writes, one entry a text. Without ``id_no`` no text holds an identity number."""

    name: Sequence[str]
    phone: Sequence[str]
    address: Sequence[str]
    account_no: Sequence[str]
    id_no: Sequence[str] | None = None

    def check(self, count: int) -> None:
        """Raise ``ValueError`` unless there is one person for each of ``count`` texts."""
        for kind in KINDS:
            values = getattr(self, kind)
            if values is not None and len(values) != count:
                raise ValueError(f"{len(values)} values of {kind} for {count} texts")


@dataclass
class Texts:
    """Texts with the truth, one entry a text.

    ``personal`` holds (start, end, kind) in order: ``text[start:end]`` is the value as written,
    perhaps in part (a family name with title) or in another script (full-width digits).
    """

    text: list[str] = field(default_factory=list)
    phrasing_id: list[str] = field(default_factory=list)
    extra_phrasing_id: list[str | None] = field(default_factory=list)
    personal: list[list[tuple[int, int, str]]] = field(default_factory=list)
    has_typo: list[bool] = field(default_factory=list)

    def add(
        self, pieces: list[Piece], phrasing: Phrasing, extra: Phrasing | None, has_typo: bool
    ) -> None:
        """Put the pieces together."""
        spans, at = [], 0
        for string, kind in pieces:
            if kind and kind != FIXED:
                spans.append((at, at + len(string), kind))
            at += len(string)
        self.text.append("".join(string for string, _ in pieces))
        self.phrasing_id.append(phrasing.id)
        self.extra_phrasing_id.append(extra.id if extra else None)
        self.personal.append(spans)
        self.has_typo.append(has_typo)


def streams(rng: np.random.Generator, count: int):
    """A stream for each text, so that a text depends on its place and its own arguments only.

    It is one object, seeded again: use it before taking the next.
    """
    random = Random()
    for seed in rng.integers(2**63, size=count).tolist():
        random.seed(seed)
        yield random


def pick(random: Random, choices: Sequence):
    """One of them; ``Random.choice`` takes four times as long."""
    return choices[int(random.random() * len(choices))]


def checked_topics(topic: np.ndarray, lowest: int = 0) -> list[int]:
    """Places in TOPICS; raises ``ValueError`` for what is none."""
    values = np.asarray(topic)
    if values.size and not (lowest <= values.min() and values.max() < len(TOPICS)):
        raise ValueError(f"topics must be {lowest} to {len(TOPICS) - 1}")
    return values.tolist()


@cache
def split(template: str) -> tuple[tuple[str, str], ...]:
    """Pairs of wording and the placeholder that follows it, "" at the end."""
    parts = re.split(r"\{(\w+)\}", template)
    return tuple(zip(parts[::2], [*parts[1::2], ""], strict=True))


@cache
def fields(template: str) -> frozenset[str]:
    """The placeholders."""
    return frozenset(name for _, name in split(template) if name)


@cache
def _phrasings(topic: int, mood: int, voices: tuple[str, ...]) -> list[Phrasing]:
    found = [each for each in TOPICS[topic].phrasings if each.voice in voices]
    plain = [each for each in found if each.tone == 0]
    if mood == _PLAIN:
        return plain
    tone = -1 if mood == _ANGRY else 1
    # Marked wording is rare in the lists, common in such moods.
    return plain + 3 * [each for each in found if each.tone == tone]


def choose(
    random: Random, topic: int, mood: float, voices: tuple[str, ...] = ("agent", "customer")
) -> Phrasing:
    """A phrasing of the topic that fits the mood."""
    level = _ANGRY if mood < -0.3 else _POLITE if mood > 0.25 else _PLAIN
    return pick(random, _phrasings(topic, level, voices))


@cache
def _brief(topic: int, voice: str) -> list[Phrasing]:
    anonymous = [
        each
        for each in _phrasings(topic, _PLAIN, (voice,))
        if not fields(each.text) & {"name", "account_no"}
    ]
    return sorted(anonymous, key=lambda each: len(each.text))[: (len(anonymous) + 1) // 2]


def choose_second(random: Random, topic: int, voice: str) -> Phrasing:
    """A phrasing for what is mentioned along with the matter: short, calm and naming nobody."""
    return pick(random, _brief(topic, voice))


@dataclass
class Person:
    """One of the people, and how such data are written: typed, or spoken and recognised."""

    name: str
    phone: str
    address: str
    account_no: str
    id_no: str | None
    spoken: bool = False

    @property
    def is_firm(self) -> bool:
        """Whether the name is a firm's."""
        return len(self.name) > _LONGEST_NAME

    def written(self, random: Random, what: str) -> str:
        """A value of a personal field in one of its manners."""
        return _MANNERS[what](random, self)


def persons(who: People, spoken: bool = False):
    """The people one by one."""
    nobody = [None] * len(who.name)
    for values in zip(
        who.name, who.phone, who.address, who.account_no, who.id_no or nobody, strict=True
    ):
        yield Person(*values, spoken=spoken)


def _titled(random: Random, person: Person) -> str:
    if person.is_firm:
        return person.name
    return person.name[0] + pick(random, load("phrases")["title"])


def _grouped(value: str, sizes: tuple[int, ...], mark: str) -> str:
    groups, at = [], 0
    for size in sizes:
        groups.append(value[at : at + size])
        at += size
    return mark.join(group for group in [*groups, value[at:]] if group)


def _digits(random: Random, value: str, sizes: tuple[int, ...], spoken: bool) -> str:
    roll = random.random()
    if spoken:
        if roll < 0.3:
            return value.translate(_SPOKEN_RADIO)
        if roll < 0.5:
            return value.translate(_SPOKEN)
        return _grouped(value, sizes, "，") if roll < 0.6 else value
    if roll < 0.55:
        return value
    if roll < 0.72:
        return _grouped(value, sizes, " ")
    if roll < 0.86:
        return _grouped(value, sizes, "-")
    return value.translate(_FULL_WIDTH)


def _address(random: Random, person: Person) -> str:
    value = person.address
    if random.random() < 0.35:
        # People who write to their own branch leave out town and district.
        district = re.match(r".{2,8}?[区县](?=.{4})", value)
        return value[district.end() :] if district else value
    return value


_MANNERS: dict[str, Callable[[Random, Person], str]] = {
    "name": lambda random, person: person.name,
    "family": lambda random, person: person.name if person.is_firm else person.name[0],
    "titled": _titled,
    "phone": lambda random, person: _digits(random, person.phone, (3, 4), person.spoken),
    "address": _address,
    "account_no": lambda random, person: _digits(
        random, person.account_no, (4, 4, 4), person.spoken
    ),
    "id_no": lambda random, person: _digits(random, person.id_no, (6, 8), person.spoken),
}


def _number(low: float, high: float, step: int = 1) -> Callable[[Random], str]:
    # Small values are more common than large ones.
    return lambda random: str(int((low + (high - low) * random.random() ** 2) / step) * step)


def _amount_large(random: Random) -> str:
    value = 1 + 40 * random.random() ** 2
    return f"{value:.1f}万" if random.random() < 0.5 else f"{int(value)}万多"


_SIZES = ("200", "250", "315", "400", "500", "630", "800", "1000", "1250", "1600", "2000")
_VALUES: dict[str, Callable[[Random], str]] = {
    "amount": _number(230, 1900),
    "amount_large": _amount_large,
    "days": _number(7, 60),
    "hours": _number(2, 14),
    "count": _number(3, 9),
    "kw": _number(8, 60),
    "kwh": _number(310, 3200),
    "kva": lambda random: pick(random, _SIZES),
    "month": lambda random: f"{1 + int(12 * random.random())}月份",
    "time": lambda random: pick(random, load("phrases")["time"]),
}


def fill(
    pieces: list[Piece], random: Random, template: str, person: Person, vague: str | None = None
) -> None:
    """Append the template's pieces; ``vague``, a voice, puts a vague place for the address."""
    values: dict[str, Piece] = {}
    for wording, name in split(template):
        if wording:
            pieces.append((wording, ""))
        if not name:
            continue
        # The same hours, said twice, stay the same.
        if name not in values:
            if name == "address" and vague:
                values[name] = (pick(random, load("phrases")["vague_address"][vague]), "")
            elif name in _PERSONAL_FIELDS:
                values[name] = (person.written(random, name), _PERSONAL_FIELDS[name])
            else:
                values[name] = (_VALUES[name](random), "")
        pieces.append(values[name])


@cache
def _misspellings() -> tuple[re.Pattern, dict[str, list[str]]]:
    table = load("phrases")["typo"]
    # "的" and the like are everywhere: they come last, that the longer word wins.
    words = sorted(table, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words))), table


def _wrong_word(random: Random, text: str) -> str:
    pattern, table = _misspellings()
    found = list(pattern.finditer(text))
    if not found:
        return text
    match = pick(random, found)
    return text[: match.start()] + pick(random, table[match.group()]) + text[match.end() :]


def _wrong_character(random: Random, text: str) -> str:
    if len(text) < 3:
        return text
    at = int(random.random() * (len(text) - 1))
    roll = random.random()
    if roll < 0.5:
        return text[:at] + text[at + 1 :]
    if roll < 0.75:
        return text[:at] + text[at] + text[at:]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


_WRONG_MARKS = {"，": (",", "", "，，", "、"), "。": ("", ".", "。。"), "？": ("", "?", "？？？")}


def _wrong_mark(random: Random, text: str) -> str:
    found = [at for at, character in enumerate(text) if character in _WRONG_MARKS]
    if not found:
        return text
    at = pick(random, found)
    return text[:at] + pick(random, _WRONG_MARKS[text[at]]) + text[at + 1 :]


def misspell(pieces: list[Piece], random: Random, count: int) -> bool:
    """Make up to ``count`` errors in the wording; whether there is any."""
    places = [at for at, (string, kind) in enumerate(pieces) if not kind and len(string) > 1]
    before = {at: pieces[at][0] for at in places}
    made = 0
    # A piece may hold nothing that an error fits.
    for _ in range(4 * count):
        if made == count or not places:
            break
        at, roll = pick(random, places), random.random()
        error = _wrong_word if roll < 0.6 else _wrong_character if roll < 0.85 else _wrong_mark
        string = pieces[at][0]
        wrong = error(random, string)
        if wrong != string:
            pieces[at] = (wrong, "")
            made += 1
    # A second error may undo the first.
    return any(pieces[at][0] != string for at, string in before.items())
