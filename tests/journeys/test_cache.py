"""What makes two runs equal: the cache sees what a result can depend on, and says what differed."""

from __future__ import annotations

from typing import Any

import pytest

PIPELINE = """
    from treadle import pipeline, step
    from helper import scale

    FACTOR = 10

    @step
    def prepare(n: int = 3) -> list:
        return [scale(i) for i in range(n)]

    @step
    def total(rows: list) -> int:
        return sum(rows) * FACTOR

    @pipeline
    def nightly(n: int = 3) -> int:
        return total(prepare(n))
"""
HELPER = """
    from deeper import twice

    def scale(x):
        return twice(x) + 1
"""
DEEPER = """
    def twice(x):
        return 2 * x
"""


@pytest.fixture
def nightly(project: Any) -> Any:
    project.write("nightly.py", PIPELINE)
    project.write("helper.py", HELPER)
    project.write("deeper.py", DEEPER)
    assert performed(project) == {"prepare", "total"}
    assert performed(project) == set()
    return project


def performed(project: Any, *words: str) -> set[str]:
    """The steps that `treadle run` really performed."""
    run = project.run("nightly.py::nightly", *words)
    assert run["state"] == "done"
    return {child["step"] for child in run["children"] if not child.get("reused_from")}


def result(project: Any) -> str:
    import base64

    return base64.b64decode(project.get("@-1")["outputs"][0]["inline"]).decode()


def test_an_edited_helper_is_never_answered_with_a_stale_result(nightly: Any) -> None:
    nightly.write("helper.py", HELPER.replace("+ 1", "+ 2"))
    assert performed(nightly) == {"prepare", "total"}
    assert result(nightly) == str((2 + 4 + 6) * 10)


def test_an_edited_helper_of_a_helper_counts_too(nightly: Any) -> None:
    nightly.write("deeper.py", DEEPER.replace("2 * x", "3 * x"))
    assert performed(nightly) == {"prepare", "total"}


def test_a_constant_counts_for_the_step_that_uses_it_alone(nightly: Any) -> None:
    nightly.write("nightly.py", PIPELINE.replace("FACTOR = 10", "FACTOR = 11"))
    assert performed(nightly) == {"total"}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("helper.py", HELPER + "\n    # a comment at the end\n"),
        ("helper.py", HELPER.replace("def scale(x):", 'def scale(x):\n        """What it does."""')),
        ("nightly.py", PIPELINE.replace("FACTOR = 10", "FACTOR = 10  # ten")),
        ("nightly.py", PIPELINE + "\n    def unrelated():\n        return 5\n"),
    ],
)
def test_comments_docstrings_and_unrelated_code_do_not_count(nightly: Any, file: str, text: str) -> None:
    nightly.write(file, text)
    assert performed(nightly) == set()


def test_an_edited_step_does_not_run_its_neighbours_whose_inputs_stay_equal(nightly: Any) -> None:
    nightly.write("nightly.py", PIPELINE.replace("return [scale(i) for i in range(n)]", "return list(map(scale, range(n)))"))
    assert performed(nightly) == {"prepare"}


def test_a_parameter_counts(nightly: Any) -> None:
    assert performed(nightly, "-p", "n=4") == {"prepare", "total"}
    assert performed(nightly, "-p", "n=4") == set()


def test_no_cache_performs_everything(nightly: Any) -> None:
    assert performed(nightly, "--no-cache") == {"prepare", "total"}


def test_why_names_the_part_that_differed(nightly: Any) -> None:
    nightly.write("deeper.py", DEEPER.replace("2 * x", "3 * x"))
    performed(nightly)
    prepare = next(c for c in nightly.get("@-1")["children"] if c["step"] == "prepare")
    why = nightly.json("why", str(prepare["id"]))
    changed = [part for part in why["parts"] if not part["equal"]]
    assert [part["part"] for part in changed] == ["code"]
    assert any("deeper.py" in line for line in changed[0]["detail"])
    assert "deeper.py" in why["sentence"]


def test_why_of_a_reused_run_names_its_source(nightly: Any) -> None:
    child = next(c for c in nightly.get("@-1")["children"] if c["step"] == "total")
    why = nightly.json("why", str(child["id"]))
    assert why["compared_with"] == child["reused_from"]
    assert "reused the result of run" in why["sentence"]


def test_the_plan_says_what_would_run_before_it_runs(nightly: Any) -> None:
    plan = nightly.json("run", "nightly.py::nightly", "--plan")
    assert [(c["step"], c["reuse"] is not None) for c in plan["calls"]] == [("prepare", True), ("total", True)]
    nightly.write("helper.py", HELPER.replace("+ 1", "+ 7"))
    plan = nightly.json("run", "nightly.py::nightly", "--plan")
    assert [(c["step"], c["reuse"] is not None) for c in plan["calls"]] == [("prepare", False), ("total", False)]
    assert "helper.py" in plan["calls"][0]["because"]


def test_declared_files_count_and_undeclared_ones_are_not_there(project: Any) -> None:
    code = """
        from pathlib import Path
        from treadle import step

        @step(files=["words/*.txt"])
        def read() -> str:
            return Path(__file__).parent.joinpath("words/a.txt").read_text() + Path("words/a.txt").read_text()

        @step
        def sneak() -> str:
            return Path(__file__).parent.joinpath("other.txt").read_text()
    """
    project.write("files.py", code)
    project.write("words/a.txt", "one")
    project.write("other.txt", "hidden")
    assert project.run("files.py::read").get("reused_from") is None
    assert project.run("files.py::read").get("reused_from") == 1
    project.write("words/a.txt", "two")
    assert project.run("files.py::read").get("reused_from") is None
    failed = project.run("files.py::sneak", status=1)
    assert failed["error"]["error"] == "FileNotFoundError"


def test_versions_and_switches_of_the_cache(project: Any) -> None:
    code = """
        from treadle import step

        @step(cache=CACHE)
        def one() -> int:
            return 1
    """
    for cache, expected in (("False", [None, None]), ('"1"', [None, 3]), ('"2"', [None, 5]), ('"1"', [3, 3])):
        project.write("v.py", code.replace("CACHE", cache))
        assert [project.run("v.py::one").get("reused_from") for _ in range(2)] == expected


def test_reproduce_restores_what_was_and_says_what_is_equal(nightly: Any) -> None:
    nightly.write("helper.py", HELPER.replace("+ 1", "+ 2"))
    nightly.write("nightly.py", "raise SystemExit('the working copy is broken now')")
    done = nightly.json("reproduce", "1")
    assert done["reproduced"]
    assert {row["verdict"] for row in done["compared"]} == {"equal"}
    assert {row["step"] for row in done["compared"]} == {"nightly", "prepare#0", "total#0"}


def test_reproduce_says_what_differs(project: Any) -> None:
    project.write(
        "chance.py",
        """
        import os
        from treadle import log, step

        @step
        def chance() -> str:
            log(size=8)
            return os.urandom(4).hex()

        @step
        def measured() -> str:
            log(loss=int.from_bytes(os.urandom(2), "big"))
            return os.urandom(4).hex()
        """,
    )
    project.run("chance.py::chance")
    agrees = project.json("reproduce", "@-1")
    assert agrees["reproduced"]
    assert {row["name"]: row["verdict"] for row in agrees["compared"]} == {"result": "differs", "size": "equal"}
    project.run("chance.py::measured")
    assert not project.json("reproduce", "@-1", status=1)["reproduced"]
