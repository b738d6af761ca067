"""Fields of a paper application form (用电申请表) from the lines that text recognition found on it.

Lines come with a box and a score. Labels are found with one character of tolerance and cut out of
lines; what remains belongs to the label before it on the same line, or else to the nearest label to
its left. Each field is then brought into its form, which also says how sure it is.
"""

import math
import re
from dataclasses import dataclass

LABELS = {
    "application_no": ("申请编号",),
    "name": ("申请人户名", "户名"),
    "id_no": ("证件号码", "信用代码"),
    "phone": ("联系电话",),
    "address": ("用电地址",),
    "kind": ("申请类型",),
    "requested_kva": ("申请容量(kVA)", "申请容量"),
    "voltage": ("供电电压",),
    "category": ("用电类别",),
    "submitted_on": ("申请日期",),
}
FIELDS = tuple(LABELS)
PERSONAL = frozenset({"name", "id_no", "phone", "address"})
# Printed words that end a value without starting a field.
_OTHER = (
    "申请人签章", "受理人", "以上内容由申请人", "经办人签字", "本单一式两份", "特此申请",
    "申请人（盖章）", "现向贵公司提出", "申请人", "本件",
)  # fmt: skip
_WIDE = {"（": "(", "）": ")", "：": ":", "，": ",", "。": ".", "；": ";", "－": "-", "　": " "}
_EDGE = " :：,，.。;；、·|_—-‘’'\"“”"
# What tells a field without its label, where that is too faint to be read.
_SHAPES = {
    "application_no": r"(?<![0-9A-Z])[A-Z]{1,3}\d{0,2}-\d{6,12}(?!\d)",
    "id_no": r"(?<![0-9A-Z])[0-9A-Z]{17}[0-9X A-Z](?![0-9A-Z])",
    "phone": r"(?<!\d)1\d{10}(?!\d)",
    "submitted_on": r"(?<!\d)20\d{2}[-. ]\d{2}[-. ]\d{2}(?!\d)",
}
_BY_SHAPE = 0.9  # certainty of a value whose label was not read
_WEAK = 0.9  # a field below it is worth a second look at the image
_NOISE = 0.6  # score of a scrap of a line that speaks for grain and not for ink
_NOT_IN_CODE = str.maketrans("IOSZV", "10527")  # letters that a credit code does not have
_AS_DIGIT = str.maketrans("OoQDIl|iZzSsBbGg", "0000111122558869")


@dataclass(frozen=True)
class Line:
    """One recognised line: text, score 0 to 1, and its four corners clockwise from top left."""

    text: str
    score: float
    box: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Field:
    """One field as read: ``value`` is None where nothing was found; ``confidence`` 0 to 1."""

    value: str | None
    confidence: float


@dataclass
class _Piece:
    """Part of a line in upright coordinates: a label (``code``), a stop ("") or a value (None)."""

    text: str
    score: float
    left: float
    right: float
    middle: float
    height: float
    code: str | None = None
    line: int = 0


def read(lines: list[Line], options: dict[str, list[str]]) -> dict[str, Field]:
    """The fields of one form.

    ``options``: what a field may say, by field (seeds/form_option.csv); the nearest within one
    character is taken.
    """
    values: dict[str, list[_Piece]] = {code: [] for code in FIELDS}
    pieces = _pieces(lines)
    labels = [piece for piece in pieces if piece.code is not None]
    found = {piece.code for piece in labels}
    before: _Piece | None = None
    for piece in pieces:
        if piece.code is not None:
            before = piece
            continue
        own = before if before is not None and before.line == piece.line else None
        own = own or _nearest(piece, labels)
        if own is not None and own.code:
            values[own.code].append(piece)
    fields = {
        code: _field(code, values[code], options.get(code, [])) if code in found else Field(None, 0)
        for code in FIELDS
    }
    return {
        code: _by_shape(code, lines, options.get(code, [])) if fields[code].value is None
        else fields[code]
        for code in FIELDS
    }  # fmt: skip


def is_weak(fields: dict[str, Field]) -> bool:
    """Whether a field is missing or unsure, so that a second look may help."""
    return any(field.value is None or field.confidence < _WEAK for field in fields.values())


def merged(looks: list[dict[str, Field]]) -> dict[str, Field]:
    """The surer reading of each field; two that agree are as sure as the surer."""
    # A dash is easily lost: of two that differ in nothing else the one with more marks is right.
    return {
        code: max((look[code] for look in looks), key=lambda field: (field.confidence > 0.5,
                                                                     _marks(code, field),
                                                                     field.confidence))
        for code in FIELDS
    }  # fmt: skip


def _marks(code: str, field: Field) -> int:
    return (field.value or "").count("-") if code == "application_no" else 0


