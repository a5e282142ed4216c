"""What is taken down beside the code: snapshots, git, environments, the machine."""

import os
import shutil
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from treadle.core.definition import Environment
from treadle.core.errors import CodeError, Damaged, EnvironmentFailed
from treadle.sdk.capture import machine, packages, snapshot
from treadle.sdk.capture.code import closure
from treadle.sdk.capture.environment import build, environment, exact
from treadle.sdk.capture.git import git_state, without_credentials

# --- snapshots ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    (root / "inner").mkdir(parents=True)
    (root / "steps.py").write_text("import inner.more\n")
    (root / "inner" / "more.py").write_text("X = 1\n")
    (root / "run.sh").write_text("echo\n")
    (root / "run.sh").chmod(0o755)
    return root


def taken(root):
    return snapshot.snapshot(closure(root, root / "steps.py", files=("run.sh",)))


def test_a_snapshot_is_deterministic_and_comes_back(project, tmp_path):
    data = taken(project)
    for path in project.rglob("*"):
        os.utime(path, (1, 1))
    assert taken(project) == data
    folder = snapshot.restore(data, tmp_path / "restored")
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} >= {"steps.py", "inner/more.py", "run.sh"}
    assert (folder / "inner/more.py").read_text() == "X = 1\n"
    assert os.access(folder / "run.sh", os.X_OK)
    assert not os.access(folder / "steps.py", os.X_OK)
    (folder / "steps.py").write_text("kept, because nothing is unpacked a second time")
    assert snapshot.restore(data, folder) == folder
    assert "kept" in (folder / "steps.py").read_text()


def test_many_may_restore_at_once(project, tmp_path):
    data, failures = taken(project), []

    def restore():
        try:
            snapshot.restore(data, tmp_path / "restored")
        except CodeError as error:
            failures.append(error)

    threads = [threading.Thread(target=restore) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [path.name for path in tmp_path.iterdir() if "restored" in path.name] == ["restored"]


@pytest.mark.parametrize("name", ["../out", "/etc/x", "a/../../b", "", ".", "a//b", "x\0y", ".treadle-complete"])
def test_a_snapshot_that_leaves_its_folder_is_refused(tmp_path, name):
    with pytest.raises(Damaged, match="outside of its folder"):
        snapshot.restore(msgspec.msgpack.encode({name: (0o644, b"x")}), tmp_path / "restored")
    assert list(tmp_path.iterdir()) == []


def test_damaged_bytes_and_a_folder_with_other_things_are_refused(project, tmp_path):
    with pytest.raises(Damaged):
        snapshot.restore(b"nothing of the kind", tmp_path / "restored")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").touch()
    with pytest.raises(CodeError, match="cannot be restored"):
        snapshot.restore(taken(project), tmp_path / "taken")
    assert (tmp_path / "taken" / "mine").exists()


def test_too_large_a_snapshot_names_the_largest(project, monkeypatch):
    (project / "model.bin").write_bytes(bytes(3000))
    found = closure(project, project / "steps.py", files=("*.bin",))
    monkeypatch.setattr(snapshot, "MOST_BYTES", 2000)
    with pytest.raises(CodeError, match=r"the largest is `model\.bin`"):
        snapshot.snapshot(found)
    monkeypatch.setattr(snapshot, "MOST_FILES", 1)
    with pytest.raises(CodeError, match="files of the project"):
        snapshot.snapshot(found)


# --- git ----------------------------------------------------------------------------------------------------------------

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(root, *words):
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(project):
    git(project, "init", "-q")
    git(project, "add", "steps.py")
    git(project, "commit", "-qm", "first")
    return project


@needs_git
def test_a_clean_checkout_a_changed_one_and_its_patch(checkout, tmp_path):
    commit = git(checkout, "rev-parse", "HEAD")
    state = git_state(checkout)
    assert (state.commit, state.branch, state.dirty, state.patch, state.note) == (commit, "main", False, b"", "")
    (checkout / "steps.py").write_text("import inner.more\nX = 2\n")
    state = git_state(checkout / "inner", files=["more.py"])
    assert state.dirty
    git(checkout, "worktree", "add", "-q", "--detach", str(tmp_path / "other"))
    (tmp_path / "patch").write_bytes(state.patch)
    git(tmp_path / "other", "apply", str(tmp_path / "patch"))
    assert (tmp_path / "other" / "steps.py").read_text() == "import inner.more\nX = 2\n"
    assert (tmp_path / "other" / "inner" / "more.py").read_text() == "X = 1\n"
    worktree = git_state(tmp_path / "other")
    assert (worktree.commit, worktree.branch, worktree.dirty) == (commit, None, True)


@needs_git
def test_untracked_files_without_a_last_newline_and_empty_ones_apply(checkout, tmp_path):
    (checkout / "one.txt").write_text("a\nb")
    (checkout / "empty.txt").write_text("")
    (checkout / "binary").write_bytes(b"\0\1")
    state = git_state(checkout, files=["one.txt", "empty.txt", "binary", "steps.py"])
    assert "binary is not in the patch" in state.note
    git(checkout, "worktree", "add", "-q", str(tmp_path / "other"))
    (tmp_path / "patch").write_bytes(state.patch)
    git(tmp_path / "other", "apply", str(tmp_path / "patch"))
    assert (tmp_path / "other" / "one.txt").read_text() == "a\nb"
    assert (tmp_path / "other" / "empty.txt").read_text() == ""


@needs_git
def test_strange_repositories_are_no_error(project, tmp_path):
    assert git_state(tmp_path / "project") is None
    git(project, "init", "-q")
    unborn = git_state(project, files=["steps.py"])
    assert (unborn.commit, unborn.branch, unborn.dirty) == (None, "main", True)
    assert "no commits" in unborn.note
    (project / ".git" / "HEAD").write_text("nonsense")
    assert git_state(project).note.startswith("git status:")
    shutil.rmtree(project / ".git")
    (project / ".git").write_text("gitdir: nowhere\n")
    assert git_state(project).note.startswith("git status:")


@needs_git
def test_where_git_refuses_the_commit_is_read_without_it(checkout, monkeypatch):
    commit = git(checkout, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    state = git_state(checkout)
    assert (state.commit, state.branch) == (commit, "main")
    assert "dubious ownership" in state.note
    git_folder = checkout / ".git"
    (git_folder / "packed-refs").write_text(f"# pack-refs with: peeled\n{commit} refs/heads/main\n")
    (git_folder / "refs" / "heads" / "main").unlink()
    assert git_state(checkout).commit == commit


@needs_git
def test_a_patch_that_is_too_large_is_left_out_and_said(checkout, monkeypatch):
    monkeypatch.setattr("treadle.sdk.capture.git.MOST_PATCH", 10)
    (checkout / "steps.py").write_text("y = 1\n" * 100)
    state = git_state(checkout)
    assert (state.dirty, state.patch) == (True, b"")
    assert "larger" in state.note


@needs_git
def test_the_remote_is_told_without_credentials(checkout):
    git(checkout, "remote", "add", "origin", "https://user:secret@example.org/team/project.git?token=abc")
    assert git_state(checkout).remote == "https://example.org/team/project.git"


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://token@example.org/a.git", "https://example.org/a.git"),
        ("ssh://git:pw@example.org:22/a.git", "ssh://git@example.org:22/a.git"),
        ("git@example.org:team/a.git", "git@example.org:team/a.git"),
        ("/srv/git/a.git", "/srv/git/a.git"),
        ("http://a:b@c:d@example.org/x", "http://example.org/x"),
    ],
)
def test_credentials_are_stripped(address, kept):
    assert without_credentials(address) == kept


