"""The asset of response scores, of preferred channels and hours, and of their model."""

from collections.abc import Iterator

import dagster as dg
import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.scores.history import history
from orchestration.scores.segments import SEGMENTS
from orchestration.workspace import Workspace

RESPONSE = dg.AssetKey(["scores", "response"])
PREFERENCE = dg.AssetKey(["scores", "account_preference"])
TOUCH_OUTCOME = dg.AssetKey(["customer_360", "touch_outcome"])
SCHEMA = pa.schema(
    {
        "account_no": pa.string(),
        "product_code": pa.string(),
        "channel": pa.string(),
        "p_without_contact": pa.float32(),
        "uplift": pa.float32(),
        "model_version": pa.string(),
    }
)
_BATCH = 20_000  # accounts scored at a time: 1.2 million rows at most


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """p_without_contact and uplift by account, product and channel; preferences; the card."""
    needed = [ACCOUNT_MONTH, SEGMENTS, TOUCH_OUTCOME]

    @dg.multi_asset(
        name="response",
        specs=[
            dg.AssetSpec(RESPONSE, deps=needed, group_name="ml"),
            dg.AssetSpec(PREFERENCE, deps=needed, group_name="ml"),
        ],
        **COMMON,
    )
    def response(context: dg.AssetExecutionContext):
        with step("response") as progress:
            day = context.partition_key
            rows, accounts = score(workspace, day)
            progress.note = f"{rows:,} scores, {accounts:,} preferences"
        for key, count in ((RESPONSE, rows), (PREFERENCE, accounts)):
            yield dg.MaterializeResult(asset_key=key, metadata={"rows": count})

    return response


def score(workspace: Workspace, day: str) -> tuple[int, int]:
    """Write the day's scores, preferences and card; how many scores and accounts."""
    from ml.preference import PreferenceParams, part_of_day, preferences
    from ml.response import possible
    from ml.response_card import card, missing_card

    features = files.newest_month(workspace)
    model, reason = fitted(workspace, features)
    counts, channel = 0, pd.DataFrame(columns=["preferred_channel", "channel_uplift", "gain"])
    with _Writer(workspace, day) as writer:
        if model is not None:
            scope = files.seed("product_scope")
            # By the whole month: a rule may ask for a place among all accounts.
            able = possible(features, model.products, scope)
            able &= ~features["is_closed_now"].fillna(False).to_numpy(dtype=bool)[:, None]
            found = []
            for scores, best in _batches(model, features, able):
                writer.write(scores)
                found.append(best)
            counts, channel = writer.rows, pd.concat(found) if found else channel
    month = pd.Timestamp(features["month"].iloc[0]).date() if len(features) else None
    note = missing_card(month, reason) if model is None else card(model, counts)
    parts = files.seed("day_part")
    segments = pd.read_parquet(files.score_file(workspace, "segments", day))
    groups = segments.set_index("account_no")["segment_code"]
    part = part_of_day(_moments(workspace, parts), groups, list(parts["part"]), PreferenceParams())
    table = preferences(channel, part, parts, model is not None)
    files.write_scores(workspace, "account_preference", day, table)
    files.write_scores(workspace, "model_card", day, note.frame(), "response")
    return counts, len(table)


def fitted(workspace: Workspace, features: pd.DataFrame):
    """The model of the feature month, fitted and stored if there is none yet; or why there is none.

    Returns the model and a pair of sentences, one of them None.
    """
    from ml import model_store
    from ml.response import ResponseModel, TooLittleToLearn
    from ml.response_choice import train

    if features.empty:
        return None, ("no complete month yet", "尚无完整月份")
    month = pd.Timestamp(features["month"].iloc[0]).date()
    path = workspace.models / "response" / f"{month:%Y-%m}.skops"
    if path.exists():
        return ResponseModel.from_dict(model_store.loads(path.read_bytes())), None
    try:
        model = train(history(workspace, month))
    except TooLittleToLearn as error:
        return None, (str(error), error.chinese)
    files.write_bytes(path, model_store.dumps(model.as_dict()))
    return model, None


def _batches(model, features: pd.DataFrame, able: np.ndarray) -> Iterator:
    """Scores and best channels of some accounts at a time."""
    from ml.preference import best_channel
    from ml.response import predict

    prefix = "may_contact_by_"
    allowed = [n for n in features.columns if n.startswith(prefix)]
    for start in range(0, len(features), _BATCH):
        rows = features.iloc[start : start + _BATCH]
        scores = predict(model, rows, able=able[start : start + _BATCH])
        consents = rows.set_index("account_no")[allowed].rename(
            columns=lambda name: name.removeprefix(prefix)
        )
        yield scores.assign(model_version=model.version), best_channel(scores, consents)


def _moments(workspace: Workspace, parts: pd.DataFrame) -> pd.DataFrame:
    """account_no, part, source, events: when people answered, used the app, want to be called."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        connection.register("parts", parts.astype({"from_hour": int, "until_hour": int}))
        return connection.execute("""
            with moments as (
                select account_no, hour(occurred_at) as hour, 'app_event' as source
                from staging.stg_marketing__app_events where occurred_at is not null
                union all
                select account_no, hour(responded_at), 'answer'
                from customer_360.touch_outcome where responded_at is not null
                union all
                select accounts.account_no, try_cast(left(contacts.preferred_hours, 2) as integer),
                    'stated'
                from staging.stg_crm__contacts as contacts
                inner join marts.dim_account as accounts
                    on contacts.customer_no = accounts.customer_no
            )
            select moments.account_no, parts.part, moments.source, count(*) as events
            from moments inner join parts
                on moments.hour >= parts.from_hour and moments.hour < parts.until_hour
            where moments.account_no is not null
            group by all order by all
        """).df()


class _Writer:
    """One Parquet file from many frames, there when it is whole."""

    def __init__(self, workspace: Workspace, day: str):
        self.target = files.score_file(workspace, "response", day)
        self.unfinished = self.target.with_suffix(".tmp")
        self.rows = 0

    def __enter__(self) -> "_Writer":
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.file = pq.ParquetWriter(self.unfinished, SCHEMA, compression="zstd")
        return self

    def write(self, table: pd.DataFrame) -> None:
        self.file.write_table(pa.Table.from_pandas(table, SCHEMA, preserve_index=False))
        self.rows += len(table)

    def __exit__(self, kind, *rest) -> None:
        if kind is None and not self.rows:
            self.file.write_table(SCHEMA.empty_table())
        self.file.close()
        if kind is None:
            self.unfinished.replace(self.target)
