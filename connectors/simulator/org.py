"""The branch itself: units, staff and skills, products, tariffs and their prices, channels."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator import people
from connectors.simulator.hashing import choice, uniform
from connectors.simulator.params import SimParams, config
from connectors.simulator.places import districts, station_codes, stations
from connectors.simulator.tariffs import PRICES, TARIFFS, WINDOWS

STAFF_PER_STATION = 20
# Place among a station's staff numbers, role, capacity a day.
_POSTS = (
    (1, "station_manager", 20),
    (2, "account_manager", 30),
    (3, "account_manager", 30),
    (4, "account_manager", 30),
    (5, "meter_reader", 60),
    (6, "meter_reader", 60),
    (7, "connection_engineer", 6),
    (8, "connection_engineer", 6),
    (9, "service_agent", 40),
    (10, "inspector", 8),
    (11, "inspector", 8),
)
_CITY_POSTS = ("data_steward", "marketing_lead", "inspector", "trainer")
SKILLS = ("tariff_advice", "negotiation", "metering", "high_voltage", "safety", "data_literacy")
_NEEDED = {
    "station_manager": (3, 4, 2, 2, 4, 3),
    "account_manager": (4, 4, 1, 2, 2, 3),
    "meter_reader": (1, 1, 4, 1, 4, 2),
    "connection_engineer": (2, 2, 3, 4, 4, 2),
    "service_agent": (4, 3, 1, 1, 1, 2),
    "inspector": (2, 3, 4, 3, 4, 3),
    "data_steward": (1, 1, 1, 0, 0, 5),
    "marketing_lead": (4, 4, 0, 0, 0, 4),
    "trainer": (3, 3, 3, 3, 3, 3),
}
_PRODUCTS = (
    ("tou_tariff", "Time-of-use tariff", "分时电价", "tariff"),
    ("ev_charging", "EV charging", "充电桩", "electrification"),
    ("rooftop_pv", "Rooftop solar", "分布式光伏", "generation"),
    ("electric_heating", "Electric heating", "电采暖", "electrification"),
    ("efficiency_audit", "Efficiency audit", "能效诊断", "efficiency"),
    ("demand_response", "Demand response", "需求响应", "flexibility"),
    ("green_power", "Green power", "绿电", "tariff"),
    ("om_service", "Operation and maintenance", "电力代运维", "service"),
    ("capacity_increase", "Capacity increase", "增容", "connection"),
    ("capacity_billing", "Capacity billing choice", "基本电费方式优化", "tariff"),
    ("reactive_compensation", "Reactive compensation", "无功补偿", "efficiency"),
    ("autopay_app", "Autopay and app", "代扣与网上国网", "service"),
)
_CHANNELS = (
    ("sms", "短信", "0.05", 5000),
    ("phone", "电话", "3.00", 200),
    ("wechat", "微信", "0.00", 3000),
    ("douyin", "抖音", "0.02", 3000),
    ("app", "网上国网", "0.00", None),
    ("visit", "上门", "60.00", 20),
)


def batches(params: SimParams) -> Iterator[Batch]:
    """Master data lands on the first day; each month's prices when the month begins."""
    load = params.first_day
    yield _batch("org_units", load, _units())
    staff = _staff(params)
    yield _batch("staff", load, staff)
    yield _batch("staff_skills", load, _skills(params, staff))
    yield _batch(
        "role_skills",
        load,
        [
            {"role_code": role, "skill_code": skill, "level_needed": level}
            for role, levels in _NEEDED.items()
            for skill, level in zip(SKILLS, levels, strict=True)
            if level
        ],
    )
    names = ("product_code", "product_name", "product_name_zh", "category")
    yield _batch("products", load, [dict(zip(names, row, strict=True)) for row in _PRODUCTS])
    names = ("channel", "channel_name", "cost_per_touch", "capacity_per_day")
    yield _batch("channels", load, [dict(zip(names, row, strict=True)) for row in _CHANNELS])
    since = date(load.year, 1, 1)
    names = ("tariff_code", "tariff_name", "kind", "category")
    tariffs = [
        {**dict(zip(names, row, strict=True)), "valid_from": since, "currency": "CNY"}
        for row in TARIFFS
    ]
    yield _batch("tariffs", load, tariffs)
    windows = [
        {
            "tariff_code": code,
            "valid_from": since,
            "season": "all",
            "start_time": start,
            "end_time": end,
            "period": period,
        }
        for code, periods in WINDOWS.items()
        for start, end, period in periods
    ]
    yield _batch("tariff_windows", load, windows)
    month = load.replace(day=1)
    while month <= params.end:
        prices = [
            {
                "tariff_code": code,
                "month": month,
                "period": period,
                "price_per_kwh": f"{price / 1e6:.6f}",
            }
            for code, periods in PRICES.items()
            for period, price in periods.items()
        ]
        yield _batch("tariff_prices", max(month, load), prices)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)


