"""Projects in the record, on both dialects; repositories are real ones."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select

from treadle.contract import projects as words
from treadle.contract.runs import Code
from treadle.core.errors import Conflict, NotFound, Unreachable, UsageError
from treadle.core.operation import Call
from treadle.projects import operations as projects
from treadle.store import tables as t
from treadle.store.database import Database

ROOT = Call(actor="root")


def made(database: Database, name: str = "churn") -> words.Project:
    return projects.create_project(words.CreateProject(project=name, description="who leaves"), ROOT, database)


def test_a_project_is_made_once(database: Database) -> None:
    assert made(database).description == "who leaves"
    with pytest.raises(Conflict, match="churn"):
        made(database)
    assert [one.name for one in projects.list_projects(words.ListProjects(), ROOT, database)] == ["churn", "default"]
    with pytest.raises(NotFound, match="nothing-here"):
        projects.get_project(words.ProjectName(project="nothing-here"), ROOT, database)


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", "x" * 65, "a\n"])
def test_strange_names_are_refused(database: Database, name: str) -> None:
    with pytest.raises(UsageError, match="name of a project"):
        made(database, name)


def test_the_default_project_is_there_without_being_made(database: Database, tmp_path: Path) -> None:
    assert projects.get_project(words.ProjectName(project="default"), ROOT, database).created_at is None
    asked = words.SetVariable(project="default", name="MODE", value="fast")
    assert projects.set_variable(asked, ROOT, database, tmp_path).variables["MODE"].value == "fast"


def test_the_value_of_a_secret_is_kept_outside_of_the_record(database: Database, tmp_path: Path) -> None:
    made(database)
    for name, value, secret in (("MODE", "fast", False), ("KEY", "hunter2", True), ("OTHER", "x=y", True)):
        asked = words.SetVariable(project="churn", name=name, value=value, secret=secret)
        found = projects.set_variable(asked, ROOT, database, tmp_path)
    assert {name: (one.value, one.secret) for name, one in found.variables.items()} == {
        "MODE": ("fast", False),
        "KEY": ("", True),
        "OTHER": ("", True),
    }
    file = tmp_path / "secrets" / "project.churn.env"
    assert file.read_text() == "KEY=hunter2\nOTHER=x=y\n"
    assert file.stat().st_mode & 0o077 == 0
    with database.reading() as tx:
        assert "hunter2" not in repr([tuple(row) for table in (t.project, t.journal) for row in tx.all(select(table))])
    projects.drop_variable(words.DropVariable(project="churn", name="KEY"), ROOT, database, tmp_path)
    assert file.read_text() == "OTHER=x=y\n"
    with pytest.raises(NotFound, match="KEY"):
        projects.drop_variable(words.DropVariable(project="churn", name="KEY"), ROOT, database, tmp_path)
    with pytest.raises(UsageError, match="several lines"):
        projects.set_variable(words.SetVariable(project="churn", name="K", value="a\nB=c", secret=True), ROOT, database, tmp_path)


def git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    names = ["-c", "user.name=ann", "-c", "user.email=ann@lab"]
    return subprocess.run(
        ["git", *names, *arguments], cwd=folder, check=True, capture_output=True, text=True, env=environment
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "valohai.yaml").write_text("- step: {name: one, image: python:3.11, command: echo 1}\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


def test_commits_are_learned_by_fetching(database: Database, tmp_path: Path, repository: Path) -> None:
    made(database)
    home = tmp_path / "home"
    with pytest.raises(UsageError, match="no repository"):
        projects.fetch_commits(words.ProjectName(project="churn"), ROOT, database, home)
    projects.change_project(words.ChangeProject(project="churn", repository=str(repository)), ROOT, database)
    first = git(repository, "rev-parse", "HEAD")
    fetched = projects.fetch_commits(words.ProjectName(project="churn"), ROOT, database, home)
    assert [(one.ref, one.identifier, one.message) for one in fetched.commits] == [("main", first, "first")]
    git(repository, "checkout", "--quiet", "-b", "idea")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "second")
    git(repository, "commit", "--quiet", "--allow-empty", "-m", "third")
    fetched = projects.fetch_commits(words.ProjectName(project="churn"), ROOT, database, home)
    assert [(one.ref, one.message) for one in fetched.commits] == [("idea", "third")]
    assert projects.fetch_commits(words.ProjectName(project="churn"), ROOT, database, home).commits == ()
    known = projects.list_commits(words.ListCommits(project="churn"), ROOT, database)
    assert {one.message for one in known} == {"first", "second", "third"}
    assert projects.find_commit(words.FindCommit(identifier=first), ROOT, database).code is None


def test_a_repository_that_is_not_there_is_told(database: Database, tmp_path: Path) -> None:
    made(database)
    projects.change_project(words.ChangeProject(project="churn", repository=str(tmp_path / "gone")), ROOT, database)
    with pytest.raises(Unreachable, match="git fetch"):
        projects.fetch_commits(words.ProjectName(project="churn"), ROOT, database, tmp_path / "home")


@pytest.mark.parametrize("repository", ["--upload-pack=touch x", "ext::sh -c touch% x"])
def test_a_repository_is_no_command(database: Database, repository: str) -> None:
    made(database)
    with pytest.raises(UsageError, match="no repository"):
        projects.change_project(words.ChangeProject(project="churn", repository=repository), ROOT, database)


def test_a_kept_commit_is_found_with_its_code(database: Database) -> None:
    made(database)
    code = Code(digest="0" * 64, snapshot="1" * 64)
    asked = words.KeepCommit(project="churn", identifier="~abc", adhoc=True, text="- step: {}", code=code)
    for _ in range(2):
        kept = projects.keep_commit(asked, ROOT, database)
    assert kept.code == code
    [listed] = projects.list_commits(words.ListCommits(project="churn"), ROOT, database)
    assert (listed.identifier, listed.adhoc, listed.code) == ("~abc", True, None)
    with pytest.raises(NotFound, match="~other"):
        projects.find_commit(words.FindCommit(identifier="~other", project="churn"), ROOT, database)


def test_what_a_pipeline_starts_belongs_to_its_project(database: Database) -> None:
    from treadle.contract.runs import Options, SubmitRun
    from treadle.core.definition import Definition
    from treadle.runs import operations as runs
    from treadle.runs.submission import Wanted, record

    inside = Call(actor="ann", project="churn")
    pipeline = Definition(kind="pipeline", name="all", outputs=())
    parent = runs.submit(SubmitRun(key="p", definition=pipeline), inside, database)
    with database.transaction(ROOT) as tx, tx.within(parent.project):
        step = Wanted(
            key="c",
            definition=Definition(kind="step", name="one"),
            parameters={},
            bindings={},
            code=None,
            environment=None,
            options=Options(),
            parent=parent.id,
            root=parent.id,
            call_key="one#0",
        )
        [number] = record(tx, [step])
    with database.reading() as tx:
        assert tx.all(select(t.run.c.project).where(t.run.c.id == number))[0].project == "churn"
        assert {row.project for row in tx.all(select(t.journal).where(t.journal.c.kind == "run.queued"))} == {"churn"}
    assert ROOT.project == "default"
