"""Text lines of a scanned form by RapidOCR, whose models are in its wheel: nothing is fetched."""

import io
from functools import cache
from importlib.metadata import version

import numpy as np
from PIL import Image, UnidentifiedImageError
from scipy.ndimage import gaussian_filter

from ml import form_fields
from ml.form_fields import Line

# How red a pixel is of a seal's ink; black and paper are far below.
_SEAL = 40
_MOST_PIXELS = 40_000_000  # a page at 600 dpi; more is no form


class UnreadableImage(ValueError):
    """The bytes are no image that can be read; the message is free of their content."""


def engine() -> str:
    """Name and version of what reads, for the record."""
    return f"rapidocr {version('rapidocr')}"


@cache
def _reader():
    # Here and not above: the libraries take a second to load, and most runs have no new form.
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "error",
            # Scanners feed pages the right way up, and every line counts, however unsure.
            "Global.use_cls": False,
            "Global.text_score": 0.0,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def passes(data: bytes, options: dict[str, list[str]]) -> list[list[Line]]:
    """Lines of text on the image (PNG, JPEG, TIFF …): as it is, and cleared if that read badly.

    ``options``: as for ``form_fields.read``. Raises ``UnreadableImage`` for bytes that are no
    image, a damaged one, or one too large.
    """
    page = without_seal(opened(data))
    first = _lines(page)
    if not form_fields.is_weak(form_fields.read(first, options)):
        return [first]
    return [first, _lines(cleared(page))]


def _lines(page: np.ndarray) -> list[Line]:
    try:
        found = _reader()(page)
    except Exception as error:  # fails anywhere inside three libraries, and quotes what it read
        raise UnreadableImage(f"the reader failed ({type(error).__name__})") from None
    if not found.txts:
        return []
    return [
        Line(text, float(score), tuple((float(x), float(y)) for x, y in box))
        for text, score, box in zip(found.txts, found.scores, found.boxes, strict=True)
    ]


def cleared(page: np.ndarray) -> np.ndarray:
    """A faint or grainy page with its grain smoothed, its light even and its ink black."""
    grey = gaussian_filter(page.astype(np.float32).mean(axis=2), 1.8)
    even = grey / np.maximum(gaussian_filter(grey, 40), 1)
    darkest = float(np.quantile(even, 0.003))
    if darkest >= 1:
        return page
    ink = np.clip((even - darkest) / (1 - darkest), 0, 1) * 255
    return np.repeat(ink.astype(np.uint8)[..., None], 3, axis=2)


def opened(data: bytes) -> np.ndarray:
    """The image as red, green, blue (height × width × 3); raises ``UnreadableImage``."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise UnreadableImage("too large")
            return np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        # Libraries quote bytes and paths.
        raise UnreadableImage("no image, or a damaged one") from None


def without_seal(rgb: np.ndarray) -> np.ndarray:
    """The page in blue, green, red as the reader wants it, with what is red taken for paper.

    Ink under a seal stays: it is darker than red.
    """
    bands = rgb.astype(np.int16)
    red = bands[..., 0] - np.maximum(bands[..., 1], bands[..., 2]) > _SEAL
    page = rgb.copy()
    if red.any() and not red.all():
        page[red] = np.median(rgb[~red], axis=0).astype(np.uint8)
    return np.ascontiguousarray(page[..., ::-1])
