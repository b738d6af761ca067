"""How real the simulated branch is: households beside London's, rates beside published ones.

    python -m bench.realism --simulated landing [--truth truth] --london ../shared/data/london_lcl

Numbers only; what is near enough is for the reader to say.
"""

import argparse
import sys
from pathlib import Path

import yaml

from bench import realism_distance as distance
from bench import realism_households as households
from bench import realism_rates as rates
from bench.realism_landing import connect, open_landing, open_words

ROOT = Path(__file__).parents[1]
RANGES = ROOT / "docs" / "realism-ranges.yml"
NONE_FOUND = "none found, judged"
HOUSEHOLDS_NOTE = f"""One household is one row of statistics; households with {households.MIN_DAYS}
whole days or more. Of several reads of a meter and day the latest collected counts. Left out are
days whose read is missing, negative, estimated or short, and spikes by the project's rule
(seeds/thresholds.csv: over 30 kWh and over 8 times the mean of the month's other days), on both
sides alike. That rule leaves spikes below 30 kWh in, unless a truth table names the read (columns
meter_no and read_date): in small homes they stretch the last row.

KS is the two-sample Kolmogorov-Smirnov distance (0 to 1), W the Wasserstein distance in the
statistic's unit; W ÷ IQR divides it by London's interquartile range. The last two columns are the
same distances between two random halves of London: what chance alone makes. A Chinese county
differs from London on purpose, by air conditioning in summer and by the level of use. *Medians
aligned* is KS after both medians are moved to zero, so it sees the shape and no level; use relative
to the median household, the load duration and the autocorrelations with the weather removed (least
squares on heating and cooling degrees, bases of seeds/degree_day_bases.csv) are free of levels by
themselves."""


def main(arguments: list[str] | None = None) -> None:
    """Write the report to ``--out`` or to standard output."""
    parser = argparse.ArgumentParser(prog="python -m bench.realism", description=__doc__)
    parser.add_argument("--simulated", type=Path, required=True, help="landing folder")
    parser.add_argument("--truth", type=Path, help="truth folder of the simulation")
    parser.add_argument("--london", type=Path, required=True, help="folder of the published files")
    parser.add_argument("--out", type=Path, help="Markdown file; standard output without")
    chosen = parser.parse_args(arguments)
    try:
        text = report(chosen.simulated, chosen.truth, chosen.london)
    except FileNotFoundError as error:
        sys.exit(str(error))
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")
    else:
        print(text)


def report(simulated: Path, truth: Path | None, london: Path) -> str:
    """The report as Markdown. Raises ``FileNotFoundError``."""
    connection = connect()
    open_landing(connection, simulated, truth)
    households.load_simulated(connection)
    households.load_london(connection, london)
    for population in ("london", "simulated"):
        households.measure(connection, population)
    parts = [
        "# How real the simulated branch is",
        "Written by `python -m bench.realism`; the ranges are docs/realism-ranges.yml.",
        *_households(connection),
        *_rates(connection, read_ranges()),
    ]
    return "\n\n".join(parts) + "\n"


