"""What a work order or a call is about, how urgent it is and in what mood: redacted Chinese text.

The matter is learned from the categories that staff typed on work orders, so it speaks the branch's
own taxonomy. Everything that hangs on a matter (need, urgency, role, reply) is a list that people
edit, not learned: nobody types it. Only the part before a second matter is judged; a second one is
judged on its own.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from ml.card import Card
from ml.frames import typed

NAME = "service_text"
LEVELS = ("category_1", "category_2", "category_3")
LABELS = {
    "text_kind": "text",
    "text_no": "text",
    "category_1": "text",
    "category_2": "text",
    "category_3": "text",
    "confidence": "double",
    "second_category_3": "text",
    "urgency": "integer",
    "sentiment": "double",
    "is_repeat": "flag",
    "model_version": "text",
    "unlabelled_reason": "text",
}
_CUSTOMER = re.compile(r"^客户[：:]\s*(.*)$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\[[^\[\]]{2,3}\]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Where a clause can start; a word of the second matter counts nowhere else.
_CLAUSE = r"(?:(?<=[，。；！？、,.;!?… ：:\n]))"


@dataclass(frozen=True)
class ServiceTextParams:
    """Settings, each with its reason."""

    min_texts: int = 200  # typed texts below which nothing is learned
    min_of_class: int = 3  # a category typed less often, and on no list, is a slip
    most_texts: int = 20_000  # newest: wording changes, and more bring nothing
    longest: int = 2  # three-character sequences remember phrasings instead of matters
    min_frequency: int = 2  # a sequence of one text is a name or a slip
    name_texts: int = 3  # how often a matter's name counts as a text of it: rare ones gain most
    c: float = 0.25  # a margin that lets single texts be wrong
    min_rated: int = 150  # rated orders below which mood comes from the word lists alone
    ridge: float = 3.0
    shortest_matter: int = 6  # characters; what is before a second matter and shorter is a greeting
    seed: int = 20260101


@dataclass(frozen=True)
class TextModel:
    """A fitted model; ``as_dict`` is stored. ``pipeline`` is None where nothing was learned."""

    version: str
    pipeline: Pipeline | None
    certainty: list[float]  # intercept and slope: log-odds of being right by margin
    parents: dict[str, list[str]]  # category_3: category_1, category_2
    mood: Ridge | None
    mood_scale: list[float]  # mean and spread of what mood says of the texts fitted on
    info: dict = field(default_factory=dict)

    def as_dict(self) -> dict:
        """Plain values and estimators."""
        return dict(vars(self))

    @classmethod
    def from_dict(cls, values: dict) -> "TextModel":
        """The model from ``as_dict``."""
        return cls(**values)


class Signals:
    """The words of seeds/text_signal.csv, by what they signal."""

    def __init__(self, listed: pd.DataFrame):
        """``listed``: columns signal, pattern (a regular expression), weight."""
        self._patterns = {
            signal: [
                (re.compile(row.pattern), float(row.weight)) for row in rows.itertuples(index=False)
            ]
            for signal, rows in listed.groupby("signal", sort=True)
        }
        seconds = listed.loc[listed["signal"] == "second_matter", "pattern"]
        self._second = re.compile(f"{_CLAUSE}(?:{'|'.join(seconds)})") if len(seconds) else None

    def strength(self, signal: str, text: str) -> float:
        """Sum of the weights of the patterns found in the text."""
        return sum(weight for at, weight in self._patterns.get(signal, []) if at.search(text))

    def parts(self, text: str, shortest: int) -> tuple[str, str]:
        """The text before a second matter, and the second matter or an empty text."""
        found = self._second.search(text, shortest) if self._second else None
        return (text[: found.start()], text[found.end() :]) if found else (text, "")


def spoken(text: str) -> str:
    """What the customer says in a transcript; the whole text where no line is marked so."""
    lines = _CUSTOMER.findall(text)
    return "。".join(lines) if lines else text


def _plain(text: str) -> str:
    """Without placeholders of personal data; numbers are one sign."""
    return _NUMBER.sub("0", _PLACEHOLDER.sub("", text))


def prepared(texts: pd.DataFrame, signals: Signals, params: ServiceTextParams) -> pd.DataFrame:
    """Columns ``whole`` (what the customer wrote or said), ``main`` and ``second`` of each text."""
    rows = []
    for text in texts["text_redacted"]:
        whole = spoken(text)
        main, second = signals.parts(whole, params.shortest_matter)
        rows.append((whole, _plain(main), _plain(second)))
    return pd.DataFrame(rows, columns=["whole", "main", "second"], index=texts.index)


def fit(
    texts: pd.DataFrame,
    signals: Signals,
    matters: pd.DataFrame,
    version: str,
    params: ServiceTextParams | None = None,
) -> TextModel:
    """Learn matters and mood from ``texts``.

    ``texts``: text_no, text_redacted, written_at, category_1 to category_3 as typed (null where
    nobody typed), satisfaction (1 to 5 or null). The newest ``most_texts`` are used. ``matters``:
    category_3 of seeds/service_matter.csv, the categories that are no slip however rare.
    """
    params = params or ServiceTextParams()
    texts = texts.sort_values(["written_at", "text_no"]).tail(params.most_texts)
    counts = texts["category_3"].value_counts()
    kept = counts.index[(counts >= params.min_of_class) | counts.index.isin(matters["category_3"])]
    known = texts[texts["category_3"].isin(kept)]
    info = {
        "trained_from": str(texts["written_at"].min())[:10] if len(texts) else None,
        "trained_to": str(texts["written_at"].max())[:10] if len(texts) else None,
        "texts": len(known),
        "categories": len(kept),
    }
    if len(known) < params.min_texts or len(kept) < 2:
        return TextModel(version, None, [0.0, 0.0], {}, None, [0.0, 1.0], info)
    parts = prepared(known, signals, params)
    parents = {
        name: [rows[level].mode().iat[0] for level in LEVELS[:2]]
        for name, rows in known.groupby("category_3", sort=True)
    }
    names = {f"{name}，{above[1]}": name for name, above in parents.items()}
    classifier = _pipeline(params)
    classifier.fit(
        [*parts["main"], *list(names) * params.name_texts],
        [*known["category_3"], *list(names.values()) * params.name_texts],
    )
    certainty, unseen = _certainty(parts["main"], known["category_3"], params)
    info["agreement_held_out"] = round(unseen, 4)
    mood, scale, info["rated"] = _mood(texts, classifier, signals, params)
    return TextModel(version, classifier, certainty, parents, mood, scale, info)


def _pipeline(params: ServiceTextParams) -> Pipeline:
    sequences = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, params.longest),
        min_df=params.min_frequency,
        sublinear_tf=True,
        dtype=np.float32,
    )
    # Balanced: a matter that comes up once a month counts as much as one of every day.
    model = LinearSVC(C=params.c, class_weight="balanced", random_state=params.seed)
    return Pipeline([("sequences", sequences), ("model", model)])


def _margin(decision: np.ndarray) -> np.ndarray:
    """How far the best class is before the second best."""
    if decision.ndim == 1:
        return 2 * np.abs(decision)
    best = np.partition(decision, -2, axis=1)
    return best[:, -1] - best[:, -2]


def _certainty(
    main: pd.Series, label: pd.Series, params: ServiceTextParams
) -> tuple[list[float], float]:
    """Log-odds of being right as a line in the margin, on wording held out; and the accuracy there.

    Texts of like wording are held out together, or repeated phrasings would make the model look
    surer than it is of what it never saw.
    """
    vectors = clone(_pipeline(params)[0]).fit_transform(main)
    # Few dimensions: clusters of as many as there are sequences take minutes.
    few = TruncatedSVD(min(50, vectors.shape[1] - 1), random_state=params.seed)
    wordings = MiniBatchKMeans(
        n_clusters=int(np.clip(len(main) // 15, 3, 300)),
        random_state=params.seed,
        n_init=1,
        batch_size=2048,
        max_iter=20,
    ).fit_predict(few.fit_transform(vectors))
    margin, right = np.zeros(len(main)), np.zeros(len(main), dtype=bool)
    for learn, test in GroupKFold(3).split(vectors, label, wordings):
        if label.iloc[learn].nunique() < 2:
            continue
        model = clone(_pipeline(params)[-1]).fit(vectors[learn], label.iloc[learn])
        decision = model.decision_function(vectors[test])
        margin[test] = _margin(decision)
        right[test] = model.predict(vectors[test]) == label.iloc[test].to_numpy()
    if right.all() or not right.any():
        return [float(np.log((right.sum() + 1) / ((~right).sum() + 1))), 0.0], float(right.mean())
    line = LogisticRegression().fit(margin[:, None], right)
    return [float(line.intercept_[0]), float(line.coef_[0, 0])], float(right.mean())


def _word_mood(whole: pd.Series, signals: Signals) -> np.ndarray:
    return np.array(
        [[signals.strength("negative", text), signals.strength("positive", text)] for text in whole]
    ).reshape(-1, 2)


def _mood(texts: pd.DataFrame, classifier: Pipeline, signals: Signals, params: ServiceTextParams):
    """Marks of rated orders by wording and matter; None where too few were rated."""
    rated = texts[texts["satisfaction"].notna()]
    if len(rated) < params.min_rated:
        return None, [0.0, 1.0], len(rated)
    parts = prepared(rated, signals, params)
    inputs = _mood_inputs(parts, classifier, signals)
    model = Ridge(alpha=params.ridge).fit(inputs, rated["satisfaction"].astype(float))
    said = model.predict(inputs)
    return model, [float(said.mean()), float(said.std()) or 1.0], len(rated)


def _mood_inputs(parts: pd.DataFrame, classifier: Pipeline, signals: Signals) -> np.ndarray:
    """Words of mood, and the decision values: what the matter itself does to people."""
    words = _word_mood(parts["whole"], signals)
    matter = classifier.decision_function(parts["main"]).reshape(len(parts), -1)
    return np.hstack([words, matter])


def label(
    texts: pd.DataFrame,
    model: TextModel,
    signals: Signals,
    matters: pd.DataFrame,
    repeat_days: int,
    params: ServiceTextParams | None = None,
) -> pd.DataFrame:
    """One row a text with the columns ``LABELS``.

    ``texts``: text_kind, text_no, account_no, written_at, text_redacted. ``matters``: category_3
    and urgency (0 to 2) of seeds/service_matter.csv. ``repeat_days``: an earlier work order of the
    account on the same matter within so many days makes a text a repeat.
    """
    params = params or ServiceTextParams()
    parts = prepared(texts, signals, params)
    result = texts[["text_kind", "text_no", "account_no", "written_at"]].copy()
    result["model_version"] = model.version
    result["unlabelled_reason"] = None
    haste = np.array([signals.strength("urgent", text) > 0 for text in parts["whole"]], dtype=int)
    words = _word_mood(parts["whole"], signals) if len(texts) else np.zeros((0, 2))
    mood = np.tanh((words[:, 1] - words[:, 0]) / 2)
    if model.pipeline is None or not len(texts):
        result[[*LEVELS, "second_category_3"]] = None
        result["confidence"] = np.nan
        result["unlabelled_reason"] = "too few texts with a typed category"
        base = np.zeros(len(texts), dtype=int)
    else:
        decision = model.pipeline.decision_function(parts["main"])
        chosen = _classes(model.pipeline, decision)
        result["category_3"] = chosen
        for place, level in enumerate(LEVELS[:2]):
            result[level] = [model.parents[name][place] for name in chosen]
        at, slope = model.certainty
        result["confidence"] = 1 / (1 + np.exp(-(at + slope * _margin(decision))))
        result["second_category_3"] = _seconds(model, parts["second"], chosen, params)
        urgency = matters.set_index("category_3")["urgency"].astype(int)
        base = result["category_3"].map(urgency).fillna(0).to_numpy(int)
        if model.mood is not None:
            centre, spread = model.mood_scale
            said = model.mood.predict(_mood_inputs(parts, model.pipeline, signals))
            mood = np.tanh((said - centre) / (2 * spread))
    result["urgency"] = base + haste
    result["sentiment"] = mood.round(6)
    result["confidence"] = result["confidence"].round(6)
    result["is_repeat"] = repeats(result, repeat_days)
    return typed(result, LABELS)


def _classes(pipeline: Pipeline, decision: np.ndarray) -> np.ndarray:
    best = (decision > 0).astype(int) if decision.ndim == 1 else decision.argmax(axis=1)
    return pipeline.classes_[best]


def _seconds(model: TextModel, second: pd.Series, first: np.ndarray, params: ServiceTextParams):
    found = np.full(len(second), None, dtype=object)
    at = np.flatnonzero(second.str.len() >= params.shortest_matter)
    if len(at):
        named = _classes(model.pipeline, model.pipeline.decision_function(second.iloc[at]))
        found[at] = np.where(named == first[at], None, named)
    return found


def repeats(result: pd.DataFrame, days: int) -> np.ndarray:
    """Whether the account wrote an order on the same matter within ``days`` before each text.

    ``result``: text_kind, account_no, written_at, category_3.
    """
    keys = ["account_no", "category_3"]
    rows = result.reset_index(drop=True)
    rows["place"] = np.arange(len(rows))
    usable = rows.dropna(subset=[*keys, "written_at"]).sort_values(["written_at", "place"])
    answer = np.zeros(len(rows), dtype=bool)
    if usable.empty:
        return answer
    orders = usable.loc[usable["text_kind"] == "work_order", [*keys, "written_at"]]
    orders = orders.assign(before_at=orders["written_at"])
    # An order and the transcript of its own call have the same time.
    found = pd.merge_asof(
        usable[[*keys, "written_at", "place"]],
        orders,
        on="written_at",
        by=keys,
        allow_exact_matches=False,
        tolerance=pd.Timedelta(days=days),
    )
    answer[found["place"].to_numpy()] = found["before_at"].notna().to_numpy()
    return answer


def card(model: TextModel, labels: pd.DataFrame, low: float) -> Card:
    """The model's card; ``low``: confidence below which a person looks."""
    info = model.info
    judged = labels["confidence"].notna()
    unsure = int((labels["confidence"] < low).sum())
    if model.pipeline is None:
        en = (
            f"No categories: only {info['texts']} texts with a typed category. Urgency and mood "
            "come from the word lists."
        )
        zh = f"无法归类：仅有{info['texts']}条已录入类别的文本。紧急程度与情绪按词表判断。"
    else:
        en = (
            f"Reads the matter of redacted texts, learned from {info['texts']:,} typed work orders "
            f"in {info['categories']} categories; of texts held out with those worded alike "
            f"{info['agreement_held_out']:.1%} as typed, of wholly new wording less. "
            f"{unsure:,} of {int(judged.sum()):,} "
            "texts are for a person. Need, role and reply follow from the matter by list; urgency "
            "by list and words; sentiment ranks and is no measurement."
        )
        zh = (
            f"根据{info['texts']:,}条已录入类别的工单学习脱敏文本的诉求，共{info['categories']}类；"
            f"按相近说法留出检验，与录入一致的占{info['agreement_held_out']:.1%}，全新说法会低些。"
            f"{int(judged.sum()):,}条中{unsure:,}条转人工。需求、岗位与答复提示按清单由诉求得出；"
            "紧急程度按清单与用词；情绪只用于排序。"
        )

    def day(name: str):
        return pd.Timestamp(info[name]).date() if info[name] else None

    return Card(
        model_name=NAME,
        trained_from=day("trained_from"),
        trained_to=day("trained_to"),
        rows=info["texts"],
        features=["characters and pairs of characters of the redacted text"],
        metrics={key: value for key, value in info.items() if not key.startswith("trained")},
        parameters={"low_confidence": low, "model_version": model.version},
        text_en=en,
        text_zh=zh,
    )