# --- environments -------------------------------------------------------------------------------------------------------


def metadata(folder, name, origin=None):
    (folder / name).mkdir(parents=True)
    if origin is not None:
        (folder / name / "direct_url.json").write_bytes(msgspec.json.encode(origin))


@pytest.fixture
def installed(tmp_path, monkeypatch):
    folder = tmp_path / "lib" / "site-packages"
    metadata(folder, "Some_Package-1.2.dist-info")
    metadata(folder, "old.thing-0.1-py3.11.egg-info")
    metadata(folder, "treadle-0.1.0.dist-info", {"url": "file:///x", "dir_info": {"editable": True}})
    monkeypatch.setattr(sys, "path", [str(folder)])
    return folder


def test_distributions_have_normalized_names_and_the_digest_covers_them(installed):
    facts = environment()
    assert facts.distributions == {"old-thing": "0.1", "some-package": "1.2", "treadle": "0.1.0"}
    assert environment().digest == facts.digest
    metadata(installed, "another-3.dist-info")
    assert environment().digest != facts.digest
    assert exact(facts) == Environment(packages=("old-thing==0.1", "some-package==1.2"), python=facts.python)


def test_this_environment_agrees_with_the_metadata():
    from importlib.metadata import distributions

    facts = environment()
    expected = {(d.metadata["Name"] or "").lower().replace("_", "-").replace(".", "-"): d.version for d in distributions()}
    assert {name: version for name, version in facts.distributions.items() if name in expected} == {
        n: expected[n] for n in facts.distributions
    }


def test_an_editable_install_counts_by_its_sources_unless_it_is_the_project(installed, tmp_path):
    plain = environment().digest
    library = tmp_path / "library"
    library.mkdir()
    (library / "code.py").write_text("X = 1\n")
    metadata(installed, "library-0.0.dist-info", {"url": library.as_uri(), "dir_info": {"editable": True}})
    assert environment(library).digest == plain
    before = environment().digest
    assert before != plain
    (library / "code.py").write_text("X = 10\n")
    assert environment().digest != before


