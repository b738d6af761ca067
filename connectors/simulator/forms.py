"""Paper application forms (用电申请表) as scanned images, with what is really printed on them.

One call draws one form from the values of an application and a generator of random numbers; the
same values and the same generator give the same bytes on the same versions of Pillow and numpy.
This module draws and nothing else: which applications have a form, where the images land and how
they are read back belong to other modules.
"""

import io
import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FIELDS: dict[str, str] = {
    "application_no": "申请编号",
    "name": "户名",
    "id_no": "证件号码",
    "phone": "联系电话",
    "address": "用电地址",
    "kind": "申请类型",
    "requested_kva": "申请容量(kVA)",
    "voltage": "供电电压",
    "category": "用电类别",
    "submitted_on": "申请日期",
}
CREDIT_CODE_LABEL = "信用代码"
KINDS = ("新装", "增容", "减容", "暂停", "恢复", "过户", "销户", "光伏并网")
# What a typesetter puts where a character is missing from the font (geta mark).
MISSING = "〓"
CUT = "…"

HARD_SHARE = 0.08
WORN_SHARE = 0.30
STAMP_SHARE = 0.55
CORRECTED_SHARE = 0.06

# The wheel's one face: its regional shapes are Traditional, its coverage is all of Noto CJK.
_FONT = ("cvttf_NotoSansCJK_Regular", "NotoSansCJKtc-Regular.otf")
# Below this a value is cut rather than shrunk: nobody could read the paper.
_SMALLEST = 18
_TITLES = ("用电申请表", "业扩报装申请表", "客户用电业务申请单", "用电业务登记表")
_STAMPS = ("临江供电公司业务专用章", "临江供电营业厅受理专用章", "临江市供电分公司")

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Style:
    """How a form looks: facts about the image that a reader of it is not told."""

    layout: str
    font: str  # the pseudo-font of the values
    handwriting: bool
    difficulty: float  # 0..1
    level: str  # plain, worn or hard: bands of difficulty
    rotation_deg: float  # counter-clockwise
    blur_px: float
    noise: float  # standard deviation, in shares of black to white
    jpeg_quality: int
    contrast: float  # ink against paper, 1 = black on white
    shade: float  # how much light falls off towards one side
    paper: tuple[int, int, int]
    stamp: bool
    stamp_over: tuple[str, ...]  # the fields that the stamp touches
    corrected: str | None  # field with a crossed-out first try
    struck: str | None  # the text crossed out


@dataclass(frozen=True)
class Form:
    """One scanned form.

    `truth` holds the text printed for every field of `FIELDS` ("" where the line was left blank);
    it differs from the value asked for where a character is missing from the font, the blanks are
    irregular or the value is longer than its place. `boxes` holds left, top, right, bottom of each
    printed value in pixels of the image; a blank field has no box.
    """

    png: bytes
    width: int
    height: int
    truth: dict[str, str]
    boxes: dict[str, Box]
    style: Style


class _Face(NamedTuple):
    """A pseudo-font: one real font, drawn differently."""

    stroke: int = 0
    slant: float = 0.0
    squeeze: float = 1.0
    spacing: float = 0.0  # in ems
    jitter: float = 0.0  # of a character's place, in ems


_FACES = {
    "regular": _Face(),
    "bold": _Face(stroke=1),
    "oblique": _Face(slant=0.2),
    "narrow": _Face(squeeze=0.86),
    "spaced": _Face(spacing=0.12),
    "hand": _Face(slant=0.12, jitter=0.05, spacing=0.03),
    "hand_bold": _Face(stroke=1, slant=-0.08, jitter=0.06, spacing=0.05),
}


class _Slot(NamedTuple):
    """Where a field goes: its label's place and the box that its value may fill."""

    label_at: tuple[int, int]
    label: str
    box: Box


class _Sheet(NamedTuple):
    """What a layout is made for."""

    width: int
    size: int
    face: _Face
    labels: dict[str, str]
    wanted: dict[str, str]


class _Plan(NamedTuple):
    """A layout before anything is drawn."""

    height: int
    lines: list[tuple[int, int, int, int, int]]  # x0, y0, x1, y1, width
    texts: list[tuple[int, int, str, int]]  # x, y, text, size
    slots: dict[str, _Slot]


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    package, name = _FONT
    with as_file(files(package) / name) as path:
        # Basic layout: the other engine depends on a library of the machine.
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _mask(char: str) -> tuple[tuple[int, int], bytes]:
    mask = _font(24).getmask(char)
    return mask.size, bytes(mask)


