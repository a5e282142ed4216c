"""`python -m treadle.valohai.perform FOLDER`: performs one prepared run of Valohai's contract.

Its folders are made, its inputs brought near and an environment for its image; then its commands run as one shell script in a view of
their own, while their output is written to the log and read for metadata. In the end, however that came, what lies in the folder of
outputs is handed over: a run that failed or was stopped keeps what it had made.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from valohai_yaml.commands import join_command
from valohai_yaml.objs.step import Step

from treadle.contract.data import INLINE, PLAIN_INLINE, Artifact
from treadle.contract.runs import End
from treadle.core.content import digest_bytes
from treadle.core.errors import TreadleError, UsageError
from treadle.sdk.capture.packages import uv_program
from treadle.sdk.spool import SpoolWriter
from treadle.valohai import conditions, images, layout, naming, sources, sweep, view
from treadle.valohai.door import Door
from treadle.worker.printed import PrintedMetrics, records_of_object
from treadle.worker.wire import Launch

GRACE = 6.0
"""Seconds that a command gets to end by itself when the run is stopped: less than its supervisor's, so that its outputs are kept."""
LOOK_SECONDS = 0.5
MOST_MARKS = 20_000
MOST_KEYS = 10_000
METADATA, FACTS, INPUTS = "@metadata", "@environment", "@inputs"
"""Outputs of the worker's own: the last value of each key that was printed, what the environment held, and the address and checksum of
each file of its inputs."""
DETAIL = "valohai.status-detail"
"""The tag that holds the last status detail a run has said."""
KEPT = re.compile(r"(PIP|UV)_|(?:[A-Za-z]+_)?(?:HTTP|HTTPS|NO|ALL)_PROXY$|SSL_CERT|(REQUESTS|CURL)_CA_BUNDLE$|LANG$|LC_|TZ$", re.IGNORECASE)


class _Places(NamedTuple):
    """Where the run finds things: its folders, home, temporary files and environment, as it names them."""

    folders: dict[str, str]
    home: str
    temporary: str


