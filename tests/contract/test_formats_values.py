"""Formats: which one serves a value, in which forms it comes back, and what is refused."""

import dataclasses
import datetime
import decimal
import enum
import math
import subprocess
import sys
import typing
import uuid
import warnings
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.core.errors import FormatError, MissingContent
from treadle.sdk import formats
from treadle.sdk.formats import choice

numpy = pytest.importorskip("numpy")


def source_of(saved):
    return saved.data if saved.data is not None else saved.path


def there_and_back(value, target, want="value", **how):
    saved = formats.save(value, target, **how)
    return formats.load(saved.format, source_of(saved), want)


def test_importing_the_formats_and_choosing_one_imports_no_library():
    script = (
        "import sys, datetime; from pathlib import Path; from treadle.sdk import formats\n"
        "formats.save({'a': 1}, Path('unused')); formats.save('text', Path('unused')); formats.form_of('pl.DataFrame')\n"
        "heavy = {'numpy', 'polars', 'pandas', 'pyarrow', 'sklearn', 'matplotlib', 'torch', 'sqlalchemy', 'importlib.metadata'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# --- plain data ---------------------------------------------------------------------------------------------------------


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary(max_size=20)
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.uuids()
)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(["$float", "$dict", "$tuple", "$map"])
PLAIN = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.dictionaries(st.integers() | st.tuples(st.integers(), KEYS), inner, max_size=3)
        | st.frozensets(st.integers() | KEYS, max_size=3)
    ),
    max_leaves=15,
)


