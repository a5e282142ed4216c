"""Deployments in the record, on both dialects."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.contract import deployments as words
from treadle.contract.data import Artifact
from treadle.contract.runs import Binding, Code
from treadle.core.content import digest_bytes
from treadle.core.errors import Conflict, NotFound, UsageError
from treadle.core.operation import Call
from treadle.serving import deployments
from treadle.store.database import Database

ROOT = Call(actor="ann", project="churn")
CODE = Code(digest="0" * 64, snapshot="1" * 64)
FILE = Artifact(name="model", digest=digest_bytes(b"m"), size=1, format="file", inline=b"m")


def add(
    database: Database, name: str = "", *, key: str = "", aliases: tuple[str, ...] = (), endpoint: str = "predict"
) -> words.DeploymentVersion:
    application = words.NewApplication(words={"image": "python"}, files={"model": Binding(artifact=FILE)})
    asked = words.AddDeploymentVersion(
        key=key or f"key {name} {endpoint}",
        deployment="prices",
        name=name,
        code=CODE,
        applications={endpoint: application},
        aliases=aliases,
    )
    return deployments.add_version(asked, ROOT, database)


def listed(database: Database, call: Call = ROOT, **more: bool) -> list[str]:
    return [one.name for one in deployments.list_versions(words.ListDeploymentVersions(**more), call, database)]


def test_versions_stand_side_by_side_and_an_alias_moves(database: Database) -> None:
    first, second = add(database, "one", aliases=("live",)), add(database, "two")
    assert first.aliases == ("live",)
    assert first.applications["predict"].files["model"] == FILE
    assert listed(database) == ["two", "one"]
    moved = deployments.set_alias(words.SetDeploymentAlias(deployment="prices", alias="live", version="two"), ROOT, database)
    assert moved.aliases == {"live": "two"}
    found = deployments.find_version(words.FindDeploymentVersion(deployment="prices", version="live"), ROOT, database)
    assert found.id == second.id
    [line] = deployments.list_deployments(words.ListDeployments(), ROOT, database)
    assert (line.versions, line.project) == (2, "churn")


def test_a_version_asked_for_twice_with_one_key_is_one(database: Database) -> None:
    assert add(database, "one", key="k").id == add(database, "one", key="k").id
    with pytest.raises(Conflict, match="`one` already"):
        add(database, "one", key="other")


def test_a_name_is_found_for_a_version_without_one(database: Database) -> None:
    names = [add(database, key=f"k{number}").name for number in range(3)]
    assert [name.partition(".")[2] for name in names] == ["0", "1", "2"]


def test_a_disabled_version_is_kept(database: Database) -> None:
    add(database, "one")
    off = words.EnableVersion(deployment="prices", version="one", enabled=False)
    assert not deployments.enable_version(off, ROOT, database).enabled
    assert listed(database, enabled=True) == []
    assert listed(database) == ["one"]


def test_deployments_belong_to_their_project(database: Database) -> None:
    add(database, "one")
    other = Call(actor="ann", project="other")
    assert listed(database, other) == []
    assert listed(database, other, everywhere=True) == ["one"]
    with pytest.raises(NotFound, match="no deployment `prices`"):
        deployments.find_version(words.FindDeploymentVersion(deployment="prices", version="one"), other, database)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "x" * 65])
def test_names_that_would_lead_elsewhere_are_refused(database: Database, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a name"):
        add(database, "one", endpoint=name)
    if name:
        with pytest.raises(UsageError, match="cannot be a name"):
            add(database, name)


def test_an_alias_is_no_version_and_the_other_way_round(database: Database) -> None:
    add(database, "one", aliases=("live",))
    with pytest.raises(Conflict, match="`live` already"):
        add(database, "live")
    with pytest.raises(Conflict, match="version `one`"):
        deployments.set_alias(words.SetDeploymentAlias(deployment="prices", alias="one", version="one"), ROOT, database)


def test_a_log_that_is_not_there_yet_is_empty(database: Database, tmp_path: Path) -> None:
    one = add(database, "one")
    asked = words.ReadApplicationLog(deployment="prices", version="one", application="predict", limit=4)
    assert deployments.read_log(asked, ROOT, database, tmp_path).data == b""
    file = tmp_path / "deployments" / f"{one.id}-predict" / "log"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a long line")
    assert deployments.read_log(asked, ROOT, database, tmp_path).data == b"line"
    with pytest.raises(NotFound, match="no endpoint `other`"):
        deployments.read_log(words.ReadApplicationLog(deployment="prices", version="one", application="other"), ROOT, database, tmp_path)
