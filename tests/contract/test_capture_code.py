"""The code digest: it changes exactly when something that the step can depend on changes."""

import os
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treadle.core.errors import CodeError, UserSyntaxError
from treadle.sdk.capture.code import closure, find_root

TRAIN = '''
"""The module."""
import numpy as np
from treadle import step

import tools
from helper import prepare_rows
from package import module
from package.inner import deep as renamed
from stars import *

RATE = 0.1
OTHER_RATE = 0.2


@step
def prepare(rows: int):
    """Prepares."""
    return prepare_rows(rows) * OTHER_RATE


@step(time_limit=5)
def train(table):
    # a comment
    return module.fit(table, RATE) + renamed(table) + from_star(table)


@step
def report(table):
    import lazily
    return lazily.text(tools.round_off(table))


if __name__ == "__main__":
    train(prepare(3))
'''
FILES = {
    "treadle.toml": "",
    "train.py": TRAIN,
    "helper.py": "from second import second_helper\ndef prepare_rows(rows):\n    return second_helper(rows)\n\ndef idle():\n    return 1\n",
    "second.py": "LIMIT = 3\n\ndef second_helper(rows):\n    return rows + LIMIT\n\ndef other():\n    return 2\n",
    "tools.py": "def round_off(x):\n    return round(x)\n\ndef never_named():\n    return 5\n",
    "lazily.py": "def text(x):\n    return str(x)\n",
    "stars.py": "def from_star(x):\n    return x\n",
    "package/__init__.py": "",
    "package/module.py": "from . import sibling\n\ndef fit(table, rate):\n    return sibling.work(table) * rate\n",
    "package/sibling.py": "def work(table):\n    return table\n",
    "package/inner.py": "def deep(table):\n    return 1\n",
    "unrelated.py": "def nobody():\n    return 0\n",
}


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text))
    return root


@pytest.fixture
def project(tmp_path):
    return write(tmp_path / "project", FILES)


def digest(root, function="train", file="train.py", **more):
    return closure(root, root / file, function=function, **more).digest


def edit(root, name, old, new):
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("function", "file", "old", "new"),
    [
        ("train", "train.py", "+ renamed(table)", "- renamed(table)"),
        ("train", "train.py", "RATE = 0.1", "RATE = 0.3"),
        ("train", "train.py", "@step(time_limit=5)", "@step(time_limit=6)"),
        ("train", "package/module.py", "* rate", "+ rate"),
        ("train", "package/sibling.py", "return table", "return table + 1"),
        ("train", "package/inner.py", "return 1", "return 2"),
        ("train", "stars.py", "return x", "return x + 1"),
        ("train", "package/__init__.py", "", "print('hello')\n"),
        ("train", "tools.py", "def never_named", "print('runs on import')\n\ndef never_named"),
        ("train", "train.py", "from package import module", "from package import sibling as module"),
        ("prepare", "helper.py", "second_helper(rows)\n\n", "second_helper(rows) + 1\n\n"),
        ("prepare", "second.py", "rows + LIMIT", "rows - LIMIT"),
        ("prepare", "second.py", "LIMIT = 3", "LIMIT = 4"),
        ("report", "lazily.py", "str(x)", "repr(x)"),
        ("report", "tools.py", "round(x)", "int(x)"),
        ("report", "tools.py", "return 5", "return 6"),  # used as an object: all of it counts
        (None, "train.py", "OTHER_RATE = 0.2", "OTHER_RATE = 0.4"),
        (None, "second.py", "return 2", "return 3"),
    ],
)
def test_an_edit_of_what_is_reached_changes_the_digest(project, function, file, old, new):
    before = digest(project, function)
    edit(project, file, old, new)
    assert digest(project, function) != before


