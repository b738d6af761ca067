"""The contract as data: sources, entities, columns and their hard rules."""

import difflib
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import yaml

# Landed times are local; business dates, schedules and "today" are those of the branches served.
TIMEZONE = "Asia/Shanghai"
PERSONAL_CLASSES = ("name", "phone", "id_no", "address", "email", "free_text")
_DECIMAL = re.compile(r"decimal\((\d+),(\d+)\)")
_SIMPLE_TYPES = {
    "varchar": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "integer": pa.int32(),
    "boolean": pa.bool_(),
}


class ContractError(ValueError):
    """The contract files themselves are wrong: says which file, entity and column."""


@dataclass(frozen=True)
class Column:
    """One column of an entity with its hard rules."""

    name: str
    data_type: str
    description: str
    label_zh: str
    unit: str | None = None
    required: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    min: float | date | None = None
    max: float | date | None = None
    personal: str | None = None

    @property
    def arrow_type(self) -> pa.DataType:
        """Type of the column in landing and raw Parquet files."""
        if decimal := _DECIMAL.fullmatch(self.data_type):
            return pa.decimal128(int(decimal[1]), int(decimal[2]))
        return _SIMPLE_TYPES[self.data_type]


@dataclass(frozen=True)
class Entity:
    """One kind of landed table: ``landing/<source>/<name>/load_date=…/``."""

    source: str
    name: str
    description: str
    label_zh: str
    owner: str
    key: tuple[str, ...]
    version_by: tuple[str, ...]
    freshness_days: int
    columns: tuple[Column, ...]
    # The column that says when what a row tells of happened, if the entity has one.
    event: str | None = None

    @property
    def folder(self) -> str:
        """Folder below the landing root."""
        return f"{self.source}/{self.name}"

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in contract order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def value_columns(self) -> frozenset[str]:
        """Names of the columns outside the key."""
        return frozenset(self.column_names) - frozenset(self.key)

    @cached_property
    def fingerprint(self) -> str:
        """Changes when a rule of the entity changes: then its files are taken in again."""
        return hashlib.sha256(repr((self.key, self.columns)).encode()).hexdigest()[:16]

    def nearest(self, name: str) -> str | None:
        """The column whose name is most like ``name``, for messages."""
        return next(iter(difflib.get_close_matches(name, self.column_names, n=1)), None)


@dataclass(frozen=True)
class Contract:
    """Every entity that may land."""

    entities: tuple[Entity, ...]

    @cached_property
    def by_folder(self) -> dict[str, Entity]:
        """Entities by ``source/name``."""
        return {entity.folder: entity for entity in self.entities}

    def entity(self, source: str, name: str) -> Entity:
        """The entity, or ``ContractError`` naming the nearest one."""
        folder = f"{source}/{name}"
        if folder not in self.by_folder:
            raise ContractError(f"the contract has no entity {folder}{self.hint(folder)}")
        return self.by_folder[folder]

    def hint(self, folder: str) -> str:
        """`; did you mean …?` for the entity most like ``folder``, or nothing."""
        close = difflib.get_close_matches(folder, list(self.by_folder), n=1)
        return f"; did you mean {close[0]}?" if close else ""


def load(models: Path) -> Contract:
    """Read the contract from the dbt source files below ``models``/staging.

    Raises ``ContractError`` for a file that does not say what it must.
    """
    paths = sorted(Path(models).glob("staging/*/_*__sources.yml"))
    if not paths:
        raise ContractError(f"no contract: {models}/staging/*/_*__sources.yml matches no file")
    entities = []
    for path in paths:
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            owner = source.get("config", {}).get("meta", {}).get("owner")
            for table in source.get("tables", []):
                entities.append(_entity(path, source["name"], owner, table))
    return Contract(tuple(entities))


def _entity(path: Path, source: str, owner: str | None, table: dict) -> Entity:
    where = f"{path.name}, {source}.{table.get('name')}"
    meta = table.get("config", {}).get("meta", {})
    for needed in ("key", "label_zh", "freshness_days"):
        if needed not in meta:
            raise ContractError(f"{where}: config.meta.{needed} is missing")
    if not owner:
        raise ContractError(f"{where}: the source has no config.meta.owner")
    columns = tuple(_column(where, column, meta["key"]) for column in table.get("columns", []))
    names = [column.name for column in columns]
    event = [meta["event"]] if "event" in meta else []
    for name in [*meta["key"], *meta.get("version_by", []), *event]:
        if name not in names:
            raise ContractError(f"{where}: key, version_by or event: {name} is no column")
    return Entity(
        source=source,
        name=table["name"],
        description=table.get("description", ""),
        label_zh=meta["label_zh"],
        owner=owner,
        key=tuple(meta["key"]),
        version_by=tuple(meta.get("version_by", [])),
        freshness_days=int(meta["freshness_days"]),
        columns=columns,
        event=meta.get("event"),
    )


def _column(where: str, column: dict, key: list[str]) -> Column:
    where = f"{where}.{column.get('name')}"
    meta = dict(column.get("config", {}).get("meta", {}))
    known = {"label_zh", "unit", "required", "allowed", "pattern", "min", "max", "personal"}
    if unknown := set(meta) - known:
        raise ContractError(f"{where}: unknown meta {sorted(unknown)}; known are {sorted(known)}")
    data_type = column.get("data_type", "")
    if data_type not in _SIMPLE_TYPES and not _DECIMAL.fullmatch(data_type):
        raise ContractError(f"{where}: data_type {data_type!r} is not one the contract allows")
    if meta.get("personal") not in (None, *PERSONAL_CLASSES):
        raise ContractError(f"{where}: personal must be one of {PERSONAL_CLASSES}")
    meta["required"] = bool(meta.get("required")) or column["name"] in key
    meta["allowed"] = tuple(meta.get("allowed", ()))
    return Column(
        name=column["name"],
        data_type=data_type,
        description=column.get("description", ""),
        label_zh=meta.pop("label_zh", ""),
        **meta,
    )