def test_what_was_installed_from_a_repository_keeps_its_commit(installed):
    origin = {"url": "https://me:secret@example.org/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc123", "requested_revision": "main"}}
    metadata(installed, "fromgit-1.0.dist-info", origin)
    assert "fromgit @ git+https://example.org/x.git@abc123" in exact(environment()).packages


def test_nothing_declared_is_this_interpreter_and_an_image_is_refused(tmp_path):
    assert build(Environment(), tmp_path, tmp_path / "cache", print) == Path(sys.executable)
    with pytest.raises(EnvironmentFailed, match="container engine"):
        build(Environment(image="python:3.12"), tmp_path, tmp_path / "cache", print)
    with pytest.raises(EnvironmentFailed, match="lock file"):
        build(Environment(lock="missing.txt"), tmp_path, tmp_path / "cache", print)
    with pytest.raises(EnvironmentFailed, match=r"3\.11 or newer"):
        build(Environment(python="3.9"), tmp_path, tmp_path / "cache", print)


@pytest.fixture
def package(tmp_path):
    """A package to install that no registry is needed for."""
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    import zipfile

    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "NUMBER = 7\n")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "tiny.py,,\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\n")
    return f"tiny @ {wheel.as_uri()}"


needs_uv = pytest.mark.skipif(shutil.which("uv") is None and find_spec("uv") is None, reason="uv is not installed")


@needs_uv
def test_an_environment_is_built_once_and_holds_treadle_and_nothing_beside_it(tmp_path, package, monkeypatch):
    monkeypatch.setattr(packages, "_WORKER_NEEDS", (package,))  # the real ones come from a registry
    said = []
    (tmp_path / "requirements.txt").write_text(f"{package}\n")
    for declared in (Environment(packages=(package,)), Environment(lock="requirements.txt")):
        (tmp_path / "again").mkdir(exist_ok=True)
        paths = []

        def build_it(declared=declared, paths=paths):
            paths.append(build(declared, tmp_path, tmp_path / "cache", said.append))

        threads = [threading.Thread(target=build_it) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(paths) == 3
        assert len(set(paths)) == 1
        script = "import tiny, importlib.util as u; print(tiny.NUMBER, bool(u.find_spec('treadle')), bool(u.find_spec('sqlalchemy')))"
        shown = subprocess.run([paths[0], "-c", script], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]})
        assert shown.stdout.split() == ["7", "True", "False"]
    assert sum("tiny" in line for line in said) == 2, "three builders, one build of each"
    interrupted = paths[0].parent.parent / "treadle-complete"
    interrupted.unlink()
    assert build(Environment(lock="requirements.txt"), tmp_path, tmp_path / "cache", said.append) == paths[0]
    assert interrupted.exists()


@needs_uv
def test_a_package_that_cannot_be_had_fails_in_uvs_words(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "_WORKER_NEEDS", ())
    wish = Environment(packages=(f"tiny @ {(tmp_path / 'no-1.0-py3-none-any.whl').as_uri()}",))
    for _ in range(2):
        with pytest.raises(EnvironmentFailed, match=r"could not be installed:\n.*no-1"):
            build(wish, tmp_path, tmp_path / "cache", lambda line: None)


# --- the machine --------------------------------------------------------------------------------------------------------


def test_hardware_is_plausible():
    facts = machine.hardware()
    assert facts.cores >= 1
    assert 0 < facts.usable <= facts.cores
    assert facts.memory > 1 << 27
    assert facts.hostname
    assert facts.cpu


def test_gpus_are_asked_for_at_their_tools(tmp_path, monkeypatch):
    for name, text in {
        "nvidia-smi": "NVIDIA A100-SXM4-40GB, 40960, 550.54\n",
        "rocm-smi": '{"card0": {"Card Series": "MI300X", "VRAM Total Memory (B)": "1024"}, "system": {}}\n',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = machine.hardware.__wrapped__().gpus
    assert [(gpu.name, gpu.memory, gpu.driver) for gpu in found] == [("NVIDIA A100-SXM4-40GB", 40960 << 20, "550.54"), ("MI300X", 1024, "")]
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho wedged; exit 9\n")
    assert len(machine.hardware.__wrapped__().gpus) == 1


def test_a_process_is_known_again_until_it_ends():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        start = machine.process_start(process.pid)
        assert machine.same_process(process.pid, start, machine.boot_id())
        assert not machine.same_process(process.pid, start + 1, machine.boot_id())
        assert not machine.same_process(process.pid, start, "another boot")
        process.communicate(b"\n")
    assert not machine.same_process(process.pid, start, machine.boot_id())
    assert machine.process_start(process.pid) is None