@pytest.mark.parametrize(
    ("function", "file", "old", "new"),
    [
        ("train", "train.py", '"""The module."""', '"""Another docstring."""'),
        ("train", "train.py", "# a comment", "# another comment"),
        ("train", "train.py", "    # a comment\n", "\n\n"),
        ("train", "train.py", "+ renamed(table)", "+   renamed( table )"),
        ("train", "train.py", "* OTHER_RATE", "/ OTHER_RATE"),  # another step
        ("train", "train.py", "OTHER_RATE = 0.2", "OTHER_RATE = 0.5"),
        ("train", "train.py", "train(prepare(3))", "train(prepare(4))"),  # runs as a script only
        ("train", "helper.py", "second_helper(rows)\n\n", "second_helper(rows) + 1\n\n"),
        ("train", "lazily.py", "str(x)", "repr(x)"),  # imported inside of another step
        ("train", "unrelated.py", "return 0", "return 1"),
        ("train", "tools.py", "return 5", "return 6"),
        ("prepare", "train.py", '"""Prepares."""', '"""Makes ready."""'),
        ("prepare", "train.py", "\nRATE = 0.1", "\nRATE = 0.9"),
        ("prepare", "helper.py", "return 1", "return 7"),
        ("prepare", "second.py", "return 2", "return 8"),
        ("prepare", "second.py", "def second_helper(rows):", 'def second_helper(rows):\n    """Adds."""'),
        (None, "unrelated.py", "return 0", "return 1"),
        (None, "train.py", "# a comment", "# another"),
    ],
)
def test_an_edit_of_anything_else_does_not(project, function, file, old, new):
    before = digest(project, function)
    edit(project, file, old, new)
    assert digest(project, function) == before


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (
            "ALL = {}\n\ndef register(f):\n    ALL[1] = f\n    return f\n\n@register\ndef one():\n    return 1\n",
            "return 1",
            "return 2",
        ),
        (
            "class Base:\n    def __init_subclass__(cls):\n        print(cls)\n\nclass One(Base):\n    size = 1\n",
            "size = 1",
            "size = 2",
        ),
        ("TABLE = {}\nTABLE['a'] = 1\n", "= 1", "= 2"),
        ("NUMBERS = [1]\nNUMBERS.append(2)\n", "append(2)", "append(3)"),
        ("NUMBERS = [1]\nNUMBERS += [2]\n", "[2]", "[3]"),
        ("try:\n    import fast\nexcept ImportError:\n    fast = None\n", "None", "0"),
        ("def one():\n    return 1\n\ndef pick(name):\n    return globals()[name]()\n", "return 1", "return 2"),
        ("def one():\n    return 1\n\ndef __getattr__(name):\n    return one\n", "return 1", "return 2"),
        ("def seed():\n    return 1\n\n_ = seed()\n", "return 1", "return 2"),
        ("import numpy\n_ = numpy.random.seed(1)\n", "(1)", "(2)"),
        ("class Plug(metaclass=type):\n    size = 1\n", "size = 1", "size = 2"),
    ],
)
def test_what_acts_on_import_counts_for_every_step(tmp_path, text, old, new):
    """In the step's own module, and in one that is merely imported."""
    for own in (True, False):
        head = text if own else "import aside\n"
        root = write(tmp_path / str(own), {"aside.py": text, "steps.py": head + "\ndef step_of_mine():\n    return 3\n"})
        before = digest(root, "step_of_mine", "steps.py")
        edit(root, "steps.py" if own else "aside.py", old, new)
        assert digest(root, "step_of_mine", "steps.py") != before, f"own module: {own}"


def test_a_name_given_on_by_a_package_is_followed(tmp_path):
    root = write(
        tmp_path,
        {
            "package/__init__.py": "from .core import work\nfrom .core import other\n",
            "package/core.py": "def work():\n    return 1\n\ndef other():\n    return 2\n",
            "steps.py": "from package import work\n\ndef go():\n    return work()\n",
        },
    )
    before = digest(root, "go", "steps.py")
    edit(root, "package/core.py", "return 2", "return 3")
    assert digest(root, "go", "steps.py") == before
    edit(root, "package/core.py", "return 1", "return 4")
    assert digest(root, "go", "steps.py") != before


def test_a_module_reached_as_an_attribute_of_its_package_counts(tmp_path):
    root = write(
        tmp_path,
        {
            "package/__init__.py": "from .core import work\n",
            "package/core.py": "def work():\n    return 1\n\ndef other():\n    return 2\n",
            "steps.py": "import package\n\ndef go():\n    return package.core.other()\n",
        },
    )
    before = digest(root, "go", "steps.py")
    edit(root, "package/core.py", "return 2", "return 3")
    assert digest(root, "go", "steps.py") != before


def test_the_parts_are_named_as_people_name_them(project):
    parts = closure(project, project / "train.py", function="train").parts
    assert {"train.py::train", "train.py::RATE", "package/module.py", "stars.py"} <= set(parts)
    assert not any("prepare" in name or "helper" in name for name in parts)
    assert set(closure(project, project / "train.py").parts) == set(FILES) - {"treadle.toml", "unrelated.py"}


def test_paths_are_everything_that_python_needs_to_import(project):
    for function in ("train", "prepare", None):
        assert set(closure(project, project / "train.py", function=function).paths) == set(FILES) - {"treadle.toml", "unrelated.py"}


def test_a_source_layout_a_step_in_a_package_and_relative_imports(tmp_path):
    root = write(
        tmp_path,
        {
            "pyproject.toml": "",
            "src/shop/__init__.py": "",
            "src/shop/steps/__init__.py": "",
            "src/shop/steps/train.py": "from ..tools import clean\nfrom shop import words\nimport shop.numbers as n\n",
            "src/shop/tools.py": "def clean(*x):\n    return x\n",
            "src/shop/words.py": "A = 1\n",
            "src/shop/numbers.py": "B = 1\n",
        },
    )
    found = closure(root, root / "src/shop/steps/train.py")
    assert {path.removeprefix("src/shop/") for path in found.paths} == {
        "__init__.py",
        "steps/__init__.py",
        "steps/train.py",
        "tools.py",
        "words.py",
        "numbers.py",
    }


