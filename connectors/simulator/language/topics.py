"""The matters customers come with, and how they put them (topics.yml)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_TONES = {"agent": 0, "plain": 0, "angry": -1, "polite": 1}


@cache
def load(name: str):
    """A YAML file of this package; shared, so nobody may change it."""
    path = Path(__file__).with_name(f"{name}.yml")
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_OneKeyOnce)


class _OneKeyOnce(yaml.SafeLoader):
    """PyYAML would let the later of two equal keys win in silence, and a phrasing be lost."""

    def construct_mapping(self, node, deep=False):
        """Refuse a key that is there twice."""
        keys = [key.value for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise ValueError(f"the same key twice in {sorted(keys)}: {node.start_mark}")
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Phrasing:
    """One way to put a matter; ``text`` holds placeholders such as {amount}."""

    id: str
    text: str
    voice: str  # agent or customer
    tone: int  # -1 angry, 0, 1 polite


@dataclass(frozen=True)
class Topic:
    """One matter with its place in the three-level taxonomy and what it gives away."""

    code: str
    category_1: str
    category_2: str
    category_3: str
    need: str | None  # product or risk code
    base_urgency: int  # 0 routine, 1 soon, 2 at once
    base_sentiment: float  # mean mood, -1 to 1
    audience: str  # any, home or firm
    rush: str  # which reasons for haste fit
    talk: str  # which questions a call-taker asks
    phrasings: tuple[Phrasing, ...]


def _topic(row: dict) -> Topic:
    phrasings = tuple(
        Phrasing(
            id=f"{row['code']}.{key}",
            text=text,
            voice="agent" if group == "agent" else "customer",
            tone=_TONES[group],
        )
        for group, texts in row["phrasings"].items()
        for key, text in texts.items()
    )
    return Topic(
        row["code"],
        *row["category"],
        need=row["need"],
        base_urgency=row["urgency"],
        base_sentiment=row["sentiment"],
        audience=row["audience"],
        rush=row["rush"],
        talk=row["talk"],
        phrasings=phrasings,
    )


TOPICS: tuple[Topic, ...] = tuple(_topic(row) for row in load("topics"))
