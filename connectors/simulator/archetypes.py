"""The kinds of account that a branch serves, and how each uses energy.

Levels are chosen so that the kinds are told apart by what a branch can see, not to be the
statistics of any real branch.
"""

from dataclasses import dataclass

Range = tuple[float, float]
_ALL_YEAR = (1.0,) * 12


@dataclass(frozen=True)
class Archetype:
    """One kind of account. Ranges are drawn from uniformly, ``base`` log-uniformly."""

    name: str
    share: float
    category: str
    base: Range  # kWh a day without heating or cooling
    heat: Range  # kWh per heating degree day below 18 °C
    cool: Range  # kWh per cooling degree day above 26 °C
    rest_ratio: Range  # use on days off ÷ use on working days
    noise: Range  # standard deviation of a day's log use
    registers: tuple[float, float, float, float]  # mean shares: sharp, peak, flat, valley
    tariffs: tuple[tuple[str, float], ...]
    voltage_v: int
    capacity_kva: tuple[int, ...]
    industries: tuple[str, ...] = ()
    months: tuple[float, ...] = _ALL_YEAR  # base load by calendar month
    vacant: bool = False


_HOME_TARIFFS = (("RES-FLAT", 0.65), ("RES-TOU", 0.35))
_HOME = (0.0, 0.42, 0.30, 0.28)
_DAYTIME = (0.0, 0.48, 0.40, 0.12)

ARCHETYPES = (
    Archetype(
        "home_plain", 0.40, "residential", (3, 12), (0, 0.08), (0.1, 0.5), (1.0, 1.2), (0.12, 0.25),
        _HOME, _HOME_TARIFFS, 220, (4, 8),
    ),
    Archetype(
        "home_heating", 0.18, "residential", (4, 12), (0.8, 2.2), (0.1, 0.6), (1.0, 1.15),
        (0.12, 0.22), (0.0, 0.36, 0.26, 0.38), _HOME_TARIFFS, 220, (8, 12),
    ),
    Archetype(
        "home_cooling", 0.17, "residential", (4, 12), (0, 0.08), (1.2, 3.5), (1.0, 1.2),
        (0.12, 0.22), _HOME, _HOME_TARIFFS, 220, (8, 12),
    ),
    Archetype(
        "home_vacant", 0.05, "residential", (4, 10), (0, 0.05), (0, 0.2), (1.0, 1.1), (0.15, 0.25),
        _HOME, _HOME_TARIFFS, 220, (4, 8), vacant=True,
    ),
    Archetype(
        "office", 0.11, "commercial", (25, 160), (0.5, 3), (2, 8), (0.15, 0.45), (0.06, 0.14),
        _DAYTIME, (("COM-FLAT", 0.5), ("COM-TOU", 0.5)), 380, (30, 50, 80),
        industries=("5211", "6110", "7010", "7212"),
    ),
    Archetype(
        "factory", 0.05, "industrial", (400, 4000), (0, 5), (0, 10), (0.25, 0.7), (0.08, 0.18),
        (0.10, 0.34, 0.34, 0.22), (("IND-TOU", 1.0),), 10_000, (160, 315, 500, 800),
        industries=("1311", "2651", "3130", "3360"),
    ),
    Archetype(
        "farm", 0.04, "agricultural", (15, 90), (0, 0), (0, 0), (0.95, 1.05), (0.25, 0.45),
        (0.0, 0.0, 1.0, 0.0), (("AGR-FLAT", 1.0),), 380, (20, 30, 50),
        industries=("0111", "0141", "0411"),
        months=(0.2, 0.3, 0.9, 1.6, 1.8, 2.2, 2.2, 1.6, 0.8, 0.4, 0.2, 0.2),
    ),
)  # fmt: skip

# Type, share of accounts: how bills are paid (see billing).
PAYERS = (("autopay", 0.30), ("on_time", 0.48), ("late", 0.15), ("arrears", 0.07))