def test_installed_packages_and_links_that_leave_the_root_are_not_the_projects(tmp_path):
    outside = write(tmp_path / "outside", {"far.py": "X = 1\n"})
    root = write(
        tmp_path / "root",
        {"steps.py": "import numpy, far, near\nfrom venv import x\n", "near.py": "", "venv/pyvenv.cfg": "", "venv/x.py": ""},
    )
    (root / "far.py").symlink_to(outside / "far.py")
    assert closure(root, root / "steps.py").paths == ("near.py", "steps.py")


def test_circles_and_deep_nesting_are_no_problem(tmp_path):
    root = write(tmp_path, {"a.py": "import b\nX = " + "1 + " * 600 + "1\n", "b.py": "import a\n"})
    assert closure(root, root / "a.py", function="X").paths == ("a.py", "b.py")


def test_declared_files_count_by_their_bytes(project):
    write(project, {"sql/one.sql": "select 1", "sql/inner/two.sql": "select 2", "notes.txt": "n"})
    before = closure(project, project / "train.py", function="train", files=("sql", "*.txt"))
    assert {"sql/one.sql", "sql/inner/two.sql", "notes.txt"} <= set(before.paths) & set(before.parts)
    (project / "sql/one.sql").write_text("select  1")
    assert digest(project, files=("sql", "*.txt")) != before.digest


@pytest.mark.parametrize("pattern", ["nothing/*.sql", "../*.py", "/etc/passwd", "a/../../b", ""])
def test_declared_files_that_match_nothing_or_leave_the_root_are_refused(project, pattern):
    with pytest.raises(CodeError, match="declared files"):
        digest(project, files=(pattern,))


def test_a_declared_link_that_leaves_the_root_is_refused(project, tmp_path):
    (tmp_path / "secret").write_text("s")
    (project / "data.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(CodeError, match=r"data\.txt"):
        digest(project, files=("*.txt",))


@pytest.mark.parametrize("name", ["train.py", "second.py"])
def test_a_syntax_error_names_file_line_and_the_line(project, name):
    with (project / name).open("a") as file:
        file.write("\ndef broken(:\n")
    with pytest.raises(UserSyntaxError) as caught:
        digest(project)
    lines = (project / name).read_text().splitlines()
    assert caught.value.where == f"{project / name}:{lines.index('def broken(:') + 1}"
    assert "def broken(:" in str(caught.value)


def test_dynamic_imports_are_told_and_plain_ones_followed(tmp_path):
    text = "import importlib\nname = 'x'\nmodule = importlib.import_module(name)\nother = importlib.import_module('near')\n"
    root = write(tmp_path, {"steps.py": text, "near.py": "N = 1\n"})
    found = closure(root, root / "steps.py")
    assert found.paths == ("near.py", "steps.py")
    assert len(found.warnings) == 1
    assert "steps.py:3" in found.warnings[0]


def test_the_cache_answers_the_same_and_survives_damage(project, tmp_path):
    cache = tmp_path / "cache" / "facts"
    for path in project.rglob("*.py"):
        os.utime(path, (1_000_000_000.5, 1_000_000_000.5))
    plain = closure(project, project / "train.py", function="train")
    assert closure(project, project / "train.py", function="train", cache=cache) == plain
    assert closure(project, project / "train.py", function="train", cache=cache) == plain
    edit(project, "package/inner.py", "return 1", "return 9")
    assert digest(project, cache=cache) == digest(project) != plain.digest
    for damage in (b"", b"garbage", b"\x93\x01"):
        cache.parent.mkdir(exist_ok=True)
        cache.write_bytes(damage)
        assert digest(project, cache=cache) == digest(project)


def test_a_file_edited_right_after_it_was_read_is_read_again(project, tmp_path):
    """Same size, and perhaps the same time stamp: the cache must not have trusted a file that young."""
    cache = tmp_path / "facts"
    seen = set()
    for number in range(20):
        (project / "package/inner.py").write_text(f"def deep(table):\n    return {number + 10}\n")
        seen.add(digest(project, cache=cache))
    assert len(seen) == 20


def test_the_root_is_the_nearest_marked_folder(tmp_path):
    write(tmp_path, {"treadle.toml": "", "a/pyproject.toml": "", "a/b/c.py": "", "d/e.py": ""})
    assert find_root(tmp_path / "a/b/c.py") == tmp_path / "a"
    assert find_root(tmp_path / "d/e.py") == tmp_path


NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3), min_size=1), st.data())
def test_exactly_the_functions_that_are_called_count(tmp_path, calls, data):
    """Random graphs of functions: the digest of one changes if and only if the edited one is reachable from it."""

    def text(edited):
        return "\n".join(
            f"def {name}():\n    return [{', '.join(f'{other}()' for other in others)}], {1 if name == edited else 0}\n"
            for name, others in calls.items()
        )

    start, edited = data.draw(st.sampled_from(sorted(calls))), data.draw(st.sampled_from(sorted(calls)))
    reached, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name not in reached and name in calls:
            reached.add(name)
            waiting += calls[name]
    file = tmp_path / "steps.py"
    file.write_text(text(None))
    before = digest(tmp_path, start, "steps.py")
    file.write_text(text(edited))
    assert (digest(tmp_path, start, "steps.py") != before) == (edited in reached)