class Performance:
    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self.job = launch.job
        self.folder = Path(launch.folder)
        self.base = self.folder / "valohai"
        self.words: dict[str, Any] = self.job.definition.words
        self.step = Step.parse({"command": "", **self.words["step"]})
        self.spool = SpoolWriter(launch.folder)
        self.printed = PrintedMetrics()
        self.metadata: dict[str, Any] = {}
        self.written = 0
        self.heard_from: tuple[float, str] = (0.0, "")
        self.marks = 0
        self.heard = time.monotonic()
        self.stopping: tuple[str, str] | None = None
        self.killed_at: float | None = None
        self.early = ""
        self.kept: list[tuple[sweep.Found, Path]] = []
        self.seen_live: set[str] = set()
        self.process = 0
        self.door: Door | None = None
        self.placed: list[layout.Placed] = []

    # --- the course of it -----------------------------------------------------------------------------------------------------

    def perform(self) -> int:
        signal.signal(signal.SIGTERM, self._asked_to_stop)
        try:
            argv, variables, places, shown = self._prepare()
        except TreadleError as error:
            self.say(f"error[{error.code}]: {error.what}" + (f"\n  hint: {error.hint}" if error.hint else ""), "status")
            return self._end(
                End(kind="start", message=error.what, error=type(error).__name__, code=error.code, place=error.where, hint=error.hint)
            )
        except OSError as error:
            self.say(f"treadle: the run could not be prepared: {error}", "status")
            return self._end(End(kind="start", message=f"the run could not be prepared: {error}", error=type(error).__name__))
        status = self._supervise(argv, variables, places, shown)
        if self.door is not None:
            self.door.close()
            self._heed_door(self.door)
        end = self._outcome(status)
        try:
            self._hand_over(done=end.kind == "done")
        except OSError as error:
            end = End(kind="raised", message=f"its outputs could not be kept: {error}", error=type(error).__name__)
        return self._end(end)

    def _prepare(self) -> tuple[list[str], dict[str, str], _Places, view.View | None]:
        engine = images.engine()
        isolated = os.environ.get("TREADLE_ISOLATION", "auto") != "none"
        own = engine is None and isolated
        if own and not view.possible():
            raise view.refuse()
        layout.make_folders(self.base, Path(self.launch.root))
        for name in ("home", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
        inside = own or engine is not None
        places = _Places(
            {name: f"/valohai/{name}" if inside else str(self.base / name) for name in layout.FOLDERS},
            "/home/run" if own else "/root" if engine else str(self.folder / "home"),
            "/tmp" if inside else str(self.folder / "tmp"),  # noqa: S108 - its own, shown under this name
        )
        if not inside:
            self._refuse_fixed_places()
        home = Path(self.launch.folder).parent.parent
        fresh = self.words["variables"].get("VH_NO_DATA_CACHE", "") not in ("", "0", "false")
        self.placed = layout.place_inputs(
            self.job,
            self.launch.paths,
            self.base,
            home / "cache" / "inputs",
            lambda words: self.say(words, "status"),
            link=own,
            fresh=fresh,
        )
        if engine is None:  # the loopback of a container is another one
            self.door = Door(self.placed, home / "cache" / "inputs", fresh=fresh)
        layout.write_config(
            self.job,
            self.placed,
            self.base / "config",
            places.folders["inputs"],
            distributed=self._members(),
            api=self.door.document() if self.door is not None else None,
        )
        for name, text in self.words.get("programs", {}).items():
            (self.base / "config" / Path(name).name).write_text(text)
        script = self._script()
        file = self.base / "config" / "command.sh"
        file.write_text(script)
        file.chmod(0o755)
        argv = self._argv(script, f"{places.folders['config']}/command.sh")
        variables = self._variables(places)
        if engine is not None:
            return self._in_container(engine, argv, variables, places), dict(os.environ), places, None
        interpreter = images.make(
            self.words["step"]["image"], self.folder / "venv", lambda words: self.say(words, "status"), self.words.get("packages", ())
        )
        variables["VIRTUAL_ENV"] = str(interpreter.parent.parent)
        variables["PATH"] = f"{interpreter.parent}:{places.home}/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        carry_pip_settings(self.folder / "home")
        return argv, variables, places, self._view(interpreter) if own else None

    def _members(self) -> dict[str, Any] | None:
        """The members of a distributed group, all on this machine. Rank is the order of their numbers, the first is the master."""
        tags = self.job.options.tags
        if "valohai.group" not in tags:
            return None
        count, index = int(tags["valohai.members"]), int(tags["valohai.member"])
        members = [
            {
                "announce_time": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
                "identity": f"member-{number}",
                "job_id": f"exec-{tags['valohai.group']}-{number}",
                "member_id": str(number),
                "network": {"exposed_ports": {}, "local_ips": ["127.0.0.1"], "public_ips": ["127.0.0.1"]},
            }
            for number in range(count)
        ]
        config = {"group_name": f"task-{tags['valohai.group']}", "member_id": str(index), "required_count": count}
        return {"config": config, "members": members, "self": members[index]}

    def _script(self) -> str:
        values = {name: value for name, value in self.job.parameters.items() if value is not None}
        text = join_command(self.step.build_command(values), "\n") + "\n"
        first, _, rest = text.partition("\n")
        if not first.startswith("#!"):
            return f"set -e\n{text}"
        return f"{first}\nset -e\n{rest}" if re.search(r"\b(ba|da|z|k)?sh\b", first) else text

    def _argv(self, script: str, place: str) -> list[str]:
        if script.startswith("#!"):
            return [place]
        return ["/bin/bash" if os.path.exists("/bin/bash") or os.path.exists("/usr/bin/bash") else "/bin/sh", place]

    def _variables(self, places: _Places) -> dict[str, str]:
        """What the run is told, and nothing of its supervisor's environment but where packages come from and the language."""
        made = {name: value for name, value in os.environ.items() if KEPT.match(name)}
        made |= {"HOME": places.home, "TMPDIR": places.temporary, "USER": "valohai", "PATH": "/usr/local/bin:/usr/bin:/bin"}
        made |= layout.variables(self.job, places.folders) | _no_proxy(made)
        made |= self._group_variables()
        made |= {name: str(value) for name, value in self.words["variables"].items()}
        made |= self.launch.secrets
        return made

    def _group_variables(self) -> dict[str, str]:
        tags = self.job.options.tags
        if "valohai.group" not in tags:
            return {}
        index = tags["valohai.member"]
        return {"VH_DIST_MEMBER_ID": index, "VH_DIST_MEMBER_INDEX": index, "VH_DIST_MEMBER_COUNT": tags["valohai.members"]}

    def _view(self, interpreter: Path) -> view.View:
        made = view.View(self.folder / "root")
        for name in layout.FOLDERS:
            made.show(f"/valohai/{name}", self.base / name, write=name in ("repository", "outputs"))
        for name in {one.input for one in self.placed if not one.near}:  # a script puts there what it fetches
            made.show(f"/valohai/inputs/{name}", self.base / "inputs" / name, write=True)
        made.show("/home/run", self.folder / "home", write=True)
        for name in ("/tmp", "/var/tmp"):  # noqa: S108 - its own, shown under these names
            made.show(name, self.folder / "tmp", write=True)
        made.show(str(interpreter.parent.parent), interpreter.parent.parent, write=True)
        for place in prefixes(interpreter):
            made.show(place, Path(place))
        with contextlib.suppress(TreadleError):
            made.show(str(interpreter.parent / "uv"), Path(uv_program()))
        for mount in self.step.mounts:
            made.show(mount.destination, sources.shared(Path(mount.source)), write=not mount.readonly)
        return made

    def _refuse_fixed_places(self) -> None:
        """Without a view there is no /valohai: who names it would meet other runs there, or nothing."""
        texts = [str(self.words["step"]["command"])]
        root = Path(self.launch.root)
        kinds = (".py", ".sh", ".r", ".R", ".ipynb")
        found = [path for path in sorted(root.rglob("*")) if path.suffix in kinds and path.is_file() and path.stat().st_size < 1 << 20]
        texts += [path.read_text(errors="replace") for path in found]
        if any("/valohai/" in text for text in texts):
            raise UsageError(
                "the project names /valohai/ in its code, which exists only in a run's own view of the machine, and TREADLE_ISOLATION=none "
                "makes none",
                hint="unset TREADLE_ISOLATION, or read the folders from VH_INPUTS_DIR, VH_OUTPUTS_DIR, VH_CONFIG_DIR, VH_REPOSITORY_DIR",
            )

    def _in_container(self, engine: str, argv: list[str], variables: dict[str, str], places: _Places) -> list[str]:
        """The words for a container engine. Values of variables travel in the environment, not in the list of processes."""
        os.environ.update(variables)
        words = [engine, "run", "--rm", "--init", "--workdir", places.folders["repository"], "--name", f"treadle-{self.launch.id}"]
        for name in layout.FOLDERS:
            words += ["--volume", f"{self.base / name}:/valohai/{name}" + ("" if name in ("repository", "outputs") else ":ro")]
        for mount in self.step.mounts:
            words += ["--volume", f"{sources.shared(Path(mount.source))}:{mount.destination}" + (":ro" if mount.readonly else "")]
        for name in variables:
            if name not in ("PATH", "HOME"):
                words += ["--env", name]
        return [*words, "--entrypoint", argv[0], self.words["step"]["image"], *argv[1:]]

    # --- while it runs --------------------------------------------------------------------------------------------------------

    def _supervise(self, argv: list[str], variables: dict[str, str], places: _Places, shown: view.View | None) -> int:
        """Runs the script to its end; answers its exit status, 128 and the signal's number where one ended it."""
        out_read, out_write = os.pipe2(os.O_CLOEXEC)
        err_read, err_write = os.pipe2(os.O_CLOEXEC)
        folder = places.folders["repository"]
        if shown is not None:
            self.process = view.run(shown, argv, folder, variables, (out_write, err_write))
        else:
            self.process = view.execute(argv, str(self.base / "repository"), variables, (out_write, err_write))
        os.close(out_write)
        os.close(err_write)
        if self.door is not None:
            self.door.open()
        if self.stopping is not None:
            self._signal(signal.SIGTERM)
        done = os.pidfd_open(self.process)
        selector = selectors.DefaultSelector()
        selector.register(out_read, selectors.EVENT_READ, "stdout")
        selector.register(err_read, selectors.EVENT_READ, "stderr")
        selector.register(done, selectors.EVENT_READ, "ended")
        looked = 0.0
        status: int | None = None
        while status is None:
            for key, _ in selector.select(LOOK_SECONDS):
                if key.data == "ended":
                    status = os.waitpid(self.process, 0)[1]
                elif not self._take(key.fd, key.data):
                    selector.unregister(key.fd)
            if time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                self._look()
        for descriptor, name in ((out_read, "stdout"), (err_read, "stderr")):
            os.set_blocking(descriptor, False)
            with contextlib.suppress(BlockingIOError):  # something that was left in the background holds it open
                while self._take(descriptor, name):
                    pass
        self._metadata(b"\n")
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def _take(self, descriptor: int, name: str) -> bool:
        """Reads what the script has printed; False at the end of it."""
        data = os.read(descriptor, 1 << 18)
        if not data:
            return False
        self.heard = time.monotonic()
        self._log(data, name)
        if name == "stdout":
            self._metadata(data)
        return True

    def _log(self, data: bytes, name: str) -> None:
        now = time.time()
        if (self.heard_from[1] != name or now - self.heard_from[0] >= 1.0) and self.marks < MOST_MARKS:
            self.heard_from, self.marks = (now, name), self.marks + 1
            with contextlib.suppress(OSError):  # a full disk, which the write below meets too
                self.spool.write({"k": "stream", "t": now, "at": self.written, "s": name})
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(1, left) :]
        except OSError as error:  # a full disk: the run goes on, its supervisor says so
            self.stopping = self.stopping or ("raised", f"its output could not be written: {error}")
            self._signal(signal.SIGTERM)
            return
        self.written += len(data)

    def say(self, words: str, stream: str = "status") -> None:
        self._log(f"{words}\n".encode(errors="backslashreplace"), stream)

    def _metadata(self, data: bytes) -> None:
        """Takes the JSON objects out of the output."""
        now = time.time()
        found = self.printed.objects(data)
        for said in found:
            if len(self.metadata) < MOST_KEYS:
                self.metadata.update({name: value for name, value in said.items() if not name.startswith("_")})
            for record in records_of_object(said, now):
                with contextlib.suppress(OSError):
                    self.spool.write(record)
        if found and self.step.stop_condition and not self.early and self.stopping is None:
            self._judge(self.step.stop_condition)

    def _judge(self, condition: str) -> None:
        try:
            met = conditions.holds(condition, self.metadata, self.job.parameters)
        except UsageError as error:
            self.say(f"treadle: warning: stop-condition: {error.what}")
            self.step.stop_condition = None
            return
        if met:
            self.early = condition
            self.say(f"treadle: stopped early, because {condition}")
            self._stop_process()

    def _heed_door(self, door: Door) -> None:
        """What came through the run's door is told in its log; a status detail is the run's from now on."""
        while not door.said.empty():
            said = door.said.get()
            self.say(f"status: {said.words}" if said.detail else said.words)
            if said.detail:
                with contextlib.suppress(OSError):
                    self.spool.write({"k": "tag", "t": time.time(), "v": {DETAIL: said.words}})

    def _look(self) -> None:
        if self.process:
            self._keep_live()
        if self.door is not None:
            self._heed_door(self.door)
        limit = self.words["step"].get("no-output-timeout")
        if limit and self.stopping is None and time.monotonic() - self.heard > float(limit):
            self.stopping = ("time", f"it printed nothing for {float(limit):g} s, its no-output-timeout")
            self._stop_process()
        if self.killed_at is not None and time.monotonic() - self.killed_at > GRACE:
            self._signal(signal.SIGKILL)

    def _keep_live(self) -> None:
        """Keeps outputs that were made read-only, and takes them out of the folder."""
        for one in sweep.live(self.base / "outputs", self.seen_live, self.say):
            with contextlib.suppress(OSError):
                self.kept.append((one, self._moved(one)))

    def _moved(self, one: sweep.Found) -> Path:
        target = self.folder / "kept" / str(len(self.kept))
        target.parent.mkdir(exist_ok=True)
        one.path.replace(target)
        return target

    def _asked_to_stop(self, *_: Any) -> None:
        self.stopping = self.stopping or ("stopped", "it was stopped")
        if self.process:
            self._stop_process()

    def _stop_process(self) -> None:
        if self.killed_at is None:
            self.killed_at = time.monotonic()
            self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, number)

    # --- the end --------------------------------------------------------------------------------------------------------------

    def _outcome(self, status: int) -> End:
        if self.early:
            return End(kind="done", message=f"stopped early, because {self.early}")
        if self.stopping is not None:
            return End(kind=self.stopping[0], message=self.stopping[1])
        if status == 0:
            return End(kind="done")
        if status > 128 and status - 128 in {number.value for number in signal.Signals}:
            name = signal.Signals(status - 128).name
            return End(kind="exit", exit=status, signal=name, message=f"a command was ended by {name}")
        hint = "the commands run as one script that ends at the first one which fails (set -e)"
        return End(kind="exit", exit=status, message=f"a command ended with exit status {status}", hint=hint)

    def _hand_over(self, *, done: bool) -> None:
        found = sweep.sweep(self.base / "outputs", self.say)
        kept = self.kept
        for one in found:
            kept.append((one, self._moved(one)))
        # Among very many, those that are to be found by an alias stay files of their own.
        single = [pair for pair in kept if len(kept) <= sweep.LARGE or "valohai.alias" in pair[0].properties]
        artifacts = [self._artifact(one, place) for one, place in single]
        if len(kept) > len(single):
            artifacts += self._folder_of_all([pair for pair in kept if "valohai.alias" not in pair[0].properties])
        artifacts += self._versions(kept) if done else []  # what did not end well is kept, and becomes no version of anything
        own = {
            METADATA: self.metadata,
            INPUTS: self._taken_in(),
            FACTS: {
                "image": self.words["step"]["image"],
                "packages": images.installed(self.folder / "venv"),
                "python": sys.version.split()[0],
            },
        }
        for name, value in own.items():
            data = msgspec.json.encode(value)
            if value and len(data) <= PLAIN_INLINE:
                artifacts.append(Artifact(name=name, digest=digest_bytes(data), size=len(data), format="json", inline=data))
        for artifact in artifacts:
            about = {key: value for key, value in artifact.about.items() if key != "path"}
            if done:
                kept_about = about if artifact.inline is not None else artifact.about  # what is inline needs no file
                told = msgspec.structs.replace(artifact, about=kept_about)
                self.spool.write({"k": "out", "t": time.time(), "v": msgspec.to_builtins(told, builtin_types=(bytes,))})
            elif "path" in artifact.about:
                fields = {"name": artifact.name, "format": artifact.format, "tree": artifact.tree, "size": artifact.size, "step": None}
                path = os.path.relpath(artifact.about["path"], self.folder)
                self.spool.write({"k": "artifact", "t": time.time(), "path": path, "about": about, **fields})

    def _taken_in(self) -> list[dict[str, Any]]:
        """Each file of the inputs with what it was; one that was to be fetched on demand only when it was fetched."""
        fetched = self.door.fetched if self.door is not None else {}
        made: list[dict[str, Any]] = []
        for one in self.placed:
            known = fetched.get((one.input, one.place)) or ({"checksums": one.checksums, "size": one.size} if one.near else None)
            if known is not None:
                said = {
                    "input": one.input,
                    "name": one.place,
                    "uri": one.uri,
                    "size": known["size"],
                    "sha256": known["checksums"]["sha256"],
                }
                made.append(said | ({} if one.near else {"on-demand": True}))
        return made

    def _artifact(self, one: sweep.Found, place: Path) -> Artifact:
        about: dict[str, Any] = {"name": one.name, "path": str(place), "checksums": sources.checksums(place)}
        about |= {"properties": one.properties} if one.properties else {}
        if one.size > INLINE:
            return Artifact(name=one.name, digest="", size=one.size, format="file", about=about)
        data = place.read_bytes()
        return Artifact(name=one.name, digest=digest_bytes(data), size=len(data), format="file", inline=data, about=about)

    def _folder_of_all(self, kept: list[tuple[sweep.Found, Path]]) -> list[Artifact]:
        """Very many files become one folder: each stays findable in it by its name."""
        target = self.folder / "folder"
        for one, place in kept:
            goal = target / one.name
            goal.parent.mkdir(parents=True, exist_ok=True)
            os.link(place, goal)
        properties = {one.name: one.properties for one, _ in kept if one.properties}
        about: dict[str, Any] = {"path": str(target), "name": "outputs", "outputs": True} | (
            {"properties": properties} if properties else {}
        )
        return [Artifact(name="outputs", digest="", size=sum(one.size for one, _ in kept), format="folder", tree=True, about=about)]

    def _versions(self, kept: list[tuple[sweep.Found, Path]]) -> list[Artifact]:
        """Versions of datasets and models that outputs were said to be part of: one folder for each."""
        made: list[Artifact] = []
        for number, whole in enumerate(naming.versions([one for one, _ in kept], self.say)):
            target = self.folder / "versions" / str(number)
            members = [kept[place] for place in whole.members]
            for one, place in members:
                goal = target / one.name
                goal.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(place, goal)
            properties = {one.name: one.properties for one, _ in members if one.properties}
            about: dict[str, Any] = whole.about | {"path": str(target), "properties": properties}
            made.append(Artifact(name=whole.name, digest="", size=0, format=whole.format, tree=True, about=about))
        return made

    def _end(self, end: End) -> int:
        try:
            self.spool.write({"k": "end", "t": time.time(), **msgspec.to_builtins(end)})
        except OSError as error:
            print(f"treadle: the end of this run could not be written: {error}", file=sys.stderr, flush=True)
            return end.exit or 74
        return 0 if end.kind == "done" else end.exit or 1


