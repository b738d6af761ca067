"""Work-order text against the simulator's truth, on phrasings that the model never saw.

``python -m bench.branch.text --workspace W``. Each matter's phrasings are dealt into four folds.
A fold's model learns from the typed categories (as a branch has them, one in eight blank) of texts
whose phrasing, and second phrasing if any, is of the other folds, and is judged on the rest against
the truth. No text is judged by a model that saw its phrasing.
"""

import re

import duckdb
import numpy as np
import pandas as pd
from sklearn.metrics import f1_score, roc_auc_score

from bench.branch.row import Row, arguments, table
from ml import service_text
from ml.harness.intervals import Bootstrap
from ml.service_text import LEVELS
from orchestration.scores import files
from orchestration.scores.service_text import texts
from orchestration.workspace import Workspace

FOLDS = 4
FEWEST = 20  # texts of a category below which chance decides its F1
MODEL = "service text"
_SAME_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ－＠．　", "0123456789Xx-@. ")
_LABEL = re.compile(r"\[(?:电话|姓名|地址|户号|号码|证件号|银行卡|邮箱|单位)\]")


def with_truth(workspace: Workspace, folder) -> pd.DataFrame:
    """The texts with what is true of them, in columns true_*; those without truth left out."""
    truth = pd.concat(
        pd.read_parquet(folder / f"{name}.parquet").assign(text_kind=kind)
        for name, kind in (("work_orders", "work_order"), ("transcripts", "document"))
    ).rename(columns={"number": "text_no"})
    truth = truth.add_prefix("true_").rename(
        columns={"true_text_kind": "text_kind", "true_text_no": "text_no"}
    )
    return texts(workspace).merge(truth, on=["text_kind", "text_no"])


def folds(known: pd.DataFrame, seed: int = 20260101) -> tuple[np.ndarray, np.ndarray]:
    """The fold of each text's phrasing and of its second one (−1 without), dealt by matter."""
    ids = pd.concat([known["true_phrasing_id"], known["true_extra_phrasing_id"]]).dropna().unique()
    rng, fold = np.random.default_rng(seed), {}
    matter = pd.Series(sorted(ids)).str.split(".").str[0]
    for _, names in pd.Series(sorted(ids)).groupby(matter):
        fold.update(zip(rng.permutation(names), np.arange(len(names)) % FOLDS, strict=True))
    main = known["true_phrasing_id"].map(fold).to_numpy()
    return main, known["true_extra_phrasing_id"].map(fold).fillna(-1).to_numpy(int)


def labelled(known: pd.DataFrame) -> pd.DataFrame:
    """Labels of every text by the model of its fold, in the order of ``known``."""
    repeat_days = int(files.threshold("repeat_call_days"))
    signals = service_text.Signals(files.seed("text_signal"))
    matters = files.seed("service_matter")
    main, second = folds(known)
    parts = []
    for fold in range(FOLDS):
        learn = known[(main != fold) & (second != fold)]
        model = service_text.fit(learn, signals, matters, f"fold {fold}")
        held = known[main == fold]
        labels = service_text.label(held, model, signals, matters, repeat_days)
        parts.append(labels.set_axis(held.index))
    labels = pd.concat(parts).sort_index()
    # A repeat is told from the account's other texts, so from all labels together.
    labels["is_repeat"] = service_text.repeats(
        labels.assign(account_no=known["account_no"], written_at=known["written_at"]),
        repeat_days,
    )
    return labels


def macro_f1(true, read, weight=None) -> float:
    """Mean F1 of the categories that occur."""
    seen = sorted(set(true[weight > 0] if weight is not None else true))
    return float(
        f1_score(true, read, labels=seen, average="macro", sample_weight=weight, zero_division=0)
    )