@lru_cache(maxsize=1)
def _no_glyph() -> tuple[tuple[int, int], bytes]:
    return _mask("\U0010ffff")


@lru_cache(maxsize=20_000)
def _has_glyph(char: str) -> bool:
    if unicodedata.category(char)[0] == "C":
        return False
    mask = _mask(char)
    return any(mask[1]) and mask != _no_glyph()


def printable(value: str) -> str:
    """The value as the font can print it.

    Runs of blanks become one, controls and invisible marks vanish, and every other character that
    the font lacks becomes `MISSING`.
    """
    kept = []
    for char in " ".join(unicodedata.normalize("NFC", value).split()):
        if char == " " or _has_glyph(char):
            kept.append(char)
        elif unicodedata.category(char) not in ("Cc", "Cf"):
            kept.append(MISSING)
    return " ".join("".join(kept).split())


def _advance(char: str, size: int, face: _Face) -> float:
    return (_font(size).getlength(char) + face.spacing * size + face.stroke) * face.squeeze


def _length(text: str, size: int, face: _Face) -> float:
    return sum(_advance(char, size, face) for char in text)


def _wrap(text: str, size: int, face: _Face, width: float) -> list[str]:
    """The text in lines that fit the width, broken between any two characters."""
    lines, line, used = [], "", 0.0
    for char in text:
        step = _advance(char, size, face)
        if line and used + step > width:
            lines.append(line)
            line, used = "", 0.0
        line += char
        used += step
    return [*lines, line] if line else lines


def _fit(text: str, face: _Face, size: int, box: Box) -> tuple[str, list[str], int]:
    """The text that fits the box, its lines and its size: first shrunk, then cut."""
    width, height = box[2] - box[0], box[3] - box[1]
    # The slant leans out of the line by a part of its height.
    width -= int(abs(face.slant) * size) + 6
    while True:
        lines = _wrap(text, size, face, width)
        room = max(1, int(height / (1.2 * size)))
        if len(lines) <= room:
            return text, lines, size
        if size <= _SMALLEST:
            break
        size = max(_SMALLEST, size - 2)
    kept = "".join(lines[:room])
    while len(_wrap(kept + CUT, size, face, width)) > room:
        kept = kept[:-1]
    kept = kept.rstrip() + CUT
    return kept, _wrap(kept, size, face, width), size


def _tile(lines: list[str], size: int, face: _Face, rng: np.random.Generator) -> Image.Image:
    """The lines as a mask, cropped to its ink."""
    step = int(1.2 * size)
    wide = max(_length(line, size, face) for line in lines) / face.squeeze
    tile = Image.new("L", (int(wide) + 2 * size, step * len(lines) + size), 0)
    pen = ImageDraw.Draw(tile)
    for row, line in enumerate(lines):
        x = size * 0.5
        for char in line:
            dx, dy, scale = 0.0, 0.0, 1.0
            if face.jitter:
                dx, dy, scale = rng.normal(0, face.jitter, 3) * (size * 0.6, size, 0.8)
                scale = 1.0 + float(np.clip(scale, -0.05, 0.05))
                dx, dy = float(np.clip(dx, -3, 3)), float(np.clip(dy, -4, 4))
            font = _font(max(8, round(size * scale)) if face.jitter else size)
            at = (x + dx, row * step + size * 0.1 + 4 + dy)
            pen.text(at, char, font=font, fill=255, stroke_width=0)
            if face.stroke:
                pen.text((at[0] + face.stroke, at[1]), char, font=font, fill=255)
            x += _advance(char, size, face) / face.squeeze
    if face.slant or face.squeeze != 1.0:
        lean = abs(face.slant) * tile.height
        out = (int(tile.width * face.squeeze + lean) + 2, tile.height)
        shift = lean if face.slant > 0 else 0.0
        tile = tile.transform(
            out,
            Image.Transform.AFFINE,
            (1 / face.squeeze, face.slant / face.squeeze, -shift / face.squeeze, 0, 1, 0),
            Image.Resampling.BICUBIC,
        )
    return tile.crop(tile.getbbox() or (0, 0, 1, 1))


# Half rows of the table and of the two-column form; a name of one field fills the row.
_ROWS = (
    ("application_no", "submitted_on"),
    ("name",),
    ("id_no", "phone"),
    ("address",),
    ("kind", "category"),
    ("requested_kva", "voltage"),
)


def _label_width(label: str, size: int) -> int:
    return math.ceil(_font(size).getlength(label))


