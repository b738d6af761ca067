"""Redacted text, measured on simulated texts of whom the records know half, and those wrongly."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import contract
from connectors.simulator import people
from connectors.simulator.language import TOPICS, People, transcripts, work_order_texts
from orchestration.workspace import Workspace

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LANDED = date(2026, 6, 30)
TEXTS = 6_000
# What redaction puts in the place of what it takes.
LABELS = re.compile(r"\[(?:电话|姓名|地址|户号|号码|证件号|银行卡|邮箱|单位)\]")
SAME_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ－＠．　", "0123456789Xx-@. ")
pytestmark = pytest.mark.slow


@dataclass
class Measured:
    """What became of personal data and of the rest, by kind."""

    spans: dict[str, int] = field(default_factory=dict)
    leaked: dict[str, list[str]] = field(default_factory=dict)
    harmless: int = 0
    harmless_gone: int = 0

    def recall(self, kind: str | None = None) -> float:
        """Share of personal values of which nothing is left."""
        kinds = [kind] if kind else list(self.spans)
        lost = sum(len(self.leaked.get(name, [])) for name in kinds)
        return 1 - lost / sum(self.spans[name] for name in kinds)


def survivors(original: str, redacted: str) -> list[bool]:
    """Which characters of the original are still there; fails unless the rest is unchanged."""
    kept = LABELS.split(redacted)
    match = re.fullmatch("(.+?)".join(f"({re.escape(part)})" for part in kept), original, re.S)
    assert match, "redaction changed what it did not take"
    there = [False] * len(original)
    for number in range(1, match.re.groups + 1, 2):
        for place in range(*match.span(number)):
            there[place] = True
    return there


def measure(rows) -> Measured:
    """Over (original, redacted, spans of personal data)."""
    found = Measured()
    for original, redacted, spans in rows:
        there = survivors(original.translate(SAME_WIDTH), redacted)
        personal = [False] * len(original)
        for start, end, kind in spans:
            found.spans[kind] = found.spans.get(kind, 0) + 1
            if any(there[start:end]):
                found.leaked.setdefault(kind, []).append(original[max(start - 9, 0) : end + 3])
            personal[start:end] = [True] * (end - start)
        found.harmless += personal.count(False)
        found.harmless_gone += sum(not t and not p for t, p in zip(there, personal, strict=True))
    return found


def land(folder: Path, entity: str, **columns) -> None:
    """One landed file."""
    target = folder / entity / f"load_date={LANDED}"
    target.mkdir(parents=True)
    pq.write_table(pa.table(columns), target / "part.parquet")


def redact(folder: Path, texts: dict[str, tuple[list[str], list]], records: dict) -> dict[str, str]:
    """Land texts by number with their accounts, build the one model, return its text by number."""
    landing, workspace = folder / "landing", Workspace.at(folder)
    number, account = records["account_no"], records["customer_no"]
    land(
        landing,
        "crm/accounts",
        account_no=number,
        customer_no=account,
        account_name=records["name"],
        premise_address=records["address"],
        category=["residential"] * len(number),
    )
    land(landing, "crm/customers", customer_no=account, name=records["name"])
    at = [datetime(2026, 6, 1, 8)] * 10**6
    for entity, key, when, kind in (
        ("process/work_orders", "order_no", "created_at", None),
        ("documents/files", "document_no", "received_at", "call_transcript"),
    ):
        written, whose = texts[entity]
        count = len(written)
        numbers = [f"{entity[0]}{i}" for i in range(count)]
        more = {"kind": [kind] * count} if kind else {}
        land(
            landing,
            entity,
            **{key: numbers, "account_no": whose, "text": written, when: at[:count], **more},
        )
    contract.intake(contract.load(ROOT / "models"), landing, workspace.raw)
    command = [BIN / "dbt", "build", "--select", "+vault_service__redacted_text", "--quiet"]
    command += ["--profiles-dir", ROOT, "--vars", f"{{as_of_date: '{LANDED}'}}"]
    command += ["--exclude-resource-type", "test", "unit_test"]
    places = {"DBT_TARGET_PATH": folder / "dbt", "DBT_LOG_PATH": folder / "logs"}
    environment = {
        **os.environ,
        **workspace.environment(),
        **{k: str(v) for k, v in places.items()},
    }
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        return dict(
            connection.execute(
                "select text_no, text_redacted from vault.vault_service__redacted_text"
            ).fetchall()
        )


@pytest.fixture(scope="module")
def measured(tmp_path_factory) -> Measured:
    """6,000 orders and 2,000 calls; one account in three is unknown, one name in three misheard."""
    rng = np.random.default_rng(20)
    person = np.arange(TEXTS)
    names = people.person_names(3, person)
    misheard = people.misheard(names).to_pylist()
    names = names.to_pylist()
    district = pa.array(np.where(person % 2, "城北区", "临江县"))
    who = People(
        name=names,
        phone=people.phones(3, person).to_pylist(),
        address=people.addresses(3, person, district, person % 700).to_pylist(),
        account_no=[f"32{i:08d}" for i in person],
        id_no=people.id_numbers(3, person).to_pylist(),
    )
    topic = rng.integers(len(TOPICS), size=TEXTS)
    mood, urgent = rng.uniform(-1, 1, TEXTS), rng.random(TEXTS) < 0.15
    extra = np.where(rng.random(TEXTS) < 0.1, rng.integers(len(TOPICS), size=TEXTS), -1)
    orders = work_order_texts(rng, topic, mood, urgent, who, extra)
    some = slice(0, TEXTS // 3)
    callers = People(**{name: getattr(who, name)[some] for name in People.__dataclass_fields__})
    calls = transcripts(rng, topic[some], mood[some], callers)
    known = [i for i in range(TEXTS) if i % 3]
    whose = [who.account_no[i] if i % 3 else None for i in range(TEXTS)]
    texts = {
        "process/work_orders": (orders.text, whose),
        "documents/files": (calls.text, whose[some]),
    }
    records = {
        "account_no": [who.account_no[i] for i in known],
        "customer_no": [f"C{i}" for i in known],
        "name": [misheard[i] if i % 3 == 1 else names[i] for i in known],
        "address": [who.address[i] for i in known],
    }
    redacted = redact(tmp_path_factory.mktemp("texts"), texts, records)
    return measure(
        (text, redacted[f"{letter}{i}"], spans)
        for letter, written in (("p", orders), ("d", calls))
        for i, (text, spans) in enumerate(zip(written.text, written.personal, strict=True))
    )


def test_of_two_hundred_personal_values_at_most_one_is_left_in_part(measured):
    assert sum(measured.spans.values()) > 3_000
    assert measured.recall() >= 0.995, {k: v[:30] for k, v in measured.leaked.items()}


@pytest.mark.parametrize("kind", ["phone", "id_no", "account_no", "address", "name"])
def test_no_kind_hides_behind_the_others(measured, kind):
    assert measured.spans[kind] > 50
    assert measured.recall(kind) >= (0.99 if kind == "name" else 0.998), measured.leaked[kind]


def test_what_harms_nobody_stays(measured):
    assert measured.harmless_gone < 0.005 * measured.harmless


def test_a_value_left_in_part_is_a_leak():
    text = "户主王小明，电话14412345678"
    spans = [(2, 5, "name"), (8, 19, "phone")]
    found = measure(
        [(text, "户主[姓名]明，电话[电话]", spans), (text, "[姓名]，电话[电话]", spans)]
    )
    assert found.recall("phone") == 1 and found.recall("name") == 0.5
    # 户主 of the second text.
    assert found.harmless_gone == 2
    with pytest.raises(AssertionError):
        measure([(text, "户名[姓名]，电话[电话]", spans)])
