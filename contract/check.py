"""`wattlead check-landing`: what landed, and what of it breaks the contract."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from contract.convert import UNUSABLE, connect, open_file, why
from contract.files import LandedFile, find
from contract.model import Contract

_EXAMPLES = 5


@dataclass(frozen=True)
class Breach:
    """One broken rule of one row; values of an entity with personal columns are masked."""

    file: str
    line: int
    column: str
    value: str
    reason: str


@dataclass
class EntityReport:
    """One entity of the landing."""

    entity: str
    label_zh: str
    owner: str
    files: int = 0
    rows: int = 0
    breached_rows: int = 0
    newest_load_date: str | None = None
    # Breaches by (column, reason), and a few examples of each.
    totals: Counter = field(default_factory=Counter)
    examples: list[Breach] = field(default_factory=list)
    notes: Counter = field(default_factory=Counter)


@dataclass
class LandingReport:
    """The whole landing. ``breached`` means that a hard rule is broken somewhere."""

    landing: str
    entities: list[EntityReport]
    rejected: dict[str, str]

    @property
    def breached(self) -> bool:
        """True when a file can't be used or a row breaks a hard rule."""
        return bool(self.rejected) or any(entity.breached_rows for entity in self.entities)

    def as_dict(self) -> dict:
        """The report for machines."""
        entities = []
        for entity in self.entities:
            item = asdict(entity)
            item["totals"] = [
                {"column": column, "reason": reason, "rows": rows}
                for (column, reason), rows in entity.totals.most_common()
            ]
            item["notes"] = [{"note": n, "files": f} for n, f in entity.notes.most_common()]
            entities.append(item)
        return {
            "landing": self.landing,
            "breached": self.breached,
            "rejected_files": [{"file": f, "reason": r} for f, r in self.rejected.items()],
            "entities": entities,
        }

    def text(self) -> str:
        """The report for people."""
        lines = [f"{'entity':32} {'files':>6} {'rows':>11} {'breached':>9}  newest load"]
        for entity in self.entities:
            newest = entity.newest_load_date or "-"
            lines.append(
                f"{entity.entity:32} {entity.files:>6} {entity.rows:>11,} "
                f"{entity.breached_rows:>9,}  {newest}"
            )
        for file, reason in self.rejected.items():
            lines.append(f"\nNOT USABLE  {file}\n    {reason}")
        for entity in self.entities:
            for (column, reason), rows in entity.totals.most_common():
                lines.append(
                    f"\nBREACH  {entity.entity}.{column} {reason}: {rows:,} rows "
                    f"(owner: {entity.owner})"
                )
                lines += [
                    f"    {b.file} line {b.line}: {b.value}"
                    for b in entity.examples
                    if (b.column, b.reason) == (column, reason)
                ]
            for note, files in entity.notes.most_common():
                lines.append(f"\nnote    {entity.entity}: {note} ({files} files)")
        verdict = "breaks the contract: see above" if self.breached else "keeps the contract"
        if not (self.entities or self.rejected):
            verdict = "holds no file: is it the right folder?"
        return "\n".join([*lines, f"\n{self.landing} {verdict}"])


def check(
    contract: Contract, landing: Path, progress: Callable[[int, int, str], None] | None = None
) -> LandingReport:
    """Check every landed file against the contract; nothing is written.

    Raises ``FileNotFoundError`` when there is no landing folder.
    """
    reports: dict[str, EntityReport] = {}
    rejected: dict[str, str] = {}
    connection = connect()
    files = find(contract, landing)
    for done, landed in enumerate(files, 1):
        try:
            _check_file(connection, landed, reports)
        except UNUSABLE as error:
            rejected[landed.name] = why(error)
        if progress:
            progress(done, len(files), landed.name)
    return LandingReport(str(landing), [reports[name] for name in sorted(reports)], rejected)


def _check_file(connection, landed: LandedFile, reports: dict[str, EntityReport]) -> None:
    opened = open_file(connection, landed)
    entity = landed.entity
    report = reports.setdefault(
        entity.folder, EntityReport(entity.folder, entity.label_zh, entity.owner)
    )
    report.files += 1
    report.rows += opened.rows_landed
    loaded = landed.load_date.isoformat()
    report.newest_load_date = max(report.newest_load_date or loaded, loaded)
    report.notes.update(opened.notes)
    for sql in opened.parts:
        rows = connection.execute(
            "select source_line, breach_columns, breach_values, breach_reasons "
            f"from ({sql}) where breach_reasons is not null order by source_line"
        )
        while batch := rows.fetchmany(10_000):
            for line, columns, values, reasons in batch:
                report.breached_rows += 1
                _note_breaches(report, landed.name, line, columns, values, reasons)


def _note_breaches(report, file: str, line: int, columns: str, values: str | None, reasons: str):
    names, words = columns.split(" | "), reasons.split(" | ")
    shown = (values or "").split(" | ")
    if len(shown) < len(names):
        # A broken line has no value of its own.
        shown = [""] * (len(names) - len(shown)) + shown
    for name, value, reason in zip(names, shown, words, strict=False):
        report.totals[name, reason] += 1
        if report.totals[name, reason] <= _EXAMPLES:
            report.examples.append(Breach(file, line, name, value, reason))