def _no_proxy(variables: dict[str, str]) -> dict[str, str]:
    """Where a proxy is named, the run's own door is not to be asked for there. Programs read either spelling."""
    if not any(name.lower().endswith("_proxy") for name in variables):
        return {}
    known = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
    return dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(filter(None, (known, "127.0.0.1"))))


def carry_pip_settings(home: Path) -> None:
    """Where packages come from is said in the person's home, which a run does not see: what says it is copied into the run's own."""
    for name in (".config/pip", ".pip", ".config/uv"):
        place = Path.home() / name
        if place.is_dir():
            shutil.copytree(place, home / name, dirs_exist_ok=True)


def prefixes(interpreter: Path) -> list[str]:
    """The folders outside of the system's in which an environment's Python itself lies."""
    found: list[str] = []
    real = interpreter.resolve()
    for place in (real.parent.parent, Path(os.readlink(interpreter)).parent.parent if interpreter.is_symlink() else real.parent.parent):
        if place.is_absolute() and place.parts[1:2] and place.parts[1] not in view.SYSTEM and str(place) not in found:
            found.append(str(place))
    return found


def main() -> None:
    launch = msgspec.msgpack.decode((Path(sys.argv[1]) / "launch").read_bytes(), type=Launch)
    for name in launch.secrets:
        os.environ.pop(name, None)
    os._exit(Performance(launch).perform())


if __name__ == "__main__":
    main()
