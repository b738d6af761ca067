"""Classes are learned from characters, and the fitted pipeline comes back from its file."""

import numpy as np

from ml import model_store
from ml.text_classifier import TextParams, pipeline

TEXTS = np.array(
    ["电费太高了", "电费怎么这么高", "停电了快来", "又停电三小时", "电费高", "停电"] * 4
)
CLASSES = np.array(["bill", "bill", "outage", "outage", "bill", "outage"] * 4)


def test_unseen_wording_is_understood_by_its_parts():
    fitted = pipeline(TextParams(min_texts=1)).fit(TEXTS, CLASSES)
    assert fitted.predict(["上个月电费好高", "昨晚停电"]).tolist() == ["bill", "outage"]
    # Sequences, not single characters: both texts have the same ones.
    assert fitted[0].transform(["高电费"]).nnz != fitted[0].transform(["电费高"]).nnz


def test_both_models_have_their_say_in_units_of_their_spread():
    for classes in (CLASSES, np.where(TEXTS == "停电", "short", CLASSES)):
        fitted = pipeline(TextParams(min_texts=1)).fit(TEXTS, classes)
        X, model = fitted[0].transform(TEXTS), fitted[-1]
        margin = model.margin_.decision_function(X)
        bayes = model.bayes_.predict_log_proba(X)
        if len(model.classes_) == 2:
            bayes = bayes[:, 1] - bayes[:, 0]
        expected = margin / margin.std() + bayes / bayes.std()
        np.testing.assert_allclose(model.decision_function(X), expected)
        assert (fitted.predict(TEXTS) == classes).all()


def test_it_comes_back_from_its_file():
    fitted = pipeline(TextParams(min_texts=1)).fit(TEXTS, CLASSES)
    data = model_store.dumps({"pipeline": fitted})
    again = model_store.loads(data)["pipeline"]
    np.testing.assert_array_equal(again.decision_function(TEXTS), fitted.decision_function(TEXTS))
