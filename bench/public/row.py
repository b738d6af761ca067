"""A line of the table: our figure with its interval, the figure beside it, and what to make of
it."""

from dataclasses import dataclass

from ml.harness.intervals import Bootstrap, Interval

BOOTSTRAP = Bootstrap(draws=300)
SMALL_BOOTSTRAP = Bootstrap(draws=30)


@dataclass(frozen=True)
class Row:
    """``beside``: the figure to compare with (None: none known), whose it is in ``whose``."""

    data: str
    figure: str
    ours: Interval
    beside: float | None = None
    whose: str = ""
    note: str = ""
    higher_is_better: bool = True
    digits: int = 3
    exact: bool = False  # the figure is to be reproduced to its digits, not beaten

    def verdict(self) -> str:
        """Beaten (the whole interval), level (the interval holds it), or by how much not."""
        if self.beside is None:
            return "–"
        if self.exact:
            same = round(self.ours.value, self.digits) == self.beside
            return "reproduced exactly" if same else "NOT reproduced"
        gain = self.ours.value - self.beside
        worst = self.ours.low - self.beside
        best = self.ours.high - self.beside
        if not self.higher_is_better:
            gain, worst, best = -gain, -best, -worst
        if worst > 0:
            return f"beaten by {gain:.{self.digits}f}"
        if best < 0:
            return f"missed by {-gain:.{self.digits}f}"
        return f"level ({gain:+.{self.digits}f}, within the interval)"

    def line(self) -> str:
        """The row as a line of a Markdown table."""
        d = self.digits
        beside = "–" if self.beside is None else f"{self.beside:.{d}f}"
        value, low, high = self.ours
        ours = f"{value:.{d}f} [{low:.{d}f}, {high:.{d}f}]"
        beside = f"{beside} ({self.whose})" if self.whose else beside
        cells = [self.data, self.figure, ours, beside, self.verdict(), self.note]
        return "| " + " | ".join(cells) + " |"