def _by_shape(code: str, lines: list[Line], options: list[str]) -> Field:
    """The one value on the page that looks like the field's, if there is exactly one."""
    found: dict[str, float] = {}
    for line in lines:
        text = _plain(line.text)
        if code in _SHAPES:
            named = re.findall(_SHAPES[code], text.upper())
        else:
            said = text.split(":")[-1].strip(_EDGE)
            named = [
                option
                for option in options
                if option == said or (len(option) > 3 and said.endswith(option))
            ]
        for value in named:
            value, certainty = _FORMS[code]([value], options)
            found[value] = max(found.get(value, 0.0), line.score * certainty * _BY_SHAPE)
    if len(found) != 1:
        return Field(None, 0.0)
    value, confidence = found.popitem()
    return Field(value, round(confidence, 4))


def _angle(lines: list[Line]) -> float:
    """How far the page is turned: the median over lines by length."""
    slopes = []
    for line in lines:
        (x0, y0), (x1, y1) = line.box[0], line.box[1]
        if x1 - x0 > 60:
            slopes.append((math.atan2(y1 - y0, x1 - x0), x1 - x0))
    if not slopes:
        return 0.0
    slopes.sort()
    half, seen = sum(width for _, width in slopes) / 2, 0.0
    for angle, width in slopes:
        seen += width
        if seen >= half:
            return angle
    return 0.0


def _plain(text: str) -> str:
    return "".join(_WIDE.get(char, char) for char in text)


def _pieces(lines: list[Line]) -> list[_Piece]:
    """Lines upright and cut at labels, in reading order within a line."""
    turn = _angle(lines)
    cos, sin = math.cos(-turn), math.sin(-turn)
    pieces = []
    for number, line in enumerate(lines):
        upright = [(x * cos - y * sin, x * sin + y * cos) for x, y in line.box]
        xs, ys = [x for x, _ in upright], [y for _, y in upright]
        left, right, height = min(xs), max(xs), max(ys) - min(ys)
        text = _plain(line.text)
        spans = _labels_in(text)
        weights = [1.0 if ord(char) > 0x2E80 else 0.55 for char in text]
        total = sum(weights) or 1.0

        def at(place: int, left=left, right=right, weights=weights, total=total) -> float:
            return left + (right - left) * sum(weights[:place]) / total

        end = 0
        middle = sum(ys) / 4
        for start, stop, code in [*spans, (len(text), len(text), None)]:
            # What is before the first label of a line and names a place in a list is no value.
            between = text[end:start].strip(_EDGE)
            if between and not (code is not None and re.fullmatch(r"\d{1,2}", between)):
                pieces.append(
                    _Piece(between, line.score, at(end), at(start), middle, height, None, number)
                )
            if code is not None:
                pieces.append(
                    _Piece(text[start:stop], line.score, at(start), at(stop), middle, height,
                           code, number)
                )  # fmt: skip
            end = stop
    return pieces


def _labels_in(text: str) -> list[tuple[int, int, str]]:
    """Start, end and field ("" for words that end a value) of the labels in a line, in order."""
    found: list[tuple[int, int, int, str]] = []
    named = [(words, code) for code, labels in LABELS.items() for words in labels]
    named += [(_plain(words), "") for words in _OTHER]
    for words, code in named:
        words = _plain(words)
        # Words of two characters would match anything with one wrong.
        allowed = 0 if len(words) < 4 else 1
        for start in range(len(text) - len(words) + 1):
            wrong = sum(
                a != b for a, b in zip(words, text[start : start + len(words)], strict=True)
            )
            if wrong <= allowed:
                found.append((wrong, -len(words), start, code))
    taken: list[tuple[int, int, str]] = []
    for _, negative, start, code in sorted(found):
        stop = start - negative
        if all(stop <= other_start or start >= other_stop for other_start, other_stop, _ in taken):
            taken.append((start, stop, code))
    return sorted(taken)


def _nearest(piece: _Piece, labels: list[_Piece]) -> _Piece | None:
    """The label that a value without one on its own line belongs to."""
    best, least = None, 2.2
    for label in labels:
        size = min(label.height, piece.height) or 1.0
        gap = (piece.left - label.right) / size
        if gap < -0.8:
            continue
        down = (piece.middle - label.middle) / size
        # A value's first line, of two, is half a line above its label at most.
        if down < -1.0:
            continue
        far = abs(down) + 0.06 * max(gap, 0)
        between = any(
            other is not label
            and abs(other.middle - label.middle) < 0.7 * size
            and label.right < other.left
            and other.right < piece.left + 0.8 * size
            for other in labels
        )
        if not between and far < least:
            best, least = label, far
    return best


