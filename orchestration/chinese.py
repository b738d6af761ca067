"""What the names, types and set phrases of the data dictionary are in Chinese."""

import re

SCHEMAS = {
    "marts": "集市层",
    "customer_360": "客户全景层",
    "marketing": "营销层",
    "governance": "治理层",
}
_KINDS = {
    "varchar": "文本", "date": "日期", "timestamp": "时间", "boolean": "是/否", "double": "浮点数",
    "integer": "整数", "bigint": "整数",
}  # fmt: skip
# Longest first: kwh_per_hdd before kwh.
_UNITS = (
    ("cny_per_kwh", "元/千瓦时"),
    ("cny_per_inspection", "元/次"),
    ("accounts_per_staff", "户/人"),
    ("kwh_per_hdd", "千瓦时/采暖度日"),
    ("kwh_per_cdd", "千瓦时/制冷度日"),
    ("kwh_per_day", "千瓦时/天"),
    ("utilisation_hours", "小时"),
    ("share", "占比（0–1）"),
    ("rate", "比率"),
    ("change", "变化率"),
    ("ratio", "比值"),
    ("probability", "概率（0–1）"),
    ("kwh", "千瓦时"),
    ("kva", "千伏安"),
    ("kw", "千瓦"),
    ("kv", "千伏"),
    ("cny", "元"),
    ("minutes", "分钟"),
    ("hours", "小时"),
    ("days", "天"),
    ("months", "个月"),
    ("bytes", "字节"),
    ("hdd", "采暖度日"),
    ("cdd", "制冷度日"),
    ("humidity_pct", "%"),
    ("weight", "权重"),
)
_WINDOWS = {"1m": "当月", "d": "近{}天", "m": "近{}个月"}
# Set phrases of the descriptions; what is not listed stays in the English page.
_NULLS = (
    (r"null if not recorded", "未登记时为空"),
    (r"null without a complete month", "尚无完整月份时为空"),
    (r"null without a whole day or without use", "无完整日或无用电时为空"),
    (r"null without any\b", "没有时为空"),
    (r"null without (?:one|either)", "没有时为空"),
    (r"null if (?:there (?:was|is|are) none|none)\b(?! was)", "没有时为空"),
    (r"null without a (?:known )?bill", "无账单时为空"),
    (r"null if none was billed", "各户均无账单时为空"),
    (r"null without a due bill", "无到期账单时为空"),
    (r"null without a payment", "无缴费时为空"),
    (r"null without a rating", "无评价时为空"),
    (r"null without accounts", "名下无户时为空"),
    (r"null if nothing landed", "无数据落地时为空"),
    (r"null without (?:such a|an export) register", "无此寄存器时为空"),
    (r"null if no meter has the register", "无此寄存器时为空"),
    (r"null if (?:it was )?never read", "从未抄表时为空"),
    (r"null if nothing was said", "未表态时为空"),
    (r"null if only a hand merged them", "仅人工合并时为空"),
    (r"null if the source names none", "来源未给出时为空"),
    (r"null while (?:open|it lasts)|null if open", "未结束时为空"),
    (r"null without time-of-use", "非分时用户为空"),
    (r"null if not itemised", "账单未分项时为空"),
    (r"null without (?:a value|use|any read|a day with registers|usable days)", "无有效读数时为空"),
    (r"null (?:below|without the slope)", "有效天数不足时为空"),
    (r"null without (?:a )?capacity", "无容量时为空"),
    (r"null for homes or if not recorded", "居民户或未登记时为空"),
    (r"null if never (?:asked|inspected|assessed)", "从未发生时为空"),
    (r"null if (?:not known|unknown|unscored)", "未知时为空"),
    (r"null if no(?:ne|thing)(?: can be compared)", "无可比户时为空"),
)  # fmt: skip
_ZEROS = re.compile(r"\b0 (?:without any|if (?:none|nothing|it))", re.I)


def kind(data_type: str) -> str:
    """A type in Chinese; decimals keep their digits."""
    if data_type.startswith("decimal"):
        return data_type.replace("decimal", "小数").replace("(", "（").replace(")", "）")
    return _KINDS[data_type]


def unit(name: str, data_type: str) -> str:
    """The unit and window that a column's name says; empty if it says none."""
    if data_type in ("varchar", "boolean", "date", "timestamp"):
        return ""
    words = f"_{name}_"
    found = next((zh for en, zh in _UNITS if f"_{en}_" in words), "")
    if not found and data_type in ("integer", "bigint"):
        found = "计数"
    window = re.search(r"_(\d+)([dm])$", name)
    if not window:
        return found
    count, letter = window.groups()
    span = _WINDOWS.get(count + letter) or _WINDOWS[letter].format(count)
    return "，".join(filter(None, [found, span]))


def null(description: str, is_full: bool) -> str:
    """Whether a column can be null, and what null and 0 mean where the words are set phrases."""
    zero = "；无则为 0" if _ZEROS.search(description) else ""
    if is_full:
        return "不为空" + zero
    said = [zh for pattern, zh in _NULLS if re.search(pattern, description, re.I)]
    if said:
        return "、".join(dict.fromkeys(said)) + zero
    return ("可为空，见英文版" if "null" in description.lower() else "—") + zero