def category_rows(known: pd.DataFrame, labels: pd.DataFrame, by_name: np.ndarray) -> list[Row]:
    """Macro-F1 by level and kind of text, beside the most common category and the clerk's rule."""
    result = []
    bootstrap = Bootstrap(draws=200)
    counts = known["true_category_3"].value_counts()
    common = known["true_category_3"].isin(counts.index[counts >= FEWEST]).to_numpy()
    for level in LEVELS:
        true, read = known[f"true_{level}"].to_numpy(), labels[level].to_numpy(object)
        interval = bootstrap.interval(
            lambda w, true=true, read=read: macro_f1(true, read, w),
            len(true),
            known["true_phrasing_id"],
        )
        result.append(
            Row(MODEL, f"macro-F1, {level}", *interval, target=">= 0.92",
                note=f"{len(set(true))} categories, {len(true):,} texts")
        )  # fmt: skip
    true, read = known["true_category_3"].to_numpy(), labels["category_3"].to_numpy(object)
    result.append(
        Row(MODEL, f"macro-F1, category_3 of {FEWEST} texts and more",
            macro_f1(true[common], read[common]), note=f"{len(set(true[common]))} categories")
    )  # fmt: skip
    for kind in ("work_order", "document"):
        at = (known["text_kind"] == kind).to_numpy()
        if at.any():
            result.append(
                Row(MODEL, f"accuracy, category_3, {kind}", float((true == read)[at].mean()),
                    note=f"{at.sum():,} texts")
            )  # fmt: skip
    most = counts.index[0]
    result.append(Row(MODEL, "macro-F1, category_3, always the most common",
                      macro_f1(true, np.full(len(true), most, dtype=object))))  # fmt: skip
    result.append(
        Row(MODEL, "macro-F1, category_3, clerk's rule", macro_f1(true, by_name),
            note="the category whose name shares most pairs of characters with the text")
    )  # fmt: skip
    return result


def named_in_text(known: pd.DataFrame) -> np.ndarray:
    """The clerk's rule: the third level whose name shares most pairs of characters with it."""
    names = sorted(known["category_3"].dropna().unique())
    pairs = {name: {name[at : at + 2] for at in range(len(name) - 1)} for name in names}
    most = known["category_3"].mode().iat[0]
    found = []
    for text in known["text_redacted"]:
        best = max(names, key=lambda name: sum(pair in text for pair in pairs[name]) / len(name))
        found.append(best if any(pair in text for pair in pairs[best]) else most)
    return np.array(found, dtype=object)


def other_rows(known: pd.DataFrame, labels: pd.DataFrame, low: float) -> list[Row]:
    """Confidence, second matter, need, urgency, sentiment, repeat."""
    result = []
    right = (known["true_category_3"].to_numpy() == labels["category_3"].to_numpy(object)).astype(
        float
    )
    sure = labels["confidence"].to_numpy(float)
    result.append(Row(MODEL, "share of texts for a person", float((sure < low).mean())))
    result.append(Row(MODEL, "accuracy of those that are not", float(right[sure >= low].mean())))
    result.append(Row(MODEL, "accuracy of those that are", float(right[sure < low].mean())))
    order = np.array_split(np.argsort(sure), 10)
    gap = float(np.mean([abs(right[part].mean() - sure[part].mean()) for part in order]))
    result.append(Row(MODEL, "calibration error of confidence", gap))
    matters = files.seed("service_matter").set_index("category_3")
    needs = labels["category_3"].map(matters["need_code"]).fillna("")
    true_need = known["true_need"].fillna("")
    has = (true_need != "").to_numpy()
    result.append(Row(MODEL, "need: precision", float((needs == true_need)[needs != ""].mean())))
    result.append(Row(MODEL, "need: recall", float((needs == true_need)[has].mean()),
                      note=f"base rate {has.mean():.3f}"))  # fmt: skip
    order_text = (known["text_kind"] == "work_order").to_numpy()
    urgency = labels["urgency"].to_numpy(int)
    true_urgency = known["true_urgency"].to_numpy(int)
    # A call's haste is not spoken: only orders tell.
    result.append(Row(MODEL, "urgency: exactly right, work orders",
                      float((urgency == true_urgency)[order_text].mean()),
                      note=f"always 0: {(true_urgency == 0)[order_text].mean():.3f}"))  # fmt: skip
    at_once = roc_auc_score(true_urgency[order_text] >= 2, urgency[order_text])
    result.append(Row(MODEL, "urgency: AUC of at once (2 and more), work orders", at_once))
    mood = labels["sentiment"].to_numpy(float)
    true_mood = known["true_sentiment"].to_numpy(float)
    result.append(Row(MODEL, "sentiment: correlation", float(np.corrcoef(mood, true_mood)[0, 1])))
    result.append(Row(MODEL, "sentiment: AUC of unhappy (below −0.3)",
                      roc_auc_score(true_mood < -0.3, -mood),
                      note=f"base rate {(true_mood < -0.3).mean():.3f}"))  # fmt: skip
    true, read = known["true_is_repeat"].to_numpy(bool), labels["is_repeat"].to_numpy(bool)
    result.append(Row(MODEL, "repeat: precision", float(true[read].mean()),
                      note=f"base rate {true.mean():.3f}"))  # fmt: skip
    result.append(Row(MODEL, "repeat: recall", float(read[true].mean())))
    return result


