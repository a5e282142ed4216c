"""Every built-in format keeps the contract of formats."""

import os
from pathlib import Path

import pytest

from treadle.testing.formats import FormatContract

os.environ.setdefault("MPLBACKEND", "agg")


class TestJson(FormatContract):
    format = "json"

    def example(self):
        return {"auc": 0.75, "labels": ["a", "b"], "pair": (1, 2.5)}


class TestText(FormatContract):
    format = "text"
    checked = False

    def example(self):
        return "Grüße\nan alle\nLeser"


class TestBytes(FormatContract):
    format = "bytes"
    checked = False

    def example(self):
        return bytes(range(256))


class _OfTables(FormatContract):
    def same(self, one, other):
        from polars.testing import assert_frame_equal

        assert_frame_equal(one, other)
        return True

    def example(self):
        import polars

        return polars.DataFrame({"number": [1, 2, None], "text": ["x", None, "ä"], "float": [1.5, float("nan"), 2.0]})


class TestParquet(_OfTables):
    format, library = "parquet", ("polars",)


class TestArrow(_OfTables):
    format, library, chosen = "arrow", ("polars",), False


class TestCsv(_OfTables):
    format, library, chosen, checked = "csv", ("polars",), False, False


class TestParquetOfPandas(FormatContract):
    format, library = "parquet", ("pandas", "pyarrow")

    def example(self):
        import pandas

        return pandas.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None]}, index=[7, 5, 9])

    def same(self, one, other):
        import pandas

        pandas.testing.assert_frame_equal(one, other)
        return True


class TestParquetOfArrow(FormatContract):
    format, library = "parquet", ("pyarrow",)

    def example(self):
        import pyarrow

        return pyarrow.table({"a": [1, 2, 3]})


class TestLargeParquet(TestParquet):
    def example(self):
        import polars

        return polars.DataFrame({"a": range(100_000)})

    def test_small_values_stay_in_memory_and_nothing_else_is_left_behind(self, tmp_path):
        saved = self.under_test.save(self.example(), tmp_path / "saved")
        assert saved.path == tmp_path / "saved"


class TestArray(FormatContract):
    format, library = "numpy", ("numpy",)

    def example(self):
        import numpy

        return numpy.arange(12, dtype="float32").reshape(3, 4)

    def same(self, one, other):
        return bool((one == other).all()) and one.dtype == other.dtype


class TestLargeArray(TestArray):
    def example(self):
        import numpy

        return numpy.arange(60_000, dtype="int32").reshape(300, 200)


class TestArrays(FormatContract):
    format, library = "numpy", ("numpy",)

    def example(self):
        import numpy

        return {"file": numpy.ones(3), "b": numpy.zeros((2, 2), dtype="int8")}

    def same(self, one, other):
        return list(one) == list(other) and all((one[key] == other[key]).all() for key in other)


class TestFile(FormatContract):
    format, checked = "file", False

    @pytest.fixture(autouse=True)
    def _a_file(self, tmp_path):
        (tmp_path / "source").mkdir()
        self.file = tmp_path / "source" / "notes.txt"
        self.file.write_text("some\nnotes\n")

    def example(self):
        return self.file

    def same(self, one, other):
        return one.read_bytes() == other.read_bytes()


class TestFolder(FormatContract):
    format = "folder"

    @pytest.fixture(autouse=True)
    def _a_folder(self, tmp_path):
        self.folder = tmp_path / "source"
        (self.folder / "inner" / "empty").mkdir(parents=True)
        (self.folder / "a.txt").write_text("a")
        (self.folder / "inner" / "b.txt").write_text("b")

    def example(self):
        return self.folder

    def same(self, one, other):
        return {p.relative_to(one) for p in one.rglob("*")} == {p.relative_to(other) for p in other.rglob("*")} and isinstance(one, Path)


def numbers():
    import numpy

    generator = numpy.random.default_rng(7)
    table = generator.normal(size=(120, 4))
    return table, (table[:, 0] > 0).astype(int)


class _OfModels(FormatContract):
    def same(self, one, other):
        table, _ = numbers()
        return type(one) is type(other) and bool((one.predict(table) == other.predict(table)).all())


class TestSklearn(_OfModels):
    format, library = "sklearn", ("sklearn", "skops")

    def example(self):
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(3, random_state=0).fit(*numbers())


class TestSkops(TestSklearn):
    format, chosen = "skops", False


class TestLightGbmBooster(_OfModels):
    format, library = "lightgbm", ("lightgbm",)

    def example(self):
        import lightgbm

        return lightgbm.train({"verbose": -1, "num_threads": 1, "deterministic": True}, lightgbm.Dataset(*numbers()), 3)


class TestLightGbmClassifier(_OfModels):
    format, library = "lightgbm", ("lightgbm", "sklearn")

    def example(self):
        import lightgbm
        import numpy

        table, labels = numbers()
        return lightgbm.LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1, deterministic=True).fit(
            table, numpy.where(labels, "yes", "no")
        )


class TestXGBoost(_OfModels):
    format, library = "xgboost", ("xgboost", "sklearn")

    def example(self):
        import xgboost

        return xgboost.XGBClassifier(n_estimators=3, n_jobs=1).fit(*numbers())


class TestXGBoostBooster(FormatContract):
    format, library = "xgboost", ("xgboost",)

    def example(self):
        import xgboost

        return xgboost.train({"nthread": 1}, xgboost.DMatrix(*numbers()), 3)

    def same(self, one, other):
        import xgboost

        table = xgboost.DMatrix(numbers()[0])
        return bool((one.predict(table) == other.predict(table)).all())


class TestTorch(FormatContract):
    format, library = "torch", ("torch", "safetensors")

    def example(self):
        import torch

        torch.manual_seed(0)
        return torch.nn.Linear(3, 2).state_dict()

    def same(self, one, other):
        return set(one) == set(other) and all((one[key] == other[key]).all() for key in other)


class TestTensor(FormatContract):
    format, library = "torch", ("torch", "safetensors")

    def example(self):
        import torch

        return torch.arange(12).reshape(3, 4).T

    def same(self, one, other):
        return bool((one == other).all())


class TestOnnx(FormatContract):
    format, library = "onnx", ("onnx",)

    def example(self):
        from onnx import TensorProto, helper

        one, two = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 4]) for name in "xy")
        return helper.make_model(helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "graph", [one], [two]))


class TestImage(FormatContract):
    format, library = "image", ("PIL",)

    def example(self):
        from PIL import Image

        return Image.linear_gradient("L").convert("RGB")

    def same(self, one, other):
        return one.tobytes() == other.tobytes()


class TestFigure(FormatContract):
    format, library = "figure", ("matplotlib", "PIL")

    def example(self):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(2, 1))
        figure.subplots().plot([1, 3, 2])
        return figure

    def same(self, one, other):
        return one.width > 100 and one.format == "PNG"


class TestPickle(FormatContract):
    format, chosen, consent = "pickle", False, True

    def example(self):
        return {"anything": complex(1, 2), "at": {1, 2}}
