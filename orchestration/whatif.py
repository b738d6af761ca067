"""What if a new package was offered: read from what is published, never written."""

from pathlib import Path

import duckdb
import yaml

from ml.rate_fit import PackageError, gains, package_bills, package_fit, read_package
from orchestration.scores.files import seed

_WORDS = {
    "en": {
        "title": "{name}: {eligible:,} accounts may choose it, {computed:,} can be computed "
        "(months used: {months:,} of {billed:,})",
        "left_out": "not computed: {accounts:,} accounts ({reason})",
        "all": "If all had changed, the branch would have billed {all:+,.2f} CNY in these months; "
        "if only those who gain had, {gainers:+,.2f} CNY",
        "segment": "By segment",
        "category": "By category",
        "head": ("", "accounts", "gain", "lose", "saved CNY", "lost CNY", "branch CNY if all"),
        "nobody": "{name}: no open account of category {categories} may choose it",
        "unscored": "Unscored",
        "reasons": {
            "no_reads": "days without a read",
            "no_registers": "no time-of-use registers",
            "other_windows": "registers of other hours",
            "no_capacity": "no contract capacity known",
            "no_demand": "no demand measured",
            "own_tariff_unknown": "own tariff can't be computed",
        },
    },
    "zh": {
        "title": "{name}：可选 {eligible:,} 户，可测算 {computed:,} 户"
        "（使用月份 {months:,}／{billed:,}）",
        "left_out": "未测算：{accounts:,} 户（{reason}）",
        "all": "若全部改选，公司这些月份电费变化 {all:+,.2f} 元；"
        "若仅受益户改选，变化 {gainers:+,.2f} 元",
        "segment": "按客群",
        "category": "按用电类别",
        "head": (
            "",
            "户数",
            "受益户",
            "受损户",
            "可省（元）",
            "多付（元）",
            "全部改选公司变化（元）",
        ),
        "nobody": "{name}：没有 {categories} 类别的在用户可选",
        "unscored": "未评",
        "reasons": {
            "no_reads": "缺日电量",
            "no_registers": "无分时表码",
            "other_windows": "表码时段不同",
            "no_capacity": "合同容量未知",
            "no_demand": "无需量数据",
            "own_tariff_unknown": "现行电价无法测算",
        },
    },
}


def load_package(file: Path):
    """The package in a YAML file. Raises ``PackageError`` for one that can't be used."""
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place else ""
        raise PackageError(f"no YAML{where}: {getattr(error, 'problem', error)}") from None
    except UnicodeDecodeError:
        raise PackageError("the file is not UTF-8") from None
    return read_package(raw)


def whatif_tariff(database: Path, package, language: str = "en") -> str:
    """Who gains and who loses by a package, as text; ``database`` is a published file."""
    words = _WORDS[language]
    with duckdb.connect(str(database), read_only=True) as connection:
        basis = connection.execute(
            "select * from marts.fct_rate_basis order by account_no, month"
        ).df()
        accounts = connection.execute(
            f"""select a.account_no, a.category, a.voltage_kv,
                coalesce(s.segment_name_{language}, '{words["unscored"]}') as segment
            from marts.dim_account as a
            left join marketing.customer_segment as s on a.account_no = s.account_no"""
        ).df()
    fit = package_fit(package_bills(basis, package), accounts, package)
    name = package.label_zh if language == "zh" else package.name
    categories = _categories(language)
    accounts["category"] = accounts["category"].replace(categories)
    if fit.empty:
        listed = ", ".join(categories.get(code, code) for code in package.categories)
        return words["nobody"].format(name=name, categories=listed)
    known = fit.merge(accounts, on="account_no", how="left", validate="one_to_one")
    total = gains(known, known["account_no"].map(lambda _: "")).iloc[0]
    lines = [
        words["title"].format(
            name=name,
            eligible=len(fit),
            computed=total["computed"],
            months=int(fit["months_used"].sum()),
            billed=int(fit["months_billed"].sum()),
        )
    ]
    missing = fit.loc[fit["months_used"] == 0, "missing_reason"].value_counts()
    lines += [
        "  "
        + words["left_out"].format(accounts=accounts_, reason=words["reasons"].get(reason, reason))
        for reason, accounts_ in missing.items()
    ]
    lines.append(
        words["all"].format(all=total["branch_if_all_cny"], gainers=total["branch_if_gainers_cny"])
    )
    for group in ("segment", "category"):
        lines += ["", words[group], *_table(gains(known, known[group]), words["head"])]
    return "\n".join(lines)


def _categories(language: str) -> dict[str, str]:
    """Label of each category as forms say it."""
    options = seed("form_option").query("field == 'category'")
    return dict(zip(options["typed_value"], options[f"label_{language}"], strict=True))


def _table(groups, head: tuple[str, ...]) -> list[str]:
    rows = [
        head,
        *(
            (
                str(row.group), f"{row.accounts:,}", f"{row.gainers:,}", f"{row.losers:,}",
                f"{row.saved_cny:,.2f}", f"{row.lost_cny:,.2f}", f"{row.branch_if_all_cny:+,.2f}",
            )
            for row in groups.itertuples()
        ),
    ]  # fmt: skip
    widths = [max(_width(row[place]) for row in rows) for place in range(len(head))]
    return [
        "  "
        + row[0]
        + " " * (widths[0] - _width(row[0]))
        + "".join(
            "  " + " " * (width - _width(cell)) + cell
            for cell, width in zip(row[1:], widths[1:], strict=True)
        )
        for row in rows
    ]


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
