"""Invented people and firms. None of it can belong to anybody.

Mobile numbers start with 144, whose real numbers (of machines) have 13 digits; identity numbers and
credit codes carry the area 990101, which no place has, with right check digits; mail goes to
example.com (RFC 2606).
"""

import numpy as np

_FAMILY = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英建华文玉兰志红"
_FIRM = ("宏达", "鑫源", "华兴", "恒泰", "盛世", "金桥", "东方", "新科", "瑞丰", "永安")
_TRADE = {
    "commercial": ("商贸", "信息咨询", "物业服务", "教育科技"),
    "industrial": ("机械", "纺织", "化工材料", "包装"),
    "agricultural": ("农业发展", "水产养殖", "种植专业合作社"),
}
_STREETS = ("解放路", "人民路", "建设路", "文化路", "中山路", "迎宾大道", "滨河路")
_AREA = "990101"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def person_name(rng: np.random.Generator) -> str:
    """A family name and one or two given characters."""
    given = "".join(rng.choice(list(_GIVEN), int(rng.integers(1, 3))))
    return str(rng.choice(list(_FAMILY))) + given


def firm_name(rng: np.random.Generator, category: str) -> str:
    """A firm of a trade that fits its kind of supply."""
    return f"临江{rng.choice(_FIRM)}{rng.choice(_TRADE[category])}有限公司"


def address(rng: np.random.Generator, district: str) -> str:
    """Street, number and flat."""
    street, number = rng.choice(_STREETS), rng.integers(1, 300)
    return f"临江市{district}{street}{number}号{rng.integers(1, 30)}幢{rng.integers(101, 1800)}室"


def phone(seed: int, place: int) -> str:
    """The mobile number of place ``place``: no two places share one."""
    # 10**8 and the factor have no common divisor, so this is a permutation.
    return f"144{(place * 61_803_399 + seed % 10**8) % 10**8:08d}"


def id_no(rng: np.random.Generator) -> str:
    """An identity number (GB 11643) of a place that does not exist."""
    born = f"{rng.integers(1940, 2004)}{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}"
    digits = f"{_AREA}{born}{rng.integers(1, 1000):03d}"
    total = sum(int(d) * w for d, w in zip(digits, _ID_WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


def credit_code(rng: np.random.Generator) -> str:
    """A unified social credit code (GB 32100) of a place that does not exist."""
    signs = f"91{_AREA}{''.join(rng.choice(list(_CODE_SIGNS), 9))}"
    total = sum(_CODE_SIGNS.index(sign) * pow(3, i, 31) for i, sign in enumerate(signs))
    return signs + _CODE_SIGNS[-total % 31]
