"""Tariffs of the simulated branch: prices, windows, charges; invented, at a usual level."""

# Charged on top of every kWh but a farm's, in millionths of CNY: 代征费.
LEVY = 27_400
# Cents a month for each kVA of contract capacity, or each kW of highest demand: 基本电费.
CAPACITY_PRICE, DEMAND_PRICE = 2_350, 3_800
# Millionths of CNY a kWh.
PRICES = {
    "AGR-FLAT": {"flat": 509_000},
    "COM-FLAT": {"flat": 712_500},
    "COM-TOU": {"peak": 1_068_800, "flat": 662_500, "valley": 331_300},
    "IND-TOU": {"sharp": 1_240_000, "peak": 1_016_000, "flat": 612_500, "valley": 268_000},
    "IND-TOU-DEM": {"sharp": 1_240_000, "peak": 1_016_000, "flat": 612_500, "valley": 268_000},
    "PUB-FLAT": {"flat": 655_000},
    "RES-FLAT": {"flat": 528_300},
    "RES-TOU": {"peak": 558_300, "flat": 528_300, "valley": 358_300},
}
CODES = tuple(PRICES)
TARIFFS = (
    ("AGR-FLAT", "农业生产用电", "flat", "agricultural"),
    ("COM-FLAT", "一般工商业用电（单一制）", "flat", "commercial"),
    ("COM-TOU", "一般工商业用电（分时）", "tou", "commercial"),
    ("IND-TOU", "大工业用电（两部制分时，按容量）", "tou", "industrial"),
    ("IND-TOU-DEM", "大工业用电（两部制分时，按需量）", "tou", "industrial"),
    ("PUB-FLAT", "公共事业用电", "flat", "public"),
    ("RES-FLAT", "居民生活用电", "flat", "residential"),
    ("RES-TOU", "居民生活用电（峰谷分时）", "tou", "residential"),
)
_LARGE = (("00:00", "08:00", "valley"), ("08:00", "10:00", "peak"), ("10:00", "12:00", "sharp"),
          ("12:00", "17:00", "flat"), ("17:00", "21:00", "peak"),
          ("21:00", "24:00", "flat"))  # fmt: skip
# As usage.HOME_HOURS, FIRM_HOURS and LARGE_HOURS; a test holds them together.
WINDOWS = {
    "RES-TOU": (("00:00", "08:00", "valley"), ("08:00", "12:00", "peak"),
                ("12:00", "17:00", "flat"), ("17:00", "21:00", "peak"), ("21:00", "22:00", "flat"),
                ("22:00", "24:00", "valley")),
    "COM-TOU": (("00:00", "08:00", "valley"), ("08:00", "12:00", "peak"),
                ("12:00", "17:00", "flat"), ("17:00", "21:00", "peak"), ("21:00", "24:00", "flat")),
    "IND-TOU": _LARGE,
    "IND-TOU-DEM": _LARGE,
}  # fmt: skip
