"""The grid behind the accounts: substations, feeders, transformers."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator.archetypes import ARCHETYPES
from connectors.simulator.branch import DISTRICTS, STATIONS_PER_DISTRICT, Branch
from connectors.simulator.columns import decimals
from connectors.simulator.org import STATION_NAMES, station_code

_FEEDERS = 4  # a substation
_HOMES_PER_TRANSFORMER = 60
_SIZES = (200, 315, 400, 630)


def _is_dedicated(branch: Branch, index: int) -> bool:
    return ARCHETYPES[branch.archetype[index]].voltage_v >= 10_000


def _public_transformers(branch: Branch) -> int:
    """Public transformers of each station."""
    stations = len(DISTRICTS) * STATIONS_PER_DISTRICT
    return max(1, round(branch.params.accounts / stations / _HOMES_PER_TRANSFORMER))


def transformer_of(branch: Branch, index: int) -> str:
    """A factory has a transformer of its own (专变), the others share one of their station."""
    station = branch.district[index] * STATIONS_PER_DISTRICT + branch.station[index]
    if _is_dedicated(branch, index):
        return f"T{station + 1:02d}D{index + 1:08d}"
    return f"T{station + 1:02d}P{index % _public_transformers(branch) + 1:05d}"


def ct_ratios(branch: Branch) -> np.ndarray:
    """Ratio of the current transformers, already applied to reads: large supplies have them."""
    return np.where(branch.capacity >= 100, 40, np.where(branch.capacity >= 50, 20, 1))


def batches(branch: Branch) -> Iterator[Batch]:
    """All of the grid lands on the first day."""
    substations, feeders, transformers = [], [], []
    for station, name in enumerate(STATION_NAMES):
        substation = f"S{station + 1:02d}"
        unit = station_code(*divmod(station, STATIONS_PER_DISTRICT))
        substations.append((substation, f"110千伏{name}变电站", unit))
        for feeder in range(_FEEDERS):
            feeders.append((f"{substation}F{feeder + 1}", substation, f"{name}{feeder + 1}线"))
        for number in range(_public_transformers(branch)):
            size = _SIZES[(number + station) % len(_SIZES)]
            feeder_no = f"{substation}F{number % _FEEDERS + 1}"
            code = f"T{station + 1:02d}P{number + 1:05d}"
            transformers.append((code, feeder_no, size, "public"))
    for index in range(len(branch.base)):
        if _is_dedicated(branch, index):
            code = transformer_of(branch, index)
            feeder_no = f"S{code[1:3]}F{index % _FEEDERS + 1}"
            transformers.append((code, feeder_no, int(branch.capacity[index]), "dedicated"))
    load = branch.params.first_day
    names = ["substation_no", "substation_name", "org_code"]
    table = _text(substations, names).append_column("voltage_kv", _volts(110, len(substations)))
    yield Batch("grid", "substations", load, table)
    table = _text(feeders, ["feeder_no", "substation_no", "feeder_name"])
    yield Batch(
        "grid", "feeders", load, table.append_column("voltage_kv", _volts(10, len(feeders)))
    )
    sizes = decimals(np.array([row[2] for row in transformers]) * 1000, 12, 3)
    rows = [(code, feeder, kind) for code, feeder, _, kind in transformers]
    table = _text(rows, ["transformer_no", "feeder_no", "kind"])
    yield Batch("grid", "transformers", load, table.append_column("capacity_kva", sizes))


def _text(rows: list[tuple], names: list[str]) -> pa.Table:
    return pa.table([pa.array(column) for column in zip(*rows, strict=True)], names=names)


def _volts(kilovolts: int, rows: int) -> pa.Array:
    return decimals(np.full(rows, kilovolts * 1000), 12, 3)