def _field(code: str, pieces: list[_Piece], options: list[str]) -> Field:
    if not pieces:
        return Field(None, 0.0)
    tallest = max(piece.height for piece in pieces)
    kept = [each for each in pieces if each.height > 0.5 * tallest or each.score > _NOISE]
    best = max(each.score for each in kept)
    pieces = [each for each in kept if each.score > _NOISE or best <= _NOISE]
    size = min(piece.height for piece in pieces)
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda each: each.middle):
        if rows and piece.middle - rows[-1][0].middle < 0.55 * size:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    texts = [each.text for row in rows for each in sorted(row, key=lambda one: one.left)]
    score = min(piece.score for piece in pieces)
    value, certainty = _FORMS[code](texts, options)
    return Field(value or None, round(score * certainty, 4) if value else 0.0)


def _joined(texts: list[str]) -> str:
    return "".join(texts).replace(" ", "").strip(_EDGE)


def _words(texts: list[str], options: list[str]) -> tuple[str, float]:
    value = _joined(texts)
    # A paper's full-width brackets were made narrow for the labels' sake.
    return value.replace("(", "（").replace(")", "）"), 0.5 if len(value) < 2 else 1.0


def _option(texts: list[str], options: list[str]) -> tuple[str, float]:
    value = _joined(texts)
    if value in options or not options:
        return value, 1.0 if options else 0.5
    alike = [option for option in options if option.lower() == value.lower()]
    if alike:
        return alike[0], 0.95
    near = sorted((_distance(value, option), option) for option in options)
    if near[0][0] == 1 and len(near[0][1]) > 1 and (len(near) == 1 or near[1][0] > 1):
        return near[0][1], 0.8
    inside = [option for option in options if option in value]
    return (max(inside, key=len), 0.7) if inside else (value, 0.3)


def _distance(a: str, b: str) -> int:
    """Edits between two short texts."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1]


def _phone(texts: list[str], options: list[str]) -> tuple[str, float]:
    said = " ".join(texts).translate(_AS_DIGIT)
    whole = re.findall(r"(?<!\d)1\d{10}(?!\d)", said)
    digits = re.findall(r"\d+", said)
    if whole:
        # Of two the first was crossed out.
        return whole[-1], 1.0 if len(digits) == 1 else 0.85
    together = "".join(digits)
    if len(together) >= 22 and together[-11] == "1":
        return together[-11:], 0.7
    return together, 0.3


def _number(texts: list[str], options: list[str]) -> tuple[str, float]:
    said = " ".join(text.translate(_AS_DIGIT) for text in texts)
    # What is followed by a V is the voltage of the next field.
    numbers = re.findall(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.]|\s?[kK]?[vV])", said)
    if not numbers:
        return "", 0.0
    # Of several the first was crossed out, or the line was torn: a person looks.
    return numbers[-1], 1.0 if len(numbers) == 1 else 0.6


def _identity(texts: list[str], options: list[str]) -> tuple[str, float]:
    value = re.sub(r"[^0-9A-Z]", "", _joined(texts).upper())
    if len(value) == 18 and not value[:-1].isdigit():
        value = value.translate(_NOT_IN_CODE)
        return value, 1.0 if is_credit_code(value) else 0.5
    if len(value) == 18:
        return value, 1.0 if is_identity_number(value) else 0.5
    return value, 0.3


def is_identity_number(value: str) -> bool:
    """Whether the last place is the check digit of an 18-place identity number (GB 11643)."""
    if not re.fullmatch(r"\d{17}[\dX]", value):
        return False
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(value[:17]))
    return "10X98765432"[total % 11] == value[-1]


def is_credit_code(value: str) -> bool:
    """Whether the last place is the check character of a unified credit code (GB 32100)."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if len(value) != 18 or any(sign not in signs for sign in value):
        return False
    total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(value[:17]))
    return signs[(31 - total % 31) % 31] == value[-1]


def _application(texts: list[str], options: list[str]) -> tuple[str, float]:
    value = _joined(texts).upper().replace("—", "-")
    # Letters lead, digits follow.
    value = value[:1] + value[1:].translate(_AS_DIGIT)
    return value, 1.0 if re.fullmatch(r"[A-Z]{1,4}\d*-?\d{6,14}", value) else 0.5


def _date(texts: list[str], options: list[str]) -> tuple[str, float]:
    value = _joined(texts).translate(_AS_DIGIT)
    match = re.search(r"(20\d{2})\D{0,2}(\d{2})\D{0,2}(\d{2})", value)
    if not match or not (1 <= int(match[2]) <= 12 and 1 <= int(match[3]) <= 31):
        return value, 0.3
    return "-".join(match.groups()), 1.0


_FORMS = {
    "application_no": _application,
    "name": _words,
    "id_no": _identity,
    "phone": _phone,
    "address": _words,
    "kind": _option,
    "requested_kva": _number,
    "voltage": _option,
    "category": _option,
    "submitted_on": _date,
}
