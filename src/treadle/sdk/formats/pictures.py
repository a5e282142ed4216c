"""Pictures: matplotlib figures and PIL images as PNG; a numpy array of bytes when `format="image"` asks for it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import Saved, all_bytes, class_name, described, impossible, keep, missing, reading

_DOTS_PER_INCH = 150
_MOST_PIXELS = 200_000_000  # above this a small file that unfolds into gigabytes is more likely than a picture


class Image:
    """A PIL image, losslessly as PNG; by name also an array of shape (height, width[, 1, 3 or 4]) of uint8. Comes back as a PIL image."""

    name = "image"

    def claims(self, value: Any) -> bool:
        return any(cls.__module__ == "PIL.Image" and cls.__name__ == "Image" for cls in type(value).__mro__)

    def save(self, value: Any, target: Path) -> Saved:
        picture = value if self.claims(value) else _from_array(value)
        sink = io.BytesIO()
        try:
            picture.save(sink, format="PNG")
        except (OSError, ValueError) as error:
            raise FormatError(f"the image cannot be written as PNG: {error}", hint='convert it first: image.convert("RGB")') from error
        about = described(value, "PIL", width=picture.width, height=picture.height, mode=picture.mode, media="image/png")
        return keep(self.name, sink.getvalue(), target, about)

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        del consent
        if want not in ("value", "numpy"):
            raise impossible(self.name, want)
        with reading(self.name, source):
            from PIL import Image as Pillow

            picture = Pillow.open(io.BytesIO(all_bytes(source)))
            if picture.width * picture.height > _MOST_PIXELS:
                raise ValueError(f"{picture.width} x {picture.height} pixels are too many")
            picture.load()
        if want == "numpy":
            import numpy

            return numpy.asarray(picture)
        return picture

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        picture = self.load(source, "value")
        return {"width": picture.width, "height": picture.height, "mode": picture.mode, "media": f"image/{str(picture.format).lower()}"}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        del rows
        return self.describe(source)


class Figure(Image):
    """A matplotlib figure as PNG at 150 dots per inch. A figure is for people: it comes back as a PIL image."""

    name = "figure"

    def claims(self, value: Any) -> bool:
        return any(cls.__module__ == "matplotlib.figure" and cls.__name__ in ("Figure", "FigureBase") for cls in type(value).__mro__)

    def save(self, value: Any, target: Path) -> Saved:
        if not self.claims(value):
            raise FormatError(
                f"the format `figure` saves a matplotlib figure, not `{class_name(value)}`", hint="return the figure, not the axes"
            )
        sink = io.BytesIO()
        # no date and no version inside: equal figures give equal bytes
        value.savefig(sink, format="png", dpi=_DOTS_PER_INCH, bbox_inches="tight", metadata={"Software": None})
        width, height = value.get_size_inches()
        about = described(value, "matplotlib", inches=[float(width), float(height)], media="image/png")
        return keep(self.name, sink.getvalue(), target, about)


def _from_array(value: Any) -> Any:
    shape: tuple[int, ...] = tuple(getattr(value, "shape", ()))
    channels = shape[2] if len(shape) == 3 else 1
    if str(getattr(value, "dtype", "")) != "uint8" or len(shape) not in (2, 3) or channels not in (1, 3, 4):
        raise FormatError(
            f"the format `image` saves a PIL image or a uint8 array (height, width, channels), not `{class_name(value)}` of shape {shape}",
            hint="scale the values to 0..255 and use array.astype('uint8')",
        )
    try:
        from PIL import Image as Pillow
    except ModuleNotFoundError as error:
        raise missing("pillow", "saving an array as an image") from error
    return Pillow.fromarray(value[:, :, 0] if len(shape) == 3 and channels == 1 else value)
