"""The grid behind the accounts: substations, feeders, transformers, their losses and outages."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors import Batch
from connectors.simulator import columns as col
from connectors.simulator.accounts import Accounts
from connectors.simulator.hashing import uniform
from connectors.simulator.landing import Landing
from connectors.simulator.params import SimParams, config
from connectors.simulator.places import station_codes, stations
from connectors.simulator.usage import Use
from connectors.simulator.world import Outages, World

_SIZES = np.array([200, 315, 400, 500, 630])


def _feeders(params: SimParams) -> np.ndarray:
    """All feeders that serve an account."""
    c, count = config()["places"], len(stations())
    areas = -(-params.accounts // c["accounts_per_transformer"])
    area = np.arange(areas)
    return np.unique(area % count + count * (area // count // c["transformers_per_feeder"]))


def _substation(feeder: np.ndarray) -> np.ndarray:
    """Place of the feeder's substation: a station has one for every few feeders."""
    count = len(stations())
    return feeder % count + count * (
        feeder // count // config()["places"]["feeders_per_substation"]
    )


def _feeder_numbers(feeder: np.ndarray) -> pa.Array:
    return col.numbered("F", feeder + 1, 5)


def _substation_numbers(substation: np.ndarray) -> pa.Array:
    return col.numbered("S", substation + 1, 3)


def transformer_numbers(who: Accounts) -> pa.Array:
    """A large firm has a transformer of its own (专变), the others share their area's (公变)."""
    public = col.numbered("TP", who.neighbourhood + 1, 6)
    dedicated = col.numbered("TD", who.index + 1, 8)
    return pc.if_else(pa.array(who.is_large), dedicated, public)


def batches(world: World) -> Iterator[Batch]:
    """Substations and feeders land on the first day, outages of feeders as they end."""
    params = world.params
    feeder = _feeders(params)
    substation = np.unique(_substation(feeder))
    number, count = _substation_numbers(substation), len(stations())
    names = [
        f"110千伏{stations()[s % count]}{'' if s < count else s // count + 1}变电站"
        for s in substation
    ]
    yield Batch(
        "grid",
        "substations",
        params.first_day,
        pa.table(
            {
                "substation_no": number,
                "substation_name": names,
                "voltage_kv": col.kva(np.full(len(substation), 110_000)),
                "org_code": col.pick(station_codes(), substation % count),
            }
        ),
    )
    yield Batch(
        "grid",
        "feeders",
        params.first_day,
        pa.table(
            {
                "feeder_no": _feeder_numbers(feeder),
                "substation_no": _substation_numbers(_substation(feeder)),
                "feeder_name": [f"{stations()[f % count]}{f // count + 1}线" for f in feeder],
                "voltage_kv": col.kva(np.full(len(feeder), 10_000)),
            }
        ),
    )
    landing = Landing(params, "feeders")
    for place in feeder:
        outages = world.feeder_outages(int(place))
        name = _feeder_numbers(np.array([place]))[0]
        _land_outages(params, f"O-{name}", name, None, outages, landing)
    yield from landing.batches()


def _land_outages(params, prefix: str, feeder, transformer, outages: Outages, landing) -> None:
    count = len(outages.start)
    if not count:
        return
    end = outages.start + outages.hours / 24
    landing.add(
        "grid/outages",
        end.astype(int),
        pa.table(
            {
                "outage_no": [f"{prefix}-{i:03d}" for i in range(1, count + 1)],
                "feeder_no": pa.array(
                    [feeder.as_py() if feeder is not None else None] * count, pa.string()
                ),
                "transformer_no": pa.array([transformer] * count, pa.string()),
                "kind": col.pick(["fault", "planned"], outages.is_planned.astype(int)),
                "started_at": col.moments(params.origin, outages.start),
                "ended_at": col.moments(params.origin, end),
            }
        ),
    )


def land(world: World, who: Accounts, use: Use, measured: np.ndarray, landing: Landing) -> dict:
    """The block's transformers, their days and outages; returns supplied and sold by station day.

    Supplied is true use with technical loss; sold is what meters measured: the difference holds
    the thefts.
    """
    params = world.params
    public = np.flatnonzero(~who.is_large)
    area, first = np.unique(who.neighbourhood, return_index=True)
    size = _SIZES[(uniform(params.seed, "size", area) * len(_SIZES)).astype(int)]
    own = np.flatnonzero(who.is_large)
    known = np.full(len(area) + len(own), -1)
    landing.add(
        "grid/transformers",
        known,
        pa.table(
            {
                "transformer_no": pa.concat_arrays(
                    [col.numbered("TP", area + 1, 6), col.numbered("TD", who.index[own] + 1, 8)]
                ),
                "feeder_no": _feeder_numbers(np.concatenate([who.feeder[first], who.feeder[own]])),
                "capacity_kva": col.kva(np.concatenate([size, who.capacity[own]]) * 1000),
                "kind": col.pick(["public", "dedicated"], np.repeat([0, 1], [len(area), len(own)])),
            }
        ),
    )
    true = use.registers.sum(axis=2)
    sold = np.rint(measured * 100).sum(axis=2)
    place = np.searchsorted(area, who.neighbourhood)
    group = np.zeros((len(area), who.n))
    group[place[public], public] = 1
    drawn = np.concatenate([group @ true, true[own]])
    counted = np.concatenate([group @ sold, sold[own]])
    c = config()["grid"]["technical_loss"]
    key = np.concatenate([area, 10**7 + who.index[own]])
    loss = c[0] + (c[1] - c[0]) * uniform(params.seed, "loss", key)
    daily = params.rng("loss", who.block).standard_normal((params.days, 1)).T
    wobble = 1 + 0.08 * np.roll(daily, 1) + 0.04 * np.sin(key[:, None] + np.arange(params.days))
    supplied = np.rint(drawn * (1 + loss[:, None] * wobble) * 100).astype(np.int64)
    counted = counted.astype(np.int64)
    rows, days = supplied.shape
    number = pa.concat_arrays(
        [col.numbered("TP", area + 1, 6), col.numbered("TD", who.index[own] + 1, 8)]
    )
    known = np.tile(np.arange(days), rows)
    landing.add(
        "grid/transformer_days",
        known,
        pa.table(
            {
                "transformer_no": number.take(pa.array(np.repeat(np.arange(rows), days))),
                "day": col.days(params.origin + known),
                "kwh_supplied": col.kwh(supplied.reshape(-1)),
                "kwh_sold": col.kwh(counted.reshape(-1)),
            }
        ),
    )
    for value in area:
        outages = world.transformer_outages(int(value))
        _land_outages(params, f"O-TP{value + 1:06d}", None, f"TP{value + 1:06d}", outages, landing)
    station = np.concatenate([who.station[first], who.station[own]])
    return {"station": station, "supplied": supplied, "sold": counted}
