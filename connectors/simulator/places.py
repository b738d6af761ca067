"""Districts and stations of the simulated branch; none of them exists."""

from functools import cache

from connectors.simulator.params import config


@cache
def districts() -> list[dict]:
    """Code and name of each district."""
    return config()["places"]["districts"]


@cache
def stations() -> list[str]:
    """Names of the stations (供电所)."""
    return config()["places"]["stations"]


@cache
def station_codes() -> tuple[str, ...]:
    """Unit code of each station: its district's and a number."""
    each = len(stations()) // len(districts())
    return tuple(
        f"{districts()[i // each]['code']}{i % each + 1:02d}" for i in range(len(stations()))
    )
