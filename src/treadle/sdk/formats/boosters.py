"""LightGBM and XGBoost in their own model files: text and JSON, read by every language that has the library.

Both libraries end the process over some damaged files instead of raising, so what can be checked is checked before they see it. That
is why an XGBoost model is JSON and not the smaller UBJSON, whose reader runs past the end of a file that was cut.
"""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import Saved, all_bytes, class_name, described, impossible, keep, reading

_LIGHTGBM_WRAPPERS = ("LGBMClassifier", "LGBMRegressor", "LGBMRanker", "LGBMModel")
_XGBOOST_WRAPPERS = ("XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier", "XGBRFRegressor", "XGBModel")
_LIGHTGBM_STATE = (
    "_n_features",
    "_n_features_in",
    "_n_classes",
    "_best_iteration",
    "_objective",
    "_fitted_with_feature_names",
    "_other_params",
)


class LightGbm:
    """A Booster is LightGBM's model text; LGBMClassifier and its kin are a zip of that text and the wrapper's facts as JSON."""

    name = "lightgbm"

    def claims(self, value: Any) -> bool:
        return type(value).__name__ in ("Booster", *_LIGHTGBM_WRAPPERS)

    def save(self, value: Any, target: Path) -> Saved:
        if not self.claims(value):
            raise FormatError(
                f"the format `lightgbm` saves a Booster or a model of LightGBM, not `{class_name(value)}`",
                hint="leave the format to Treadle",
            )
        booster = value if type(value).__name__ == "Booster" else _fitted_booster(value)
        text = booster.model_to_string(num_iteration=-1)
        about = described(
            value, "lightgbm", features=booster.num_feature(), trees=booster.num_trees(), feature_names=booster.feature_name()[:200]
        )
        if booster is value:
            return keep(self.name, text.encode(), target, about)
        sink = BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(zipfile.ZipInfo("model.txt"), text, zipfile.ZIP_DEFLATED)
            archive.writestr(zipfile.ZipInfo("wrapper.json"), json.dumps(_wrapper_facts(value), sort_keys=True))
        return keep(self.name, sink.getvalue(), target, about)

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        del consent
        data = all_bytes(source)
        with reading(self.name, source):
            text, wrapper = _parts(data)
        if want == "text":
            return text
        if want != "value":
            raise impossible(self.name, want)
        with reading(self.name, source):
            if not text.startswith("tree\n") or "\npandas_categorical:" not in text[-1_000_000:]:
                raise ValueError("the model text is cut off or damaged")  # the library ends the process over some damaged texts
            import lightgbm

        with reading(self.name, source, lightgbm.basic.LightGBMError):
            booster = lightgbm.Booster(model_str=text)
            return booster if wrapper is None else _wrapped(lightgbm, booster, wrapper)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        with reading(self.name, source):
            text, wrapper = _parts(all_bytes(source))
            head = dict(line.split("=", 1) for line in text[:1_000_000].splitlines()[:40] if "=" in line)
            features = int(head["max_feature_idx"]) + 1
        return {"class": f"lightgbm.{wrapper['class'] if wrapper else 'Booster'}", "features": features, "trees": text.count("\nTree=")}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        return "\n".join(line[:200] for line in self.load(source, "text").splitlines()[:rows])


def _fitted_booster(value: Any) -> Any:
    if not value.__sklearn_is_fitted__():
        raise FormatError(f"the model `{class_name(value)}` is not fitted, so there is nothing to save", hint="call fit first")
    return value.booster_


def _parts(data: bytes) -> tuple[str, dict[str, Any] | None]:
    if not data.startswith(b"PK"):
        return data.decode(), None
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return archive.read("model.txt").decode(), json.loads(archive.read("wrapper.json"))


def _wrapper_facts(value: Any) -> dict[str, Any]:
    parameters = value.get_params(deep=False)
    odd = [name for name, item in parameters.items() if callable(item)]
    if odd:
        raise FormatError(
            f"the model's parameter `{odd[0]}` is a function, which a LightGBM model file cannot hold",
            hint="return model.booster_ as the result",
        )
    facts: dict[str, Any] = {"class": type(value).__name__, "parameters": parameters, "state": {}}
    facts["state"] = {name: getattr(value, name) for name in _LIGHTGBM_STATE if hasattr(value, name)}
    if getattr(value, "_classes", None) is not None:
        facts["classes"] = {"dtype": str(value._classes.dtype), "values": value._classes.tolist()}
        if value._classes.dtype == object:
            facts["classes"]["dtype"] = "object"
    if hasattr(value, "feature_names_in_"):
        facts["feature_names_in"] = [str(name) for name in value.feature_names_in_]
    try:
        text = json.dumps(facts, default=_number)
    except TypeError as error:
        raise FormatError(f"a parameter of the model cannot be written: {error}", hint="return model.booster_ as the result") from error
    found: dict[str, Any] = json.loads(text)
    return found


