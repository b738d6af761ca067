"""The branch itself: units, staff, products, tariffs with windows and prices, channels."""

from collections.abc import Iterator
from datetime import date

import pyarrow as pa

from connectors import Batch
from connectors.simulator.branch import DISTRICTS, STATIONS_PER_DISTRICT, Branch
from connectors.simulator.params import Stream
from connectors.simulator.people import person_name

CITY, CITY_NAME = "9901", "临江供电公司"
DISTRICT_NAMES = ("城北区", "城南区", "滨水县")
STATION_NAMES = ("朝阳", "新河", "南湖", "凤凰", "东湖", "西溪")
_ROLES = (("station_manager", 1, 20), ("account_manager", 2, 30), ("meter_reader", 2, 60))
# Charged on top of every kWh but a farm's, in millionths of CNY: 代征费.
LEVY = 27_400
# CNY a kVA and month, in cents: 基本电费 by contracted capacity.
CAPACITY_PRICE = 2_350
# Millionths of CNY a kWh. Invented, at the level of published ones.
PRICES = {
    "RES-FLAT": {"flat": 528_300},
    "RES-TOU": {"peak": 558_300, "flat": 528_300, "valley": 358_300},
    "COM-FLAT": {"flat": 712_500},
    "COM-TOU": {"peak": 1_068_800, "flat": 662_500, "valley": 331_300},
    "IND-TOU": {"sharp": 1_240_000, "peak": 1_016_000, "flat": 612_500, "valley": 268_000},
    "AGR-FLAT": {"flat": 509_000},
}
_TARIFFS = (
    ("RES-FLAT", "居民生活用电", "flat", "residential"),
    ("RES-TOU", "居民生活用电（峰谷分时）", "tou", "residential"),
    ("COM-FLAT", "一般工商业用电（单一制）", "flat", "commercial"),
    ("COM-TOU", "一般工商业用电（分时）", "tou", "commercial"),
    ("IND-TOU", "大工业用电（两部制分时）", "tou", "industrial"),
    ("AGR-FLAT", "农业生产用电", "flat", "agricultural"),
)
_WINDOWS = {
    "RES-TOU": (("08:00", "12:00", "peak"), ("12:00", "17:00", "flat"), ("17:00", "21:00", "peak"),
                ("21:00", "22:00", "flat"), ("22:00", "24:00", "valley"),
                ("00:00", "08:00", "valley")),
    "COM-TOU": (("00:00", "08:00", "valley"), ("08:00", "12:00", "peak"),
                ("12:00", "17:00", "flat"), ("17:00", "21:00", "peak"), ("21:00", "24:00", "flat")),
    "IND-TOU": (("00:00", "08:00", "valley"), ("08:00", "10:00", "peak"),
                ("10:00", "12:00", "sharp"), ("12:00", "17:00", "flat"), ("17:00", "21:00", "peak"),
                ("21:00", "24:00", "flat")),
}  # fmt: skip
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


def station_code(district: int, station: int) -> str:
    """Unit code of a district's station."""
    return f"{DISTRICTS[district]}{station + 1:02d}"


def batches(branch: Branch) -> Iterator[Batch]:
    """Master data lands on the first day; each month's prices when the month begins."""
    params, load = branch.params, branch.params.first_day
    yield _batch("org_units", load, _units())
    yield _batch("staff", load, _staff(branch))
    names = ("product_code", "product_name", "product_name_zh", "category")
    yield _batch("products", load, [dict(zip(names, row, strict=True)) for row in _PRODUCTS])
    names = ("channel", "channel_name", "cost_per_touch", "capacity_per_day")
    yield _batch("channels", load, [dict(zip(names, row, strict=True)) for row in _CHANNELS])
    since = date(load.year, 1, 1)
    names = ("tariff_code", "tariff_name", "kind", "category")
    tariffs = [
        {**dict(zip(names, row, strict=True)), "valid_from": since, "currency": "CNY"}
        for row in _TARIFFS
    ]
    yield _batch("tariffs", load, tariffs)
    windows = [
        {"tariff_code": code, "valid_from": since, "season": "all", "start_time": start,
         "end_time": end, "period": period}
        for code, periods in _WINDOWS.items()
        for start, end, period in periods
    ]  # fmt: skip
    yield _batch("tariff_windows", load, windows)
    month = load.replace(day=1)
    while month <= params.end:
        prices = [
            {"tariff_code": code, "month": month, "period": period,
             "price_per_kwh": f"{price / 1e6:.6f}"}
            for code, periods in PRICES.items()
            for period, price in periods.items()
        ]  # fmt: skip
        yield _batch("tariff_prices", max(month, load), prices)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _batch(entity: str, load: date, rows: list[dict]) -> Batch:
    return Batch("org", entity, load, pa.Table.from_pylist(rows))


def _units() -> list[dict]:
    rows = [{"org_code": CITY, "org_name": f"国网{CITY_NAME}", "kind": "city"}]
    for district, code in enumerate(DISTRICTS):
        county = {"org_code": code, "parent_org_code": CITY, "district_code": code}
        name = f"{DISTRICT_NAMES[district]}供电公司"
        rows.append({**county, "org_name": name, "kind": "county"})
        for station in range(STATIONS_PER_DISTRICT):
            name = STATION_NAMES[district * STATIONS_PER_DISTRICT + station]
            rows.append(
                {
                    "org_code": station_code(district, station),
                    "parent_org_code": code,
                    "org_name": f"{name}供电所",
                    "kind": "station",
                    "district_code": code,
                }
            )
    # The first row decides the columns.
    rows[0] = {"parent_org_code": None, "district_code": None, **rows[0]}
    return rows


def _staff(branch: Branch) -> list[dict]:
    rng = branch.params.stream(Stream.PEOPLE)
    posts = [(CITY, role, None) for role in ("data_steward", "marketing_lead", "inspector")]
    for place in range(len(STATION_NAMES)):
        code = station_code(*divmod(place, STATIONS_PER_DISTRICT))
        posts += [(code, role, daily) for role, count, daily in _ROLES for _ in range(count)]
    return [
        {
            "staff_no": f"E{number:04d}",
            "org_code": code,
            "name": person_name(rng),
            "role_code": role,
            "hired_on": date(int(rng.integers(2000, 2024)), int(rng.integers(1, 13)), 1),
            "territory_code": None if code == CITY else code,
            "capacity_per_day": daily,
        }
        for number, (code, role, daily) in enumerate(posts, 1)
    ]