def alike(one, other):
    """Equal, and of the same types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(alike(one[key], other[key]) for key in one)
    return one == other


@given(PLAIN)
def test_plain_data_comes_back_exactly(value):
    json = choice.named("json")
    saved = json.save(value, Path("unused"))
    assert alike(json.load(source_of(saved), "value"), value)
    msgspec.json.decode(saved.data)  # a legal document for everybody
    msgspec.json.encode(json.load(source_of(saved), "json"))


def test_numbers_that_are_not_finite_survive(tmp_path):
    value = {"loss": [float("nan"), float("inf"), -math.inf, 0.5]}
    back = there_and_back(value, tmp_path / "x")
    assert math.isnan(back["loss"][0])
    assert back["loss"][1:] == [math.inf, -math.inf, 0.5]
    assert there_and_back(value, tmp_path / "x", "json") == {"loss": [None, None, None, 0.5]}


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: float
    when: datetime.date
    colour: Colour


def test_records_enums_and_numpy_scalars_become_plain_and_can_be_made_whole(tmp_path):
    point = Point(1.5, datetime.date(2024, 2, 29), Colour.RED)
    back = there_and_back(point, tmp_path / "x")
    assert msgspec.convert(back, Point) == point
    assert there_and_back({"auc": numpy.float64(0.5), "n": numpy.int64(3), "ok": numpy.bool_(True)}, tmp_path / "x") == {
        "auc": 0.5,
        "n": 3,
        "ok": True,
    }
    assert there_and_back(numpy.float32(0.5), tmp_path / "x") == 0.5


def test_what_is_not_plain_is_named_by_its_place(tmp_path):
    with pytest.raises(FormatError, match=r"value\['model'\]\[1\] is a `object`"):
        formats.save({"model": [1, object()]}, tmp_path / "x")
    endless = []
    endless.append(endless)
    with pytest.raises(FormatError, match="contains itself"):
        formats.save(endless, tmp_path / "x")
    with pytest.raises(FormatError, match="UTF-8"):
        formats.save({"a": "\ud800"}, tmp_path / "x")


# --- forms --------------------------------------------------------------------------------------------------------------


def test_annotations_name_forms():
    polars = pytest.importorskip("polars")

    for annotation, form in {
        "polars.DataFrame": "polars",
        "pl.LazyFrame": "polars_lazy",
        "pd.DataFrame": "pandas",
        "pd.DataFrame | None": "pandas",
        "Optional[pa.Table]": "arrow",
        "typing.Annotated['np.ndarray', 3]": "numpy",
        "npt.NDArray[np.float64]": "numpy",
        "Path": "path",
        "pathlib.Path": "path",
        "typing.BinaryIO": "stream",
        "bytes": "bytes",
        "str": "text",
        "DataFrame": "value",
        "my.DataFrame": "value",
        "pl.DataFrame | pd.DataFrame": "value",
        "not python at all": "value",
    }.items():
        assert formats.form_of(annotation) == form, annotation
    for annotation, form in (
        (polars.DataFrame, "polars"),
        (polars.LazyFrame | None, "polars_lazy"),
        (numpy.ndarray, "numpy"),
        (numpy.typing.NDArray[numpy.float64], "numpy"),
        (typing.Annotated[Path, "where"], "path"),
        (typing.ForwardRef("pl.DataFrame"), "polars"),
        (typing.BinaryIO, "stream"),
        (typing.IO[bytes], "stream"),
        (bytes, "bytes"),
        (dict, "value"),
        (Point, "value"),
        (3, "value"),
    ):
        assert formats.form_of(annotation) == form, annotation


@pytest.mark.parametrize("format_name", [None, "arrow", "csv"])
@pytest.mark.parametrize("rows", [3, 50_000])
def test_a_table_in_every_form(tmp_path, format_name, rows):
    polars, pandas, pyarrow = (pytest.importorskip(name) for name in ("polars", "pandas", "pyarrow"))
    frame = polars.DataFrame({"a": range(rows), "b": [0.5] * rows})
    saved = formats.save(frame, tmp_path / "x", format=format_name)
    source = source_of(saved)
    assert saved.about["rows"] == rows
    assert formats.describe(saved.format, source) == {"rows": rows, "columns": {"a": "Int64", "b": "Float64"}}
    assert formats.preview(saved.format, source, 2) == [{"a": 0, "b": 0.5}, {"a": 1, "b": 0.5}]
    given_as = {want: formats.load(saved.format, source, want) for want in ("polars", "polars_lazy", "pandas", "arrow", "numpy")}
    assert given_as["polars"].equals(frame)
    assert isinstance(given_as["polars_lazy"], polars.LazyFrame)
    assert isinstance(given_as["pandas"], pandas.DataFrame)
    assert isinstance(given_as["arrow"], pyarrow.Table)
    assert given_as["numpy"].shape == (rows, 2)
    assert all(len(given_as[want]) == rows for want in ("pandas", "arrow"))
    assert formats.load(saved.format, source, "path").read_bytes() == formats.load(saved.format, source, "bytes")
    with formats.load(saved.format, source, "stream") as stream:
        assert stream.read(1)


def test_a_pandas_index_stays_and_does_not_disturb_polars(tmp_path):
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    for frame in (
        pandas.DataFrame({"a": [1, 2, 3]}).sample(frac=1, random_state=3),
        pandas.DataFrame({"a": [1, 2]}, index=pandas.Index(["x", "y"], name="key")),
        pandas.DataFrame({"a": pandas.Categorical(["u", "v"]), "t": pandas.to_datetime(["2024-01-01", None])}),
    ):
        pandas.testing.assert_frame_equal(there_and_back(frame, tmp_path / "x"), frame)
        columns = there_and_back(frame, tmp_path / "x", "polars").columns
        assert columns == [*frame.columns, *([frame.index.name] if frame.index.name else [])]
    assert isinstance(there_and_back(polars.DataFrame({"a": [1]}), tmp_path / "x"), polars.DataFrame)


def test_a_folder_of_equal_tables_is_one_table(tmp_path):
    polars = pytest.importorskip("polars")
    folder = tmp_path / "version"
    (folder / "inner").mkdir(parents=True)
    polars.DataFrame({"a": [1], "b": ["x"]}).write_csv(folder / "1.csv")
    polars.DataFrame({"a": [2.5], "b": ["y"]}).write_csv(folder / "inner" / "2.csv")
    for format_name in ("folder", "csv"):
        assert formats.load(format_name, folder, "polars")["a"].to_list() == [1.0, 2.5]
        assert len(formats.load(format_name, folder, "pandas")) == 2
        assert formats.load(format_name, folder, "path") == folder
    assert formats.load("folder", folder) == folder
    polars.DataFrame({"c": [1]}).write_csv(folder / "3.csv")
    with pytest.raises(FormatError, match=r"`2\.csv` has other columns|`3\.csv` has other columns"):
        formats.load("folder", folder, "polars")
    (folder / "readme.md").write_text("hello")
    with pytest.raises(FormatError, match=r"readme\.md"):
        formats.load("folder", folder, "polars")
    with pytest.raises(FormatError, match="cannot be given as `bytes`"):
        formats.load("folder", folder, "bytes")


def test_a_returned_file_is_what_its_bytes_are(tmp_path):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1, 2]})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_csv(tmp_path / "t.csv")
    numpy.save(tmp_path / "t.npy", numpy.ones(3))
    for name in ("t.parquet", "t.csv"):
        saved = formats.save(tmp_path / name, tmp_path / f"saved-{name}x")
        assert saved.about["name"] == name
        assert formats.load(saved.format, saved.path, "polars").equals(frame)
    assert there_and_back(tmp_path / "t.npy", tmp_path / "y", "numpy").sum() == 3
    assert there_and_back(tmp_path / "t.csv", tmp_path / "z", "text") == "a\n1\n2\n"
    with pytest.raises(FormatError, match="nothing is at the path"):
        formats.save(tmp_path / "missing", tmp_path / "w")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "out").symlink_to(tmp_path / "linked")
    with pytest.raises(FormatError, match="link to a folder"):
        formats.save(tmp_path / "linked", tmp_path / "v")


def test_a_large_array_is_mapped_and_changing_it_changes_no_file(tmp_path):
    saved = formats.save(numpy.zeros(100_000), tmp_path / "x")
    array = formats.load("numpy", saved.path)
    assert isinstance(array, numpy.memmap)
    array[0] = 1
    assert formats.load("numpy", saved.path)[0] == 0


def test_impossible_wishes_say_what_and_what_for(tmp_path):
    for value, want in (
        ("text", "polars"),
        ({"a": 1}, "pandas"),
        (numpy.ones((2, 2, 2)), "polars"),
        ({"a": "b"}, "numpy"),
        (b"\0\1", "json"),
    ):
        saved = formats.save(value, tmp_path / "x")
        with pytest.raises(FormatError) as caught:
            formats.load(saved.format, source_of(saved), want)
        assert want in str(caught.value) or saved.format in str(caught.value)
        assert caught.value.hint
    with pytest.raises(FormatError, match="there is no form"):
        formats.load("json", b"1", "yaml")
    with pytest.raises(MissingContent):
        formats.load("json", tmp_path / "gone")


def test_values_without_a_format_are_told_how_to_go_on(tmp_path):
    polars = pytest.importorskip("polars")
    for value, words in ((object(), "pickle"), (polars.Series([1]), "to_frame"), (numpy.array([object()]), "dtype"), (uuid, "pickle")):
        with pytest.raises(FormatError, match="no format saves") as caught:
            formats.save(value, tmp_path / "x")
        assert words in caught.value.hint
    with pytest.raises(FormatError, match="there is no format `yaml`"):
        formats.save(1, tmp_path / "x", format="yaml")


def test_a_pickle_is_marked_and_needs_consent(tmp_path):
    saved = formats.save({"a": decimal.Decimal(1)}, tmp_path / "x", format="pickle")
    assert saved.pickled
    assert formats.describe("pickle", saved.data) == {"imports": ["decimal.Decimal"]}
    with pytest.raises(FormatError, match="executes code"):
        formats.load("pickle", saved.data)
    assert formats.load("pickle", saved.data, consent=True) == {"a": decimal.Decimal(1)}


def test_a_plug_in_serves_what_no_built_in_does(tmp_path, monkeypatch):
    class Mine(choice.named("bytes").__class__):
        name = "mine"

        def claims(self, value):
            return isinstance(value, type(...))

        def save(self, value, target):
            return formats.Saved(format=self.name, data=b"...")

    monkeypatch.setattr(choice, "_plugins", {"mine": Mine()})
    assert formats.save(..., tmp_path / "x").format == "mine"
    assert formats.save(b"x", tmp_path / "x").format == "bytes"
    assert formats.load("mine", b"...", "bytes") == b"..."


# --- estimators ---------------------------------------------------------------------------------------------------------


def estimators():
    ensemble = pytest.importorskip("sklearn.ensemble")
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, OneHotEncoder, StandardScaler
    from sklearn.svm import SVC

    columns = ColumnTransformer(
        [("scale", StandardScaler(), [0, 1]), ("bins", KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"), [2])]
    )
    return [
        LogisticRegression(),
        SGDClassifier(random_state=0),
        SVC(),
        ensemble.RandomForestClassifier(3),
        ensemble.ExtraTreesRegressor(3),
        ensemble.IsolationForest(n_estimators=3, random_state=0),
        ensemble.GradientBoostingClassifier(n_estimators=3),
        ensemble.GradientBoostingRegressor(n_estimators=3, loss="huber"),
        ensemble.HistGradientBoostingClassifier(max_iter=3),
        ensemble.HistGradientBoostingClassifier(max_iter=3, categorical_features=[3]),
        *(ensemble.HistGradientBoostingRegressor(max_iter=3, loss=loss) for loss in ("squared_error", "absolute_error", "poisson")),
        ensemble.HistGradientBoostingRegressor(max_iter=3, loss="quantile", quantile=0.3),
        ensemble.AdaBoostClassifier(n_estimators=3),
        *(KNeighborsClassifier(algorithm=algorithm) for algorithm in ("kd_tree", "ball_tree", "brute")),
        KNeighborsRegressor(p=3, algorithm="kd_tree"),
        KNeighborsRegressor(metric="canberra", algorithm="ball_tree"),
        CalibratedClassifierCV(LogisticRegression(), cv=2),
        MLPClassifier((4,), max_iter=3, random_state=0),
        make_pipeline(SimpleImputer(), FunctionTransformer(numpy.log1p), StandardScaler(), LogisticRegression()),
        make_pipeline(columns, ensemble.HistGradientBoostingClassifier(max_iter=3)),
        make_pipeline(
            ColumnTransformer([("one", OneHotEncoder(), [3])], remainder="passthrough", sparse_threshold=0), LogisticRegression()
        ),
    ]


def test_common_estimators_are_saved_without_anybody_naming_types(tmp_path):
    pytest.importorskip("skops")
    generator = numpy.random.default_rng(0)
    table = numpy.abs(generator.normal(size=(90, 4)))
    table[:, 3] = generator.integers(0, 3, 90)
    labels = (table[:, 0] > 0.5).astype(int)
    for number, estimator in enumerate(estimators()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator.fit(table, labels)
            saved = formats.save(estimator, tmp_path / str(number))
            assert (saved.format, saved.pickled) == ("sklearn", False)
            loaded = formats.load("sklearn", source_of(saved))
            numpy.testing.assert_array_equal(loaded.predict(table), estimator.predict(table))


def test_foreign_types_in_an_estimator_are_refused_by_name_and_need_consent(tmp_path):
    pytest.importorskip("skops")
    base = pytest.importorskip("sklearn.base")
    preprocessing = pytest.importorskip("sklearn.preprocessing")

    import os

    dangerous = preprocessing.FunctionTransformer(os.system)
    for name in ("sklearn", None):
        with pytest.raises(FormatError, match=r"posix\.system") as caught:
            formats.save(dangerous, tmp_path / "x", format=name)
        assert "skops" in caught.value.hint
    saved = formats.save(dangerous, tmp_path / "x", format="skops")
    assert saved.pickled
    for name in ("skops", "sklearn"):  # renaming the artifact opens no door
        with pytest.raises(FormatError, match=r"posix\.system"):
            formats.load(name, source_of(saved))
    assert isinstance(formats.load("skops", source_of(saved), consent=True), base.TransformerMixin)


@pytest.mark.parametrize(
    "name", ["os.system", "builtins.eval", "sklearn.utils._testing.assert_run_python_script", "numpy.load", "sklearn._loss._loss.x"]
)
def test_the_list_of_known_types_lets_nothing_through_that_acts(name):
    from treadle.sdk.formats.estimators import is_known

    assert not is_known(name)
    assert not is_known(f"sklearn._loss.loss.A.{name}")