def read_ranges(path: Path = RANGES) -> list[dict]:
    """The published ranges, in the order of the file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _households(connection) -> list[str]:
    count = {
        population: connection.execute(
            f"select count(*), coalesce(median(days), 0) from {population}_household"
        ).fetchone()
        for population in ("london", "simulated")
    }
    if not all(number for number, _ in count.values()):
        return ["## Households", f"No household has {households.MIN_DAYS} whole days: {count}."]
    counted = "; ".join(
        f"{name.capitalize()}: {number:,} households, {days:.0f} days in the median"
        for name, (number, days) in count.items()
    )
    parts = ["## Households beside London", HOUSEHOLDS_NOTE, counted + ".", _spread(connection)]
    both = [distance.pairs(connection, name) for name in ("london", "simulated")]
    relations = [
        [households.STATISTICS[one][0], households.STATISTICS[other][0], _number(a), _number(b)]
        for (one, other), a, b in zip(distance.PAIRS, *both, strict=True)
    ]
    memory = [
        [str(london[0]), *map(_number, (london[1], simulated[1], london[2], simulated[2]))]
        for london, simulated in zip(
            distance.memory(connection, "london"),
            distance.memory(connection, "simulated"),
            strict=True,
        )
    ]
    crowd = [distance.crowd(connection, name) for name in ("london", "simulated")]
    return [
        *parts,
        "### Relations between statistics",
        "Rank correlation across households.",
        _table(["statistic", "with", "London", "simulated"], relations),
        "### Memory",
        "Autocorrelation of the median household.",
        _table(
            ["lag in days", "London", "simulated", "London, weather removed",
             "simulated, weather removed"], memory,
        ),
        "Correlation of all households' mean daily use with temperature, on days with 100 of them "
        f"or more: London {_number(crowd[0][0])}, simulated {_number(crowd[1][0])}.",
    ]  # fmt: skip


def _spread(connection) -> str:
    apart = distance.distances(connection, "london_household", "simulated_household")
    chance = distance.distances(connection, *distance.halves(connection, "london"))
    london = distance.quantiles(connection, "london")
    simulated = distance.quantiles(connection, "simulated")
    rows = []
    for name, (label, unit) in households.STATISTICS.items():
        if name not in apart:
            rows.append([label, unit, *["–"] * 8])
            continue
        found, by_chance = apart[name], chance.get(name)
        iqr = london[name][3] - london[name][1]
        rows.append([
            label, unit, " / ".join(map(_number, london[name])),
            " / ".join(map(_number, simulated[name])), _number(found.ks),
            _number(found.wasserstein), _number(found.wasserstein / iqr if iqr else None),
            _number(found.aligned), _number(by_chance and by_chance.ks),
            _number(by_chance.wasserstein / iqr if by_chance and iqr else None),
        ])  # fmt: skip
    heads = ["statistic", "unit", "London 5/25/50/75/95 %", "simulated 5/25/50/75/95 %", "KS", "W",
             "W ÷ IQR", "KS, medians aligned", "halves: KS", "halves: W ÷ IQR"]  # fmt: skip
    return _table(heads, rows)


def _rates(connection, ranges: list[dict]) -> list[str]:
    found = rates.rates(connection)
    rows, notes = [], []
    for entry in ranges:
        measured = found[entry["code"]]
        judged = entry["source"] == NONE_FOUND
        value = _number(measured.value)
        rows.append([
            entry["label"], entry["unit"],
            value if measured.value is not None else f"not simulated ({measured.note})",
            f"{measured.cases:,}", f"{_number(entry['low'])} to {_number(entry['high'])}",
            _number(_times(measured.value, entry["low"], entry["high"])),
            "**judged, no source**" if judged else f"{len(entry['source'])} published",
        ])  # fmt: skip
        lines = [f"**{entry['label']}.** {entry['measured']}"]
        if judged:
            lines.append("  - Source: none found; the range is our judgement.")
        else:
            lines += [f"  - {_source(one)}" for one in entry["source"]]
        lines += [f"  - {entry['note']}"] if "note" in entry else []
        notes.append("- " + "\n".join(lines))
    heads = ["rate", "unit", "simulated", "cases", "range", "times the near end", "range from"]
    words = [
        f"- `{column}`: " + ", ".join(f"{word} {number:,}" for word, number in landed)
        for column, landed in open_words(connection).items()
    ]
    return [
        "## Rates beside published ranges",
        "*Times the near end* is 1 inside the range, above it the rate over the high end, below it "
        "the rate over the low end. Cases are what the rate was counted on.",
        _table(heads, rows),
        "### How each is measured, and where its range is from",
        "\n".join(notes),
        "### Words that landed where the contract leaves them open",
        "\n".join(words) or "None.",
    ]


def _source(one: dict) -> str:
    # A local data set has no address on the web.
    is_web = one["address"].startswith("http")
    title = f"[{one['title']}]({one['address']})" if is_web else one["title"]
    return f"{title}, {one['year'] or 'no year'}: {one['says']}"


def _times(value: float | None, low: float, high: float) -> float | None:
    if value is None:
        return None
    return value / high if value > high else value / low if value < low else 1.0


def _number(value: float | None) -> str:
    """Three significant digits, at most four decimals."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{float(f'{value:.3g}'):.4f}".rstrip("0").rstrip(".") if value else "0"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


if __name__ == "__main__":
    main()
