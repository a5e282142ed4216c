"""Neural networks: PyTorch tensors and weights as safetensors, exported programs as .pt2; ONNX models as they are."""

from __future__ import annotations

import io
from importlib import import_module
from pathlib import Path
from typing import Any

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import Saved, all_bytes, class_name, described, impossible, keep, missing, reading

_ALONE = "treadle.tensor"


class Torch:
    """A tensor or a dictionary of tensors (a state_dict). A whole nn.Module is refused: it is code.

    By name also a torch.export program; PyTorch reads parts of that by pickle, so it is marked like one and needs consent.
    """

    name = "torch"

    def claims(self, value: Any) -> bool:
        if isinstance(value, dict):
            return bool(value) and all(type(key) is str and _is_tensor(item) for key, item in value.items())
        return _is_tensor(value)

    def save(self, value: Any, target: Path) -> Saved:
        program = type(value).__name__ == "ExportedProgram"
        if not program and not self.claims(value):
            raise FormatError(
                f"the format `torch` saves tensors, a state_dict or an exported program, not `{class_name(value)}`",
                hint="return model.state_dict()",
            )
        import torch

        if program:
            sink = io.BytesIO()
            torch.export.save(value, sink)
            return keep(self.name, sink.getvalue(), target, described(value, "torch"), pickled=True)
        tensors = value if isinstance(value, dict) else {_ALONE: value}
        shapes = {
            name: {"shape": list(tensor.shape), "dtype": str(tensor.dtype).removeprefix("torch.")} for name, tensor in tensors.items()
        }
        about = described(
            value, "torch", parameters=sum(tensor.numel() for tensor in tensors.values()), tensors=dict(list(shapes.items())[:500])
        )
        # safetensors refuses shared and strided memory; copies of exactly the tensor's own elements say the same
        plain = {name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
        return keep(self.name, _safetensors().torch.save(plain), target, about)

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        if want not in ("value", "numpy"):
            raise impossible(self.name, want)
        program = _is_zip(source)
        if program and not consent:
            raise FormatError("loading an exported `torch` program can execute code", hint="allow it for artifacts you trust: consent=True")
        with reading(self.name, source):
            import torch

        with reading(self.name, source, _safetensors().SafetensorError):
            if program:
                if want == "numpy":
                    raise impossible(self.name, want)
                return torch.export.load(io.BytesIO(all_bytes(source)))
            data = _safetensors().torch.load(source) if isinstance(source, bytes) else _safetensors().torch.load_file(source)
        if want == "numpy":
            data = {name: tensor.numpy() for name, tensor in data.items()}
        return data[_ALONE] if list(data) == [_ALONE] else data

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        if _is_zip(source):
            return {"class": "torch.export.ExportedProgram"}
        value = self.load(source, "value")
        tensors = value if isinstance(value, dict) else {"": value}
        return described(value, "torch", parameters=sum(tensor.numel() for tensor in tensors.values()))

    def preview(self, source: bytes | Path, rows: int) -> Any:
        if _is_zip(source):
            return None
        value = self.load(source, "value")
        tensors = value if isinstance(value, dict) else {"tensor": value}
        return [{"name": name, "shape": list(tensor.shape), "dtype": str(tensor.dtype)} for name, tensor in list(tensors.items())[:rows]]


class Onnx:
    """An ONNX model; comes back as onnx.ModelProto."""

    name = "onnx"

    def claims(self, value: Any) -> bool:
        return type(value).__name__ == "ModelProto"

    def save(self, value: Any, target: Path) -> Saved:
        if not self.claims(value):
            raise FormatError(
                f"the format `onnx` saves an onnx.ModelProto, not `{class_name(value)}`",
                hint="convert the model with skl2onnx or torch.onnx first",
            )
        return keep(self.name, value.SerializeToString(deterministic=True), target, {**described(value, "onnx"), **_signature(value)})

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        del consent
        if want != "value":
            raise impossible(self.name, want)
        with reading(self.name, source):
            import onnx

        # protobuf's own class of error, reached without naming a package that has no types
        with reading(self.name, source, import_module("google.protobuf.message").DecodeError, onnx.checker.ValidationError):
            model = onnx.load_model_from_string(all_bytes(source))
            if not model.opset_import:
                raise ValueError("the bytes hold no ONNX model")
            return model

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        model = self.load(source, "value")
        return {**described(model, "onnx"), **_signature(model)}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        facts = _signature(self.load(source, "value"))
        return {**facts, "inputs": facts["inputs"][:rows], "outputs": facts["outputs"][:rows]}


def _signature(model: Any) -> dict[str, Any]:
    """Names and shapes of what goes in and out; a dimension that is free is shown by its name or as None."""

    def port(value: Any) -> dict[str, Any]:
        tensor = value.type.tensor_type
        return {"name": value.name, "shape": [dim.dim_value or dim.dim_param or None for dim in tensor.shape.dim], "type": tensor.elem_type}

    weights = {tensor.name for tensor in model.graph.initializer}
    return {
        "inputs": [port(value) for value in model.graph.input if value.name not in weights],
        "outputs": [port(value) for value in model.graph.output],
        "opset": {entry.domain or "ai.onnx": entry.version for entry in model.opset_import},
        "producer": f"{model.producer_name} {model.producer_version}".strip(),
    }


def _is_tensor(value: Any) -> bool:
    return any(cls.__module__.partition(".")[0] == "torch" and cls.__name__ == "Tensor" for cls in type(value).__mro__)


def _is_zip(source: bytes | Path) -> bool:
    if isinstance(source, bytes):
        return source.startswith(b"PK")
    with source.open("rb") as file:
        return file.read(2) == b"PK"


def _safetensors() -> Any:
    try:
        import safetensors
        import safetensors.torch
    except ModuleNotFoundError as error:
        raise missing("safetensors", "saving tensors without pickle") from error
    return safetensors
