"""Folders that MLflow's clients wrote: a file MLmodel says of which flavours the model is, and where its bytes lie.

What can be read without executing code is read by our own formats: scikit-learn as skops, LightGBM's and XGBoost's own model files, ONNX.
Everything else (pickles, PyTorch modules, Python functions) needs consent; what only MLflow can load is loaded by it, where it is
installed. The file's form: MLflow's documents, "MLflow Models", "Storage Format".
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import Saved, class_name, impossible, missing, reading

_MOST_BYTES = 16 << 20  # of MLmodel: a signature of very many columns is some megabytes


class MlflowModel:
    """A folder with MLmodel. Comes back as what its flavour loads: an estimator, a Booster, an ONNX model."""

    name = "mlflow"

    def claims(self, value: Any) -> bool:
        del value
        return False

    def save(self, value: Any, target: Path) -> Saved:
        del target
        raise FormatError(
            f"folders of MLflow are written by its clients, not from `{class_name(value)}`", hint="leave the format to Treadle"
        )

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        if want != "value":
            raise impossible(self.name, want)
        folder, flavours = _read(source)
        for flavour, load in (("sklearn", _sklearn), ("lightgbm", _lightgbm), ("xgboost", _xgboost), ("onnx", _onnx)):
            if flavour in flavours:
                found = load(folder, flavours[flavour], consent)
                if found is not None:
                    return found
        return _by_mlflow(folder, flavours, consent)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        _, flavours = _read(source)
        return {"flavours": sorted(flavours)}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        folder, _ = _read(source)
        return "\n".join((folder / "MLmodel").read_text().splitlines()[:rows])


def _read(source: bytes | Path) -> tuple[Path, dict[str, Any]]:
    if isinstance(source, bytes):
        raise FormatError("an MLflow model is a folder, and these are bytes", hint="log it with mlflow.<flavour>.log_model")
    path = source / "MLmodel"
    if not path.is_file():
        raise FormatError("the folder holds no file MLmodel, so it is no MLflow model", where=str(source))
    if path.stat().st_size > _MOST_BYTES:
        raise FormatError(f"its file MLmodel has more than {_MOST_BYTES} bytes", where=str(source))
    try:
        yaml = import_module("yaml")
    except ImportError as error:
        raise missing("pyyaml", "MLflow's models are described in YAML") from error
    with reading("mlflow", path, yaml.YAMLError):
        told = yaml.safe_load(path.read_bytes())
        flavours = told["flavors"]
        if not isinstance(flavours, dict):
            raise ValueError("`flavors` is not a mapping")
    return source, {str(name): facts if isinstance(facts, dict) else {} for name, facts in flavours.items()}


def _inside(folder: Path, name: Any) -> Path:
    """A file of the model; raises FormatError for one that is named outside its folder, or is not there."""
    path = (folder / str(name)).resolve()
    if folder.resolve() not in path.parents or not path.exists():
        raise FormatError(f"MLmodel names `{str(name)[:100]}`, which is no file of the model", where=str(folder))
    return path


def _sklearn(folder: Path, facts: dict[str, Any], consent: bool) -> Any:
    from treadle.sdk.formats.choice import named

    path = _inside(folder, facts.get("pickled_model", "model.pkl"))
    if facts.get("serialization_format") == "skops":
        return named("sklearn").load(path, "value", consent=consent)
    _agree(consent, f"its scikit-learn model is kept by {facts.get('serialization_format', 'pickle')}")
    return named("pickle").load(path, "value", consent=True)


def _lightgbm(folder: Path, facts: dict[str, Any], consent: bool) -> Any:
    from treadle.sdk.formats.choice import named

    path = _inside(folder, facts.get("data", "model.lgb"))
    if path.suffix in (".pkl", ".pickle"):  # the scikit-learn wrappers
        _agree(consent, "its LightGBM model is kept as a pickle")
        return named("pickle").load(path, "value", consent=True)
    return named("lightgbm").load(path, "value")


def _xgboost(folder: Path, facts: dict[str, Any], consent: bool) -> Any:
    del consent
    path = _inside(folder, facts.get("data", "model.ubj"))
    try:
        xgboost = import_module("xgboost")
    except ImportError as error:
        raise missing("xgboost", "it loads its own models") from error
    with reading("mlflow", path, xgboost.core.XGBoostError):
        return xgboost.Booster(model_file=str(path))


def _onnx(folder: Path, facts: dict[str, Any], consent: bool) -> Any:
    del consent
    from treadle.sdk.formats.choice import named

    return named("onnx").load(_inside(folder, facts.get("data", "model.onnx")), "value")


def _by_mlflow(folder: Path, flavours: dict[str, Any], consent: bool) -> Any:
    """The model as a Python function, by MLflow itself."""
    if "python_function" not in flavours:
        raise FormatError(f"its flavours are {', '.join(sorted(flavours)) or 'none'}: none of them can be loaded here", where=str(folder))
    _agree(consent, f"only MLflow can load it (flavours: {', '.join(sorted(flavours))})")
    try:
        pyfunc = import_module("mlflow.pyfunc")
    except ImportError as error:
        raise missing("mlflow", "only it can load this model") from error
    return pyfunc.load_model(str(folder))


def _agree(consent: bool, why: str) -> None:
    if not consent:
        raise FormatError(
            f"loading this model executes code: {why}",
            hint='allow it for models you trust: consent=True; or log it as data: serialization_format="skops"',
        )
