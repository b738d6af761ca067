"""Transcripts of calls as speech recognition writes them: a line a turn, 坐席 or 客户."""

from random import Random

import numpy as np

from connectors.simulator.language.drafting import (
    FIXED,
    PROVES_IDENTITY,
    People,
    Person,
    Piece,
    Texts,
    checked_topics,
    choose,
    fill,
    misspell,
    persons,
    pick,
    streams,
)
from connectors.simulator.language.topics import TOPICS, Phrasing, Topic, load

_AGENT, _CUSTOMER = "坐席", "客户"
_MISHEARD = 0.6
_HESITATION = ("嗯，", "那个，", "呃，", "就是说，", "啊，", "这个这个，")


def transcripts(
    rng: np.random.Generator, topic: np.ndarray, mood: np.ndarray, who: People
) -> Texts:
    """One call of 6 to 20 lines an entry; the same generator state gives the same calls.

    ``topic`` holds places in TOPICS, ``mood`` is -1 to 1. ``has_typo`` marks recognition errors.
    Raises ``ValueError`` if lengths differ or a topic is unknown.
    """
    topics = checked_topics(topic)
    who.check(len(topics))
    texts = Texts()
    rows = zip(
        streams(rng, len(topics)),
        topics,
        np.asarray(mood).tolist(),
        persons(who, spoken=True),
        strict=True,
    )
    for random, place, feeling, person in rows:
        main = choose(random, place, feeling, ("customer",))
        call = _Call(random, person)
        call.hold(TOPICS[place], main, feeling)
        errors = 1 + int(3 * random.random())
        misheard = random.random() < _MISHEARD and misspell(call.pieces, random, errors)
        texts.add(call.pieces, main, None, misheard)
    return texts


class _Call:
    """A call that grows turn by turn."""

    def __init__(self, random: Random, person: Person):
        self.random, self.person = random, person
        self.pieces: list[Piece] = []

    def say(self, speaker: str, template: str, vague: str | None = None) -> None:
        """One line."""
        start = f"{speaker}：" if not self.pieces else f"\n{speaker}："
        self.pieces.append((start, FIXED))
        if speaker == _CUSTOMER and self.random.random() < 0.2:
            self.pieces.append((pick(self.random, _HESITATION), ""))
        fill(self.pieces, self.random, template, self.person, vague)
        # Recognition drops the mark at a turn's end about as often as it sets it.
        if self.random.random() < 0.5 and self.pieces[-1][0][-1] not in "。！？":
            self.pieces.append(("。", ""))

    def exchange(self, question: str, answer: str) -> None:
        """A question and its answer."""
        self.say(_AGENT, question)
        self.say(_CUSTOMER, answer)

    def hold(self, topic: Topic, main: Phrasing, mood: float) -> None:
        """The whole call."""
        random, lines = self.random, load("dialogue")
        talk = lines["talks"][topic.talk]
        self.say(_AGENT, pick(random, lines["greeting"]))
        opening = pick(random, lines["opening"])
        # The address follows when asked for, not in the first breath.
        self.say(_CUSTOMER, f"{opening}，{main.text}" if opening else main.text, "customer")
        verified = self._verify(topic)
        questions = list(talk["ask"])
        random.shuffle(questions)
        asked = int(3 * random.random())
        # Even a call from nobody known is more than a greeting.
        for question, *answers in questions[: asked if verified else max(asked, 1)]:
            self.exchange(question, pick(random, answers))
        if mood < -0.3 and random.random() < 0.7:
            kind = "furious" if mood < -0.6 else "unhappy"
            self.say(_CUSTOMER, pick(random, load("phrases")["mood"][kind]["customer"]))
            self.say(_AGENT, pick(random, lines["soothe"]))
        reaction = "bad" if mood < -0.3 else "good" if mood > 0.25 else "even"
        self.exchange(pick(random, talk["resolve"]), pick(random, lines["reaction"][reaction]))
        if random.random() < 0.5:
            self.exchange(pick(random, lines["anything"]), pick(random, lines["nothing"]))
        self.say(_AGENT, pick(random, lines["closing"]))

    def _verify(self, topic: Topic) -> bool:
        """Ask who calls; whether anything was asked."""
        random, lines = self.random, load("dialogue")
        kinds = ["account_no", "phone", "name", "address"]
        if self.person.id_no and topic.talk in PROVES_IDENTITY:
            kinds.append("id_no")
        random.shuffle(kinds)
        # Who reports a thief gives no name.
        asked = kinds[: (0 if topic.talk == "report" else 1) + int(2 * random.random())]
        for kind in asked:
            verify = lines["verify"][kind]
            answers = verify["answer"]
            if kind == "name" and self.person.is_firm:
                answers = lines["firm_answer"]
            question = pick(random, verify["ask"])
            if kind == asked[0]:
                question = f"{pick(random, lines['ack'])}，{question}"
            self.exchange(question, pick(random, answers))
        if asked and random.random() < 0.4:
            self.exchange(self._repetition(asked), pick(random, lines["confirm"]))
        return bool(asked)

    def _repetition(self, asked: list[str]) -> str:
        """The call-taker repeats only what was said."""
        said = [
            line
            for line in load("dialogue")["repeat"]
            if any(f"{{{'titled' if kind == 'name' else kind}}}" in line for kind in asked)
        ]
        return pick(self.random, said) if said else "好的，我这边核对到了"