def _number(value: Any) -> Any:
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return value.item()
    raise TypeError(f"`{class_name(value)}` is not plain data")


def _wrapped(lightgbm: Any, booster: Any, facts: dict[str, Any]) -> Any:
    if facts["class"] not in _LIGHTGBM_WRAPPERS:
        raise ValueError(f"unknown model class {facts['class']}")
    model = getattr(lightgbm, facts["class"])(**facts["parameters"])
    for name in _LIGHTGBM_STATE:
        if name in facts["state"]:
            setattr(model, name, facts["state"][name])
    model._Booster = booster
    model.fitted_ = True
    if "classes" in facts:
        import numpy

        classes = numpy.array(facts["classes"]["values"], dtype=facts["classes"]["dtype"])
        encoder = lightgbm.compat._LGBMLabelEncoder().fit(classes)
        model._le, model._classes = encoder, encoder.classes_
        model._class_map = dict(zip(encoder.classes_, encoder.transform(encoder.classes_), strict=True))
    return model


class _XGBoostFile(msgspec.Struct):
    """The frame of a model file; decoding it also checks that the JSON is whole."""

    learner: dict[str, msgspec.Raw]
    version: list[int]


class XGBoost:
    """A Booster or one of the scikit-learn wrappers, as the library's JSON, which keeps the wrapper's facts."""

    name = "xgboost"

    def claims(self, value: Any) -> bool:
        return type(value).__name__ in ("Booster", *_XGBOOST_WRAPPERS)

    def save(self, value: Any, target: Path) -> Saved:
        if not self.claims(value):
            raise FormatError(
                f"the format `xgboost` saves a Booster or a model of XGBoost, not `{class_name(value)}`", hint="leave the format to Treadle"
            )
        if type(value).__name__ != "Booster" and not value.__sklearn_is_fitted__():
            raise FormatError(f"the model `{class_name(value)}` is not fitted, so there is nothing to save", hint="call fit first")
        booster = value if type(value).__name__ == "Booster" else value.get_booster()
        booster.set_attr(treadle_class=type(value).__name__)
        if booster is not value:
            booster.set_attr(treadle_parameters=_xgboost_parameters(value))
        about = described(
            value,
            "xgboost",
            features=booster.num_features(),
            trees=booster.num_boosted_rounds(),
            feature_names=(booster.feature_names or [])[:200],
        )
        # the wrapper writes its own facts (classes among them) into the file; a buffer has no name that could say which format
        path = target.with_name(target.name + ".json")
        value.save_model(path)
        data = path.read_bytes()
        path.unlink()
        return keep(self.name, data, target, about)

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        del consent
        with reading(self.name, source):
            import xgboost

        with reading(self.name, source, xgboost.core.XGBoostError, msgspec.MsgspecError):
            data = bytearray(all_bytes(source))
            msgspec.json.decode(data, type=_XGBoostFile)
            booster = xgboost.Booster(model_file=data)
            if want == "json":
                return json.loads(booster.save_raw("json"))
            if want != "value":
                raise impossible(self.name, want)
            wrapper = booster.attr("treadle_class") or "Booster"
            if wrapper not in _XGBOOST_WRAPPERS:
                return booster
            model = getattr(xgboost, wrapper)(**json.loads(booster.attr("treadle_parameters") or "{}"))
            model.load_model(data)
            return model

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        value = self.load(source, "value")
        booster = value if type(value).__name__ == "Booster" else value.get_booster()
        return described(value, "xgboost", features=booster.num_features(), trees=booster.num_boosted_rounds())

    def preview(self, source: bytes | Path, rows: int) -> Any:
        del rows
        return self.describe(source)


def _xgboost_parameters(value: Any) -> str:
    """The wrapper's plain parameters; what is not plain data (callbacks, a function as objective) is of no use after training."""
    plain = {
        name: item
        for name, item in value.get_params(deep=False).items()
        if isinstance(item, (bool, int, float, str, list, dict)) and item == item  # NaN is what XGBoost means by missing anyway
    }
    return json.dumps(plain, sort_keys=True, default=str)
