"""scikit-learn estimators by skops: a zip of arrays and a schema, loaded without pickle.

skops names the types in a file that it does not trust by itself. Those of numpy, scipy and scikit-learn that the common estimators
consist of are listed here one by one: data holders and numeric functions, none of which can start a program, open a file or import.
Everything else, the user's own classes included, is refused: `format="skops"` by name saves it, marked like a pickle, and loading it
needs consent.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from treadle.core.errors import FormatError
from treadle.sdk.formats.protocol import Saved, all_bytes, class_name, described, impossible, keep, missing, reading

_KNOWN = frozenset(
    """
    functools.partial numpy.dtype numpy.mean numpy.median numpy.max numpy.min numpy.sum
    numpy.random._pcg64.PCG64 numpy.random._mt19937.MT19937
    scipy._lib.array_api_compat.numpy._aliases.asarray scipy.interpolate._bsplines.BSpline
    scipy.sparse._csr.csr_matrix scipy.sparse._csc.csc_matrix scipy.sparse._coo.coo_matrix
    scipy.sparse._csr.csr_array scipy.sparse._csc.csc_array scipy.sparse._coo.coo_array
    sklearn.calibration._CalibratedClassifier sklearn.calibration._SigmoidCalibration sklearn.calibration._TemperatureScaling
    sklearn.cluster._bisect_k_means._BisectingTree sklearn.cluster._kmeans._kmeans_single_lloyd sklearn.cluster._kmeans._kmeans_single_elkan
    sklearn.compose._column_transformer._RemainderColsList sklearn.compose._column_transformer.make_column_selector
    sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor sklearn.ensemble._hist_gradient_boosting.binning._BinMapper
    sklearn.feature_selection._univariate_selection.chi2 sklearn.feature_selection._univariate_selection.f_classif
    sklearn.feature_selection._univariate_selection.f_regression sklearn.feature_selection._mutual_info.mutual_info_classif
    sklearn.feature_selection._mutual_info.mutual_info_regression sklearn.feature_selection._univariate_selection.r_regression
    sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace
    sklearn.neighbors._kd_tree.KDTree sklearn.neighbors._ball_tree.BallTree sklearn.neighbors._kd_tree.KDTree64
    sklearn.neighbors._kd_tree.KDTree32 sklearn.neighbors._ball_tree.BallTree64 sklearn.neighbors._ball_tree.BallTree32
    sklearn.neural_network._stochastic_optimizers.AdamOptimizer sklearn.neural_network._stochastic_optimizers.SGDOptimizer
    sklearn.preprocessing._label._identity sklearn.tree._tree.Tree
    sklearn.utils._bunch.Bunch sklearn.utils.validation.check_array
    """.split()
)
# Families of data holders in one module each: loss functions and their links, distances, kernels.
_FAMILY = re.compile(
    r"sklearn\._loss\.(_loss\.Cy|loss\.|link\.)[A-Z][A-Za-z]+"
    r"|sklearn\.(ensemble\._gb_losses|linear_model\._sgd_fast|_loss\.glm_distribution)\.[A-Z][A-Za-z]+"
    r"|sklearn\.metrics\._dist_metrics\.[A-Z][A-Za-z]+Distance(64|32)?"
    r"|sklearn\.gaussian_process\.kernels\.[A-Z][A-Za-z]+"
)


class Sklearn:
    """A fitted or unfitted estimator, transformer or pipeline of scikit-learn."""

    name = "sklearn"
    _refuses = True

    def claims(self, value: Any) -> bool:
        return not isinstance(value, type) and hasattr(value, "get_params")

    def save(self, value: Any, target: Path) -> Saved:
        if not Sklearn.claims(self, value):
            raise FormatError(f"the format `{self.name}` saves estimators, not `{class_name(value)}`", hint="leave the format to Treadle")
        skops_io, damage = _skops()
        try:
            data = _repeatable(skops_io.dumps(value))
        except damage as error:
            hint = 'ask for pickle by name: format="pickle"'
            raise FormatError(
                f"the estimator `{class_name(value)}` cannot be saved safely: {str(error).splitlines()[0][:200]}", hint=hint
            ) from error
        foreign = [name for name in skops_io.get_untrusted_types(data=data) if not is_known(name)]
        if foreign and self._refuses:
            raise _refusal(
                foreign, 'save it by name, format="skops", which makes loading it a matter of consent; or move the class out of the model'
            )
        return keep(self.name, data, target, described(value, "sklearn", "skops", **_facts(value, foreign)), pickled=bool(foreign))

    def load(self, source: bytes | Path, want: str, *, consent: bool = False) -> Any:
        if want != "value":
            raise impossible(self.name, want)
        skops_io, damage = _skops()
        data = all_bytes(source)
        with reading(self.name, source, *damage):
            untrusted = skops_io.get_untrusted_types(data=data)
        foreign = [name for name in untrusted if not is_known(name)]
        if foreign and not consent:
            raise _refusal(foreign, "allow it for artifacts you trust: consent=True")
        with reading(self.name, source, *damage):
            return skops_io.loads(data, trusted=untrusted)

    def describe(self, source: bytes | Path) -> dict[str, Any]:
        with reading(self.name, source), zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source)) as archive:
            schema = json.loads(archive.read("schema.json"))
            return {"class": f"{schema['__module__']}.{schema['__class__']}", "libraries": {"skops": schema["_skops_version"]}}

    def preview(self, source: bytes | Path, rows: int) -> Any:
        del rows
        return self.describe(source)["class"]


class Skops(Sklearn):
    """The same file with types from outside the known list, for those who ask for it by name: loading it needs consent."""

    name = "skops"
    _refuses = False

    def claims(self, value: Any) -> bool:
        del value
        return False  # never by itself


def is_known(name: str) -> bool:
    """Whether a type that skops does not trust by itself is on the list of those that cannot execute code."""
    return name in _KNOWN or _FAMILY.fullmatch(name) is not None


def _repeatable(data: bytes) -> bytes:
    """The same archive without what differs from process to process: addresses in memory, which skops uses as names, and dates."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(contents.pop("schema.json"))
    numbers: dict[Any, int] = {}
    files: dict[str, str] = {}
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if "__id__" in node:
                node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
            if node.get("file") in contents:
                node["file"] = files.setdefault(node["file"], f"{len(files) + 1}{Path(node['file']).suffix}")
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(zipfile.ZipInfo("schema.json"), json.dumps(schema), zipfile.ZIP_DEFLATED)
        for old, new in files.items():
            archive.writestr(zipfile.ZipInfo(new), contents[old], zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def _facts(value: Any, foreign: list[str]) -> dict[str, Any]:
    facts: dict[str, Any] = {"foreign": foreign} if foreign else {}
    features = getattr(value, "n_features_in_", None)
    if features is not None:
        facts["features"] = int(features)
    names = getattr(value, "feature_names_in_", None)
    if names is not None:
        facts["feature_names"] = [str(name) for name in names[:200]]
    return facts


def _refusal(foreign: list[str], hint: str) -> FormatError:
    return FormatError(f"the estimator holds types that could execute code when it is loaded: {', '.join(foreign[:8])}", hint=hint)


def _skops() -> tuple[Any, tuple[type[BaseException], ...]]:
    try:
        import skops.io
        from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException
    except ModuleNotFoundError as error:
        raise missing("skops", "saving scikit-learn estimators without pickle") from error
    return skops.io, (UnsupportedTypeException, UntrustedTypesFoundException, TypeError, ValueError, AttributeError)
