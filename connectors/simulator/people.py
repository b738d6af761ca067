"""Invented people and firms, by the place of a person. None of it can belong to anybody.

Mobile numbers start with 144, whose real numbers (of machines) have 13 digits; identity numbers and
credit codes carry the area 990101, which no place has, with right check digits; mail goes to
example.com (RFC 2606).
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.simulator.columns import digits, joined, pick
from connectors.simulator.hashing import choice, uniform

# Common names first; a name's share falls with its place.
_FAMILY = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
    "于杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯"
    "龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英建华文玉兰志红波辉燕玲宇飞鹏浩亮成健"
    "世广义兴良海山仁宁贵福生龙元全国胜学祥才发新利清彬富顺信子昌佳嘉琼勤珍贞莉欣雪荣"
    "爱妹香月莺媛瑞凡春菊翠凤洁梅琳素云莲真环慧思"
)
# A wrong character of the same or nearly the same sound, as a clerk hears it.
_SOUND = dict(
    zip(
        "伟芳娜敏静丽强磊军洋勇艳杰涛超霞平建华文玉志红波辉燕玲宇飞浩亮成健",
        "玮方那闽婧莉墙雷君阳咏燕洁滔朝夏萍健花闻钰智宏博晖艳灵雨非皓量诚建",
        strict=True,
    )
)
_TOWN = "临江"
_BRAND = [a + b for a in "宏鑫华恒盛金东新瑞永德隆顺泰兴" for b in "达源兴泰世桥方科丰安利通和昌"]
_TRADES = (
    "商贸",
    "信息咨询",
    "物业服务",
    "餐饮管理",
    "酒店管理",
    "冷链物流",
    "超市",
    "机械",
    "纺织",
    "化工材料",
    "包装",
    "金属制品",
    "电子",
    "塑料",
    "农业发展",
    "水产养殖",
    "建材",
)
_PUBLIC = ("第一小学", "第二中学", "实验学校", "市政路灯管理所", "街道办事处", "中心幼儿园")
FORMS = ("有限公司", "有限责任公司", "")
_STREETS = (
    "解放路",
    "人民路",
    "建设路",
    "文化路",
    "中山路",
    "迎宾大道",
    "滨河路",
    "青年路",
    "朝阳街",
    "兴隆街",
    "光明巷",
    "工业大道",
)
_AREA = "990101"
_ID_WEIGHTS = np.array((7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])


def person_names(seed: int, person: np.ndarray) -> pa.Array:
    """A family name and one or two given characters."""
    family = (uniform(seed, "family", person) ** 2 * len(_FAMILY)).astype(int)
    first = choice(seed, "given", person, len(_GIVEN))
    second = choice(seed, "given2", person, len(_GIVEN))
    short = uniform(seed, "short", person) < 0.15
    last = pick(["", *_GIVEN], np.where(short, 0, second + 1))
    return joined(pick(list(_FAMILY), family), pick(list(_GIVEN), first), last)


def misheard(names: pa.Array) -> pa.Array:
    """Names with one character of equal sound in the place of the right one."""

    def wrong(name: str) -> str:
        for place in range(len(name) - 1, 0, -1):
            if name[place] in _SOUND:
                return name[:place] + _SOUND[name[place]] + name[place + 1 :]
        return name[:-1] + "伟" if not name.endswith("伟") else name[:-1] + "玮"

    return pa.array([wrong(name) for name in names.to_pylist()], pa.string())


def firm_names(seed: int, person: np.ndarray, is_public: np.ndarray, form=0) -> pa.Array:
    """A firm's or public body's name; ``form`` is a place in FORMS."""
    brand = pick(_BRAND, choice(seed, "brand", person, len(_BRAND)))
    trade = pick(_TRADES, choice(seed, "trade", person, len(_TRADES)))
    ends = pick(FORMS, np.broadcast_to(form, len(person)))
    firms = joined(pa.scalar(_TOWN), brand, trade, ends)
    body = pick(_PUBLIC, choice(seed, "public", person, len(_PUBLIC)))
    public = joined(pa.scalar(_TOWN + "市"), brand, body)
    return pc.if_else(pa.array(np.asarray(is_public)), public, firms)


def addresses(seed: int, place: np.ndarray, district: pa.Array, neighbourhood) -> pa.Array:
    """Street, number and flat of a premise; a neighbourhood is a stretch of one street."""
    street = pick(_STREETS, np.asarray(neighbourhood) % len(_STREETS))
    number = np.asarray(neighbourhood) // len(_STREETS) % 90 * 3 + 1
    number = number + choice(seed, "number", place, 3)
    house, flat = choice(seed, "house", place, 29) + 1, choice(seed, "flat", place, 24)
    room = (flat // 4 + 1) * 100 + flat % 4 + 1
    text = [digits(value, 1) for value in (number, house, room)]
    return joined(
        pa.scalar(f"{_TOWN}市"),
        district,
        street,
        text[0],
        pa.scalar("号"),
        text[1],
        pa.scalar("幢"),
        text[2],
        pa.scalar("室"),
    )


def phones(seed: int, person: np.ndarray, second: bool = False) -> pa.Array:
    """The person's mobile number, or the second one: no two share one (below 50 million people)."""
    # 10**8 and the factor have no common divisor, so this is a permutation.
    place = np.asarray(person, dtype=np.int64) * 2 + second
    return joined(pa.scalar("144"), digits((place * 61_803_399 + seed % 10**8) % 10**8, 8))


def id_numbers(seed: int, person: np.ndarray) -> pa.Array:
    """Identity numbers (GB 11643) of a place that does not exist."""
    year = 1940 + choice(seed, "year", person, 66)
    body = np.empty((len(person), 17), dtype=np.int64)
    number = year * 10**4 + (choice(seed, "month", person, 12) + 1) * 100
    number = number + choice(seed, "day", person, 28) + 1
    number = number * 1000 + choice(seed, "order", person, 999) + 1
    number = number + int(_AREA) * 10**11
    for place in range(17):
        body[:, 16 - place] = number // 10**place % 10
    check = pick(list("10X98765432"), body @ _ID_WEIGHTS % 11)
    return joined(digits(number, 17), check)


def birth_years(seed: int, person: np.ndarray) -> np.ndarray:
    """The year in the identity number."""
    return 1940 + choice(seed, "year", person, 66)


def credit_codes(seed: int, person: np.ndarray) -> pa.Array:
    """Unified social credit codes (GB 32100) of a place that does not exist."""
    head = [_CODE_SIGNS.index(sign) for sign in f"91{_AREA}"]
    signs = np.empty((len(person), 17), dtype=np.int64)
    signs[:, :8] = head
    for place in range(8, 17):
        signs[:, place] = choice(seed, f"code{place}", person, 31)
    check = (31 - signs @ _CODE_WEIGHTS % 31) % 31
    table = np.array(list(_CODE_SIGNS))
    text = table[np.column_stack([signs, check])]
    return pa.array(["".join(row) for row in text], pa.string())
