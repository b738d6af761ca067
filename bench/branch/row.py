"""One figure of a model on the simulated branch, beside its target, and the table of them."""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """``low`` and ``high`` are the 95 % interval, NaN where there is none; ``target`` is what is
    asked for, as ``>= 0.9`` or ``<= 0.02``; empty for a figure given for comparison only."""

    model: str
    measure: str
    value: float
    low: float = math.nan
    high: float = math.nan
    target: str = ""
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the value reaches the target; None without one."""
        if not self.target:
            return None
        sign, limit = self.target.split()
        return {">=": self.value >= float(limit), "<=": self.value <= float(limit)}[sign]


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    lines = ["model | measure | value | 95 % interval | target | met | note"]
    lines += ["---|---|---:|---|---|---|---"]
    for row in rows:
        interval = "" if math.isnan(row.low) else f"{row.low:.3f} to {row.high:.3f}"
        met = {True: "yes", False: "no", None: ""}[row.is_met]
        cells = (row.model, row.measure, f"{row.value:.3f}", interval, row.target, met, row.note)
        lines.append(" | ".join(cells))
    return "\n".join(lines)


def arguments(says: str) -> argparse.Namespace:
    """``workspace`` (a finished run) and ``truth`` (the simulator's; beside landing by default)."""
    parser = argparse.ArgumentParser(description=says)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--truth", type=Path)
    chosen = parser.parse_args()
    chosen.truth = chosen.truth or chosen.workspace / "truth"
    return chosen