def typed_repeat_rows(workspace: Workspace, known: pd.DataFrame) -> list[Row]:
    """The clerk's rule for repeats: fct_work_order.is_repeat, by what was typed."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        typed = connection.execute(
            "select order_no as text_no, is_repeat as typed_repeat from marts.fct_work_order"
        ).df()
    orders = known[known["text_kind"] == "work_order"].merge(typed, on="text_no")
    true, read = orders["true_is_repeat"].to_numpy(bool), orders["typed_repeat"].to_numpy(bool)
    return [
        Row(MODEL, "repeat: precision, by typed category_2", float(true[read].mean())),
        Row(MODEL, "repeat: recall, by typed category_2", float(read[true].mean())),
    ]


def redaction_rows(workspace: Workspace, known: pd.DataFrame) -> list[Row]:
    """Share of personal values of which nothing is left, over the originals in the vault."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        originals = connection.execute("""
            select 'work_order' as text_kind, order_no as text_no, text
            from vault.vault_process__work_orders
            union all select 'document', document_no, text from vault.vault_documents__files
        """).df()
    rows = known.merge(originals, on=["text_kind", "text_no"])
    gone: list[tuple[str, bool]] = []
    skipped = 0
    for row in rows.itertuples(index=False):
        original = row.text.translate(_SAME_WIDTH)
        kept = _LABEL.split(row.text_redacted)
        match = re.fullmatch("(.+?)".join(f"({re.escape(part)})" for part in kept), original, re.S)
        if not match:
            skipped += 1  # a date inside was rewritten as well
            continue
        there = np.zeros(len(original), dtype=bool)
        for number in range(1, match.re.groups + 1, 2):
            there[slice(*match.span(number))] = True
        gone += [
            (span["kind"], not there[span["start"] : span["end"]].any())
            for span in row.true_personal
        ]
    found = pd.DataFrame(gone, columns=["kind", "is_gone"])
    value = found["is_gone"].to_numpy(float)
    interval = Bootstrap().interval(lambda w: float((w * value).sum() / w.sum()), len(value))
    result = [
        Row("redaction", "recall", *interval, target=">= 0.995",
            note=f"{len(found):,} values; {skipped} texts not aligned")
    ]  # fmt: skip
    result += [
        Row("redaction", f"recall of {kind}", float(part["is_gone"].mean()), note=f"{len(part):,}")
        for kind, part in found.groupby("kind")
    ]
    return result


def main() -> None:
    """Print the table."""
    chosen = arguments(__doc__.split("\n")[0])
    workspace = Workspace.at(chosen.workspace)
    known = with_truth(workspace, chosen.truth)
    labels = labelled(known)
    low = files.threshold("text_min_confidence")
    rows = category_rows(known, labels, named_in_text(known))
    rows += other_rows(known, labels, float(low)) + typed_repeat_rows(workspace, known)
    print(table(rows + redaction_rows(workspace, known)))


if __name__ == "__main__":
    main()