def _table(sheet: _Sheet, rng: np.random.Generator) -> _Plan:
    width, size, labels = sheet.width, sheet.size, sheet.labels
    left, right, row = 44, width - 44, int(size * 2.0)
    top = 130
    label_ws = [
        max(_label_width(labels[codes[k]], size) for codes in _ROWS if k < len(codes)) + 20
        for k in (0, 1)
    ]
    middle = left + int((right - left) * rng.uniform(0.53, 0.57))
    rule = int(rng.integers(1, 4))
    lines, slots, y = [(left, top, right, top, rule)], {}, top
    for codes in _ROWS:
        tall = int(row * 1.5) if len(codes) == 1 else row
        ends = [right] if len(codes) == 1 else [middle, right]
        x = left
        for code, end, label_w in zip(codes, ends, label_ws, strict=False):
            slots[code] = _Slot(
                (x + 9, y + (tall - int(size * 1.4)) // 2),
                labels[code],
                (x + label_w + 8, y + 6, end - 8, y + tall - 6),
            )
            lines += [(x, y, x, y + tall, rule), (x + label_w, y, x + label_w, y + tall, rule)]
            x = end
        lines += [(right, y, right, y + tall, rule), (left, y + tall, right, y + tall, rule)]
        y += tall
    texts = [(left, y + 40, "申请人签章：", size), (middle, y + 40, "受理人：", size)]
    return _Plan(y + 190, lines, texts, slots)


def _columns(sheet: _Sheet, rng: np.random.Generator) -> _Plan:
    width, size, labels = sheet.width, sheet.size, sheet.labels
    left, right, row = 50, width - 50, int(size * 2.0)
    middle = left + int((right - left) * rng.uniform(0.53, 0.57))
    lines, slots, y = [], {}, 140
    for codes in _ROWS:
        tall = int(row * 1.4) if codes == ("address",) else row
        spans = [(left, right)] if len(codes) == 1 else [(left, middle - 15), (middle, right)]
        for code, (x, end) in zip(codes, spans, strict=True):
            start = x + _label_width(labels[code] + "：", size) + 8
            slots[code] = _Slot(
                (x, y + tall - int(size * 1.5)),
                labels[code] + "：",
                (start, y + 2, end, y + tall - 7),
            )
            lines.append((start, y + tall - 3, end, y + tall - 3, 1))
        y += tall + 8
    texts = [(left, y + 30, "以上内容由申请人如实填写。", size - 3)]
    texts.append((middle, y + 70, "经办人签字：", size))
    return _Plan(y + 190, lines, texts, slots)


def _list(sheet: _Sheet, rng: np.random.Generator) -> _Plan:
    width, size, labels = sheet.width, sheet.size, sheet.labels
    left, right, row = int(rng.integers(60, 120)), width - 50, int(size * 1.75)
    slots, y = {}, 130
    for place, (code, label) in enumerate(labels.items(), 1):
        tall = int(row * 1.4) if code in ("address", "name") else row
        text = f"{place}. {label}："
        start = left + _label_width(text, size) + 10
        at = (left, y + (tall - int(size * 1.4)) // 2)
        slots[code] = _Slot(at, text, (start, y + 1, right, y + tall - 1))
        y += tall
    texts = [(left, y + 24, "注：本单一式两份，客户与供电公司各执一份。", size - 4)]
    return _Plan(y + 150, [], texts, slots)


# The letter's sentences: the words before each value and the mark after it.
_LETTER = (
    ("name", "申请人户名：", "，"),
    ("id_no", "证件号码：", "，"),
    ("phone", "联系电话：", "，"),
    ("address", "用电地址：", "。"),
    ("kind", "现向贵公司提出申请类型：", "，"),
    ("requested_kva", "申请容量(kVA)：", "，"),
    ("voltage", "供电电压：", "，"),
    ("category", "用电类别：", "。"),
    ("application_no", "本件申请编号：", "，"),
    ("submitted_on", "申请日期：", "。"),
)


def _letter(sheet: _Sheet, rng: np.random.Generator) -> _Plan:
    size, left, right = sheet.size, 70, sheet.width - 60
    row = int(size * float(rng.uniform(1.7, 1.95)))
    texts = [(left, 122, "临江供电公司：", size)]
    slots: dict[str, _Slot] = {}
    x, y, deepest = left + 2 * size, 122 + row, 0
    for code, words, mark in _LETTER:
        said = words.replace(FIELDS[code], sheet.labels[code])
        label_w = _label_width(said, size) + 4
        # A blank is left wide enough to write in.
        need = max(4 * size, int(_length(sheet.wanted[code], size, sheet.face)) + size)
        deep = int(size * 1.4)
        if x > left and x + label_w + need + size > right:
            x, y, deepest = left, y + max(row, deepest), 0
        start = x + label_w
        end = min(start + need, right - size)
        if start + need > end:
            deep = int(size * 2.5)
        slots[code] = _Slot((x, y), said, (start, y, end, y + deep))
        texts.append((end, y, mark, size))
        deepest = max(deepest, deep + 4)
        x = end + size
    y += max(row, deepest)
    texts += [(left + 2 * size, y + 10, "特此申请，请予受理。", size)]
    texts += [(right - 11 * size, y + row + 20, "申请人（盖章）：", size)]
    return _Plan(y + row + 150, [], texts, slots)


LAYOUTS: dict[str, Callable[[_Sheet, np.random.Generator], _Plan]] = {
    "table": _table,
    "columns": _columns,
    "list": _list,
    "letter": _letter,
}


def _difficulty(rng: np.random.Generator) -> tuple[float, str]:
    band, within = rng.random(2)
    if band < HARD_SHARE:
        return 0.75 + 0.25 * within, "hard"
    if band < HARD_SHARE + WORN_SHARE:
        return 0.35 + 0.3 * within, "worn"
    return 0.3 * within, "plain"


def _stamp(radius: int, text: str) -> Image.Image:
    """A round company seal as a mask: ring, star, words along the upper arc."""
    side = 2 * radius + 8
    mask = Image.new("L", (side, side), 0)
    pen, centre = ImageDraw.Draw(mask), side / 2
    pen.ellipse((4, 4, side - 4, side - 4), outline=255, width=5)
    points = []
    for k in range(10):
        reach = radius * (0.3 if k % 2 == 0 else 0.115)
        turn = math.pi * k / 5
        points.append((centre + reach * math.sin(turn), centre - reach * math.cos(turn)))
    pen.polygon(points, fill=255)
    size = int(radius * 0.26)
    for k, char in enumerate(text):
        angle = -125 + 250 * k / (len(text) - 1)
        glyph = Image.new("L", (size * 2, size * 2), 0)
        ImageDraw.Draw(glyph).text(
            (size, size), char, font=_font(size), fill=255, anchor="mm", stroke_width=1
        )
        glyph = glyph.rotate(-angle, Image.Resampling.BICUBIC)
        reach = radius * 0.76
        at = (
            int(centre + reach * math.sin(math.radians(angle)) - size),
            int(centre - reach * math.cos(math.radians(angle)) - size),
        )
        mask.paste(255, at, glyph)
    return mask


def _is_credit_code(id_no: str) -> bool:
    """A firm's code has letters; a person's number has none but a last X."""
    return any(char.isalpha() for char in id_no[:-1])


def _misprint(text: str, rng: np.random.Generator) -> str | None:
    """The text with one digit wrong, as a clerk writes before crossing it out."""
    places = [k for k, char in enumerate(text) if char in "0123456789"]
    if not places:
        return None
    k = places[int(rng.integers(len(places)))]
    wrong = str((int(text[k]) + int(rng.integers(1, 10))) % 10)
    return text[:k] + wrong + text[k + 1 :]


def _turned(box: Box, angle: float, size: tuple[int, int], out: tuple[int, int]) -> Box:
    """The upright box around a box turned with its page."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    xs, ys = [], []
    for x in (box[0], box[2]):
        for y in (box[1], box[3]):
            dx, dy = x - size[0] / 2, y - size[1] / 2
            xs.append(out[0] / 2 + dx * cos + dy * sin)
            ys.append(out[1] / 2 - dx * sin + dy * cos)
    return math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))


def _scan(
    ink: Image.Image, seal: Image.Image | None, style: Style, rng: np.random.Generator
) -> bytes:
    """The page as the scanner leaves it: six greys of paper and ink and two reds."""
    if style.blur_px > 0:
        ink = ink.filter(ImageFilter.GaussianBlur(style.blur_px))
    page = Image.eval(ink, lambda v: int(255 - v * style.contrast))
    squeezed = io.BytesIO()
    page.save(squeezed, "JPEG", quality=style.jpeg_quality)
    light = np.asarray(Image.open(squeezed), dtype=np.float32) / 255
    height, width = light.shape
    turn = rng.uniform(0, 2 * math.pi)
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32) * np.float32(math.cos(turn))
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32) * np.float32(math.sin(turn))
    light = light - np.float32(style.shade) * (across[None, :] + down[:, None] + 0.5)
    # Grain of two pixels: finer grain is lost in print and doubles the file.
    grain = rng.standard_normal(((height + 1) // 2, (width + 1) // 2), dtype=np.float32)
    grain = np.repeat(np.repeat(grain, 2, axis=0), 2, axis=1)[:height, :width]
    light += np.float32(style.noise) * grain
    index = np.clip(np.rint(light * 5), 0, 5).astype(np.uint8)
    if seal is not None:
        mark = np.asarray(seal)
        # Ink under a seal stays ink.
        index[(mark > 150) & (index >= 3)] = 6
        index[(mark > 60) & (mark <= 150) & (index >= 3)] = 7
    paper = np.array(style.paper, dtype=float)
    ink_rgb = np.array((22, 24, 34), dtype=float)
    palette = [tuple(np.rint(ink_rgb + (paper - ink_rgb) * k / 5).astype(int)) for k in range(6)]
    palette += [(206, 62, 58), (226, 140, 132)]
    image = Image.fromarray(index, "L")
    image = image.convert("P") if image.mode != "P" else image
    image.putpalette([int(v) for colour in palette for v in colour])
    out = io.BytesIO()
    image.save(out, "PNG", bits=4, compress_level=6)
    return out.getvalue()


def _write(
    page: Image.Image,
    plan: _Plan,
    sheet: _Sheet,
    crooked: float,
    rng: np.random.Generator,
) -> tuple[dict[str, str], dict[str, Box], tuple[str, str] | None]:
    """Labels and values onto the page: what is printed, where, and which first try was struck."""
    pen = ImageDraw.Draw(page)
    clerk_errs, code_at_risk = (
        rng.random() < CORRECTED_SHARE,
        rng.choice(("requested_kva", "phone")),
    )
    correction: tuple[str, str] | None = None
    truth: dict[str, str] = {}
    boxes: dict[str, Box] = {}
    for code, slot in plan.slots.items():
        pen.text(slot.label_at, slot.label, font=_font(sheet.size), fill=245)
        truth[code] = ""
        if not sheet.wanted[code]:
            continue
        box = slot.box
        struck = _misprint(sheet.wanted[code], rng) if clerk_errs and code == code_at_risk else None
        if struck:
            wrong = _tile([struck], _SMALLEST, sheet.face, rng)
            if box[2] - box[0] - wrong.width - 12 >= wrong.width * 1.1:
                y = (box[1] + box[3] - wrong.height) // 2
                page.paste(255, (box[0], y), wrong)
                y += wrong.height // 2
                line = (box[0] - 3, y + 2, box[0] + wrong.width + 3, y - 3)
                pen.line(line, fill=255, width=3)
                box = (box[0] + wrong.width + 12, *box[1:])
                correction = code, struck
        truth[code], lines, value_size = _fit(sheet.wanted[code], sheet.face, sheet.size, box)
        tile = _tile(lines, value_size, sheet.face, rng)
        space = (box[2] - box[0], box[3] - box[1])
        if tile.width > space[0] or tile.height > space[1]:
            fit = min(space[0] / tile.width, space[1] / tile.height)
            tile = tile.resize((max(1, int(tile.width * fit)), max(1, int(tile.height * fit))))
        slack = space[1] - tile.height
        drift = round(rng.uniform(-crooked, crooked))
        x = box[0] + int(rng.integers(0, max(1, min(24, space[0] - tile.width + 1))))
        y = box[1] + int(np.clip(slack // 2 + drift, 0, slack))
        page.paste(255, (x, y), tile)
        boxes[code] = (x, y, x + tile.width, y + tile.height)
    return truth, boxes, correction


def _seal(
    size: tuple[int, int], boxes: dict[str, Box], difficulty: float, rng: np.random.Generator
) -> tuple[Image.Image, tuple[str, ...]]:
    """The sheet with nothing but its seal, and the fields that the seal touches."""
    width, height = size
    radius = int(rng.integers(66, 84))
    mark = _stamp(radius, str(rng.choice(_STAMPS)))
    mark = mark.rotate(float(rng.uniform(-25, 25)), Image.Resampling.BICUBIC)
    x = width - 2 * radius - int(rng.integers(60, 200))
    y = height - 2 * radius - 14
    if boxes and rng.random() < 0.05 + 0.6 * difficulty:
        target = boxes[str(rng.choice(list(boxes)))]
        x = int(target[2] - radius * rng.uniform(0.2, 1.6))
        y = int(target[1] - radius * rng.uniform(0.3, 1.5))
    x = int(np.clip(x, 8, width - mark.width - 8))
    y = int(np.clip(y, 8, height - mark.height - 8))
    if rng.random() < 0.5:
        mark = Image.eval(mark, lambda v: int(v * 0.58))  # a pad short of ink
    sheet = Image.new("L", size, 0)
    sheet.paste(mark, (x, y))
    touched = tuple(
        code for code, box in boxes.items() if _meets(box, (x + radius, y + radius), radius)
    )
    return sheet, touched


def _meets(box: Box, centre: tuple[int, int], radius: int) -> bool:
    near_x = min(max(centre[0], box[0]), box[2])
    near_y = min(max(centre[1], box[1]), box[3])
    return math.hypot(centre[0] - near_x, centre[1] - near_y) <= radius


def draw(values: dict[str, str], rng: np.random.Generator) -> Form:
    """Draw one form; a field missing from `values` is left blank, an unknown one is refused."""
    unknown = sorted(set(values) - set(FIELDS))
    if unknown:
        raise ValueError(f"not fields of the form: {', '.join(unknown)}")
    wanted = {code: printable(values.get(code, "")) for code in FIELDS}
    labels = dict(FIELDS)
    if _is_credit_code(wanted["id_no"]):
        labels["id_no"] = CREDIT_CODE_LABEL

    difficulty, level = _difficulty(rng)
    layout = str(rng.choice(list(LAYOUTS)))
    face_name = str(rng.choice(list(_FACES)))
    sheet = _Sheet(
        width=int(rng.integers(940, 1121)),
        size=int(rng.integers(24, 28)),
        face=_FACES[face_name],
        labels=labels,
        wanted=wanted,
    )
    # A scanner's feeder is mostly straight; a hard form may lie well askew.
    rotation = float(np.clip(rng.normal(0, 0.6 + 2.2 * difficulty), -4, 4))
    if level == "hard" and rng.random() < 0.4:
        rotation = float(rng.uniform(4, 8) * rng.choice((-1, 1)))
    plan = LAYOUTS[layout](sheet, rng)

    page = Image.new("L", (sheet.width, plan.height), 0)
    pen = ImageDraw.Draw(page)
    for x0, y0, x1, y1, thick in plan.lines:
        pen.line((x0, y0, x1, y1), fill=200, width=thick)
    middle, title = (sheet.width / 2, 74), str(rng.choice(_TITLES))
    pen.text(middle, title, font=_font(40), fill=255, anchor="mm", stroke_width=1)
    for x, y, text, size in plan.texts:
        pen.text((x, y), text, font=_font(size), fill=235)
    truth, boxes, correction = _write(page, plan, sheet, 1.0 + 5.0 * difficulty, rng)

    seal, touched = None, ()
    if rng.random() < STAMP_SHARE:
        seal, touched = _seal(page.size, boxes, difficulty, rng)
        seal = seal.rotate(rotation, Image.Resampling.BICUBIC, expand=True)
    turned = page.rotate(rotation, Image.Resampling.BICUBIC, expand=True)

    grey = int(rng.integers(238, 256))
    style = Style(
        layout=layout,
        font=face_name,
        handwriting=sheet.face.jitter > 0,
        difficulty=difficulty,
        level=level,
        rotation_deg=rotation,
        blur_px=float(rng.uniform(0.2, 0.5) + (1.2 if level == "hard" else 0.8) * difficulty),
        noise=float(rng.uniform(0.01, 0.03) + 0.05 * difficulty),
        jpeg_quality=round(80 - 52 * difficulty),
        contrast=float(1.0 - rng.uniform(0.3, 0.6) * difficulty),
        shade=float(rng.uniform(0, 0.05) + 0.2 * difficulty),
        paper=(grey, grey - int(rng.integers(0, 6)), grey - int(rng.integers(0, 26))),
        stamp=seal is not None,
        stamp_over=touched,
        corrected=correction[0] if correction else None,
        struck=correction[1] if correction else None,
    )
    return Form(
        png=_scan(turned, seal, style, rng),
        width=turned.width,
        height=turned.height,
        truth={code: truth[code] for code in FIELDS},
        boxes={
            code: _turned(boxes[code], rotation, page.size, turned.size)
            for code in FIELDS
            if code in boxes
        },
        style=style,
    )
