"""Sound: an array of samples with its rate as WAV (RIFF, 16 bit PCM), read and written by the standard library."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any, NamedTuple

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import Saved, all_bytes, class_name, impossible, keep, reading

_FULL = 32767  # the largest sample of 16 bits
_MOST_RATE = 768_000


class Sound(NamedTuple):
    """Samples, an array (frames,) or (frames, channels) of numbers from -1 to 1 or of int16, and how many of them are a second."""

    samples: Any
    rate: int


class Audio:
    """A Sound as WAV of 16 bits. Comes back as a Sound of int16."""

    name = "audio"

    def claims(self, value: Any) -> bool:
        return isinstance(value, Sound)

    def save(self, value: Any, target: Path) -> Saved:
        if not self.claims(value):
            raise FormatError(
                f"the format `audio` saves a Sound, not `{class_name(value)}`", hint="treadle.audio(name, samples, rate=16000)"
            )
        samples, rate = _pcm(value.samples), _checked_rate(value.rate)
        sink = io.BytesIO()
        with wave.open(sink, "wb") as file:
            file.setnchannels(samples.shape[1])
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(samples.astype("<i2").tobytes())
        return keep(self.name, sink.getvalue(), target, _facts(len(samples), samples.shape[1], rate))

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        del consent
        if want not in ("value", "numpy"):
            raise impossible(self.name, want)
        import numpy

        with reading(self.name, source, wave.Error), wave.open(io.BytesIO(all_bytes(source))) as file:
            if file.getsampwidth() != 2:
                raise ValueError(f"samples of {8 * file.getsampwidth()} bits")
            samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
            sound = Sound(samples[:, 0] if samples.shape[1] == 1 else samples, file.getframerate())
        return sound.samples if want == "numpy" else sound

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        with reading(self.name, source, wave.Error), wave.open(io.BytesIO(all_bytes(source))) as file:
            return _facts(file.getnframes(), file.getnchannels(), file.getframerate())

    def preview(self, source: bytes | Path, rows: int) -> Any:
        del rows
        return self.describe(source)


def _facts(frames: int, channels: int, rate: int) -> dict[str, Any]:
    return {"seconds": round(frames / rate, 3), "channels": channels, "rate": rate, "media": "audio/wav"}


def _checked_rate(rate: Any) -> int:
    if isinstance(rate, bool) or not isinstance(rate, int) or not 0 < rate <= _MOST_RATE:
        raise FormatError(f"the rate of a sound is a whole number of samples a second, not {rate!r}", hint="rate=16000")
    return rate


def _pcm(samples: Any) -> Any:
    """The samples as an array (frames, channels) of int16."""
    import numpy

    array = numpy.asarray(samples)
    if array.ndim not in (1, 2) or array.dtype.kind not in "fi" or (array.ndim == 2 and not 1 <= array.shape[1] <= 64):
        raise FormatError(
            f"a sound is an array (frames,) or (frames, channels) of numbers, not of shape {array.shape} and {array.dtype}",
            hint="turn it round with .T when the channels come first",
        )
    if array.dtype.kind == "f":
        array = numpy.round(numpy.clip(numpy.nan_to_num(array), -1.0, 1.0) * _FULL)
    elif array.dtype.itemsize != 2:
        raise FormatError(f"whole numbers of a sound are int16, not {array.dtype}", hint="floats from -1 to 1 are taken, too")
    return array.astype(numpy.int16).reshape(len(array), -1)
