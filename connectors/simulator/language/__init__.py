"""Texts as customers and call-takers write them, with the truth about each.

Wording is data: ``topics.yml`` (the matter), ``phrases.yml`` (what surrounds it) and
``dialogue.yml`` (calls). Who writes, about what and in which mood is the caller's business.
"""

from connectors.simulator.language.drafting import People, Texts
from connectors.simulator.language.topics import TOPICS, Phrasing, Topic
from connectors.simulator.language.transcripts import transcripts
from connectors.simulator.language.work_orders import work_order_texts

__all__ = [
    "TOPICS",
    "People",
    "Phrasing",
    "Texts",
    "Topic",
    "transcripts",
    "work_order_texts",
]