def station_staff(station: int, place: int) -> str:
    """Number of the staff member at a place of a station."""
    return f"E{100 + station * STAFF_PER_STATION + place:04d}"


def staff_at(role: str) -> list[int]:
    """Places of a role among a station's staff numbers."""
    return [place for place, name, _ in _POSTS if name == role]


def _batch(entity: str, load: date, rows: list[dict]) -> Batch:
    return Batch("org", entity, load, pa.Table.from_pylist(rows))


def _units() -> list[dict]:
    city = config()["places"]["city"]
    rows = [
        {
            "org_code": city["code"],
            "parent_org_code": None,
            "org_name": f"国网{city['name']}",
            "kind": "city",
            "district_code": None,
        }
    ]
    for district in districts():
        rows.append(
            {
                "org_code": district["code"],
                "parent_org_code": city["code"],
                "org_name": f"{district['name']}供电公司",
                "kind": "county",
                "district_code": district["code"],
            }
        )
    for code, name in zip(station_codes(), stations(), strict=True):
        rows.append(
            {
                "org_code": code,
                "parent_org_code": code[:6],
                "org_name": f"{name}供电所",
                "kind": "station",
                "district_code": code[:6],
            }
        )
    return rows


def _staff(params: SimParams) -> list[dict]:
    city = config()["places"]["city"]["code"]
    posts = [(f"E{i:04d}", city, role, None, None) for i, role in enumerate(_CITY_POSTS, 1)]
    for station, code in enumerate(station_codes()):
        for place, role, daily in _POSTS:
            posts.append((station_staff(station, place), code, role, code, daily))
    place = np.arange(len(posts))
    names = people.person_names(params.seed, 45_000_000 + place).to_pylist()
    years, months = (
        choice(params.seed, "hired", place, 24),
        choice(params.seed, "hired month", place, 12),
    )
    leaves = uniform(params.seed, "left", place) < 0.04
    return [
        {
            "staff_no": number,
            "org_code": code,
            "name": names[i],
            "role_code": role,
            "hired_on": date(2000 + int(years[i]), int(months[i]) + 1, 1),
            "left_on": params.first_day if leaves[i] and daily else None,
            "territory_code": territory,
            "capacity_per_day": daily,
        }
        for i, (number, code, role, territory, daily) in enumerate(posts)
    ]


def _skills(params: SimParams, staff: list[dict]) -> list[dict]:
    """Each skill assessed once; levels scatter around what the role needs."""
    rows = []
    for i, member in enumerate(staff):
        u = uniform(params.seed, "skills", np.arange(len(SKILLS)) + 100 * i)
        for place, skill in enumerate(SKILLS):
            needed = _NEEDED[member["role_code"]][place]
            level = min(5, max(0, needed + (u[place] > 0.8) - (u[place] < 0.35) - (u[place] < 0.1)))
            rows.append(
                {
                    "staff_no": member["staff_no"],
                    "skill_code": skill,
                    "assessed_on": params.first_day,
                    "level": int(level),
                }
            )
    return rows
