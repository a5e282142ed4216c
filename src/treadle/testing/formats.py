"""The contract of a format, as a test class: override `format` and `example`, inherit the truth.

    class TestMine(FormatContract):
        format = MyFormat()

        def example(self):
            return MyValue(3)

        def same(self, one, other):
            return one.number == other.number

`library` names the package the format needs: without it the tests are skipped, and say so.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from treadle.core.errors import FormatError
from treadle.sdk.formats import choice, protocol
from treadle.sdk.formats.protocol import FORMS, Format, Saved


class FormatContract:
    """What every format must do. Attributes to override: `format` (an instance, or the name of a built-in one), `library`,
    `chosen` (False for a format that serves only when it is asked for by name) and `checked` (False where the library itself ends
    the process, or finds nothing wrong, over bytes that were cut)."""

    format: ClassVar[Format | str]
    library: ClassVar[tuple[str, ...]] = ()
    chosen: ClassVar[bool] = True
    checked: ClassVar[bool] = True
    consent: ClassVar[bool] = False

    def example(self) -> Any:
        """A value that the format saves."""
        pytest.fail("override the method `example`")

    def same(self, one: Any, other: Any) -> bool:
        """Whether a loaded value is the saved one; equality unless overridden."""
        return bool(one == other)

    @pytest.fixture(autouse=True)
    def _needs_library(self) -> None:
        for library in self.library:
            if importlib.util.find_spec(library) is None:
                pytest.skip(f"the package {library} is not installed")

    @property
    def under_test(self) -> Format:
        return choice.named(self.format) if isinstance(self.format, str) else self.format

    def _source(self, saved: Saved) -> bytes | Path:
        source = saved.data if saved.data is not None else saved.path
        assert source is not None
        return source

    def test_has_a_name_and_the_five_verbs(self) -> None:
        assert self.under_test.name.isidentifier()
        for verb in ("claims", "save", "load", "describe", "preview"):
            assert callable(getattr(self.under_test, verb))

    def test_claims_its_example_and_not_a_strange_object(self) -> None:
        assert self.under_test.claims(self.example()) is self.chosen
        assert not self.under_test.claims(object())

    def test_what_was_saved_comes_back(self, tmp_path: Path) -> None:
        value = self.example()
        saved = self.under_test.save(value, tmp_path / "saved")
        assert saved.format == self.under_test.name
        assert (saved.data is None) != (saved.path is None), "either bytes or a path"
        assert self.same(self.under_test.load(self._source(saved), "value", consent=self.consent), value)

    def test_what_was_saved_comes_back_from_bytes_and_from_a_file(self, tmp_path: Path) -> None:
        value = self.example()
        saved = self.under_test.save(value, tmp_path / "saved")
        if saved.tree:
            pytest.skip("a folder is never bytes")
        data = protocol.all_bytes(self._source(saved))
        (tmp_path / "again").write_bytes(data)
        assert self.same(self.under_test.load(data, "value", consent=self.consent), value)
        assert self.same(self.under_test.load(tmp_path / "again", "value", consent=self.consent), value)

    def test_small_values_stay_in_memory_and_nothing_else_is_left_behind(self, tmp_path: Path) -> None:
        saved = self.under_test.save(self.example(), tmp_path / "saved")
        expected = set() if saved.path is None else {"saved"}
        assert {path.name for path in tmp_path.iterdir()} - {"source"} == expected
        if saved.data is not None:
            assert len(saved.data) <= 4 * protocol.SMALL

    def test_equal_values_are_equal_bytes(self, tmp_path: Path) -> None:
        one = self.under_test.save(self.example(), tmp_path / "one")
        other = self.under_test.save(self.example(), tmp_path / "other")
        if not one.tree:
            assert protocol.all_bytes(self._source(one)) == protocol.all_bytes(self._source(other))

    def test_the_description_is_plain_data(self, tmp_path: Path) -> None:
        saved = self.under_test.save(self.example(), tmp_path / "saved")
        described = self.under_test.describe(self._source(saved))
        assert msgspec.json.decode(msgspec.json.encode(saved.about))
        assert msgspec.json.decode(msgspec.json.encode(described)) == described
        for fact in ("rows", "columns", "shape", "width", "features"):
            if fact in described and fact in saved.about and fact != "columns":
                assert described[fact] == saved.about[fact], fact

    def test_the_preview_is_small_and_can_be_shown(self, tmp_path: Path) -> None:
        saved = self.under_test.save(self.example(), tmp_path / "saved")
        shown = self.under_test.preview(self._source(saved), 2)
        assert shown is None or len(msgspec.json.encode(shown)) < 10_000
        if isinstance(shown, list):
            assert len(shown) <= 2

    def test_damaged_bytes_are_an_error_that_names_the_format(self, tmp_path: Path) -> None:
        if not self.checked:
            pytest.skip("every sequence of bytes is a value of this format, or its library cannot be trusted with damaged ones")
        saved = self.under_test.save(self.example(), tmp_path / "saved")
        if saved.tree:
            pytest.skip("a folder is never bytes")
        data = protocol.all_bytes(self._source(saved))
        for damaged in (b"", b"\x00\xff nothing of the kind \xfe", data[: len(data) // 2]):
            with pytest.raises(FormatError, match=rf"`{self.under_test.name}`|`parquet`|`csv`"):
                self.under_test.load(damaged, "value", consent=self.consent)

    def test_every_form_is_given_or_refused_in_words(self, tmp_path: Path) -> None:
        saved = self.under_test.save(self.example(), tmp_path / "saved")
        for want in FORMS:
            if want in ("path", "stream", "bytes"):
                continue
            try:
                self.under_test.load(self._source(saved), want, consent=self.consent)
            except FormatError as error:
                if not error.hint:
                    pytest.fail(f"{want}: an error without a way on")

    def test_another_kind_of_value_is_refused_in_words(self, tmp_path: Path) -> None:
        if self.format in ("pickle", "json"):
            pytest.skip("nearly everything is a value of this format")
        with pytest.raises(FormatError) as caught:
            self.under_test.save(3.25, tmp_path / "saved")
        assert caught.value.hint
