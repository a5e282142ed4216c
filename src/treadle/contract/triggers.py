"""Words about what closes the loop: triggers (when this, do that), and their firings, once per cause."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.contract.runs import SubmitRun
from treadle.core.operation import DELETE, GET, POST, operation

# --- when ------------------------------------------------------------------------------------------------------------------


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="news", tag_field="on"):
    """A journal entry of this kind (`alarm.opened`, or `run.*`), about this subject where one is named (it may hold `*`)."""

    kind: str
    subject: str = ""


class Schedule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="schedule", tag_field="on"):
    """Moments of a cron expression of five fields in a time zone. Moments that passed while nobody looked count as one."""

    cron: str
    zone: str = "UTC"


class Webhook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="webhook", tag_field="on"):
    """A POST to /hooks/NAME whose raw body is signed with this secret (its name, never its value)."""

    secret: str


class Git(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="git", tag_field="on"):
    """A new commit at the head of a branch of a repository (a path or a URL that git reads), looked for every so many seconds."""

    repository: str
    branch: str = "main"
    every: float = 10.0


class Files(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="files", tag_field="on"):
    """New or changed files in a folder or a bucket. A file counts when two looks in a row find it unchanged."""

    place: str
    pattern: str = "*"
    every: float = 5.0
    existing: bool = False
    """Whether files that are there at the first look are news, too."""


class Labels(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="labels", tag_field="on"):
    """So many more labels of an endpoint."""

    endpoint: str
    every: int


class Rows(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="rows", tag_field="on"):
    """So many more rows in the newest version of a dataset."""

    dataset: str
    every: int


When = News | Schedule | Webhook | Git | Files | Labels | Rows

# --- do --------------------------------------------------------------------------------------------------------------------


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="run", tag_field="act"):
    """Submits a run as it was captured when the trigger was applied: definition, code, environment.

    After a `git.pushed`, where `fresh` is set, the code of that commit is captured and run instead: `submission.options.entry`
    names it as FILE::NAME, within the `folder` of the repository that holds the project."""

    submission: SubmitRun
    fresh: bool = False
    folder: str = ""


class Operate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="call", tag_field="act"):
    """Performs any operation that an approver may. Its `key` is filled in, where it has one: once per cause."""

    operation: str
    request: dict[str, Any] = {}


class Notify(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="notify", tag_field="act"):
    """Tells people. Each of `webhook` (a JSON body, signed where `secret` names one), `slack` (a Slack-compatible webhook) and
    `mail` (addresses) that is given. An address `secret:NAME` is looked up as a secret. `server` is `smtp://USER@HOST:PORT`;
    without it the secret TREADLE_SMTP is asked."""

    webhook: str = ""
    secret: str = ""
    slack: str = ""
    mail: tuple[str, ...] = ()
    sender: str = ""
    server: str = ""
    text: str = ""


class Add(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="add", tag_field="act"):
    """Makes a new version of a dataset out of a file or folder that the keeper can read."""

    dataset: str
    path: str
    message: str = ""


Act = Run | Operate | Notify | Add


class Limits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a trigger does not act although its news came. Times are seconds.

    `match` and `where` are conditions on the news: names with the value they must have (a list: one of them; a text with * or ?:
    alike), and an expression such as `rows >= 500 and kind != 'quality'`.
    """

    match: dict[str, Any] = {}
    where: str = ""
    cooldown: float = 0.0
    most: int = 0
    per: float = 0.0
    """At most `most` firings in `per` seconds; 0: any number."""
    concurrency: int = 0
    """At most so many at a time, from the firing to the end of the runs and rollouts that it started; 0: any number."""
    persists: float = 0.0
    """For an alarm: acts only if it is still open so many seconds later."""
    unless_open: tuple[str, ...] = ()
    """Kinds of alarms which, open at the same monitor or endpoint, forbid it: bad data never retrains."""
    shared: tuple[str, ...] = ()
    """Other triggers whose firings count for `cooldown`, `most` and `concurrency` as if they were its own."""
    tries: int = 5
    dry_run: bool = False


class Declared(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A trigger as it is declared: when, do, and limits. `file` is where."""

    name: str
    when: When
    do: tuple[Act, ...]
    limits: Limits = Limits()
    paused: bool = False
    file: str = ""


class Firing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One time that a trigger's news came. `state`: due, holding (the alarm must persist), acting, done, failed, skipped, dry.

    `cause` names what it is once for (`entry:17`, `time:1700000000`, `commit:...`); `why` says in words what was decided and
    `answer` what each action came to; `fired` is the journal entry that everything it did names as its cause.
    """

    id: int
    trigger: str
    cause: str
    entry: int | None = None
    fired: int | None = None
    state: str
    why: str
    news: dict[str, Any] = {}
    answer: list[dict[str, Any]] = []
    tries: int = 0
    next_at: float | None = None
    at: float
    done_at: float | None = None


class Trigger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A trigger as it stands. `sentence` says it in words; `passed` counts news of its kind whose conditions did not hold."""

    name: str
    sentence: str
    state: str
    """on or paused"""
    declared: Declared
    position: int
    passed: int = 0
    next_at: float | None = None
    note: str = ""
    """What is wrong with its source now, for example a repository that cannot be read."""
    firings: tuple[Firing, ...] = ()
    """The newest ones."""
    actor: str
    created_at: float
    applied_at: float
    project: str = "default"


class ApplyTriggers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Makes these triggers what is declared, all in one transaction. `remove` are names to remove."""

    triggers: tuple[Declared, ...]
    remove: tuple[str, ...] = ()


class Applied(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Names, by what happened to them."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


apply_triggers = operation(
    "triggers.apply", POST, "/triggers", ApplyTriggers, Applied, allow="trigger:write", summary="Make triggers what is declared."
)


class PreviewTrigger(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger before it is applied. Writes nothing."""

    trigger: Declared


class Previewed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What applying it would make: `state` is created, changed or unchanged, `sentence` says it in words, and `coming` are the next
    moments of a schedule."""

    state: str
    sentence: str
    coming: tuple[float, ...] = ()


preview_trigger = operation(
    "triggers.preview",
    POST,
    "/triggers/preview",
    PreviewTrigger,
    Previewed,
    allow="trigger:read",
    summary="What would this trigger be, and when would it come?",
)


class ListTriggers(msgspec.Struct, frozen=True, kw_only=True):
    pass


list_triggers = operation(
    "triggers.list", GET, "/triggers", ListTriggers, list[Trigger], allow="trigger:read", summary="Triggers: when what, and what then."
)


class TriggerName(msgspec.Struct, frozen=True, kw_only=True):
    trigger: str


get_trigger = operation(
    "triggers.get", GET, "/triggers/{trigger}", TriggerName, Trigger, allow="trigger:read", summary="One trigger with its last firings."
)


class PauseTrigger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """News that comes while it is paused is passed over, also afterwards."""

    trigger: str
    paused: bool
    reason: str = ""


pause_trigger = operation(
    "triggers.pause", POST, "/triggers/{trigger}/pause", PauseTrigger, Trigger, allow="trigger:write", summary="Pause a trigger, or go on."
)


remove_trigger = operation(
    "triggers.remove", DELETE, "/triggers/{trigger}", TriggerName, Trigger, allow="trigger:write", summary="Remove a trigger."
)


class TestTrigger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What would happen with this news: an entry of the journal, or `data` made up. Writes and does nothing."""

    trigger: str
    entry: int | None = None
    data: dict[str, Any] = {}


class Tested(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`state` is what a firing would be in (due, holding, skipped, dry), or `no match`; `acts` what would be done, in words."""

    state: str
    why: str
    acts: tuple[str, ...] = ()


test_trigger = operation(
    "triggers.test", POST, "/triggers/{trigger}/test", TestTrigger, Tested, allow="trigger:read", summary="What would this trigger do?"
)


class ListFirings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Newest first; of one trigger, in one state, before number `before`, or all."""

    trigger: str = ""
    state: str = ""
    before: int = 0
    limit: int = 50


list_firings = operation(
    "triggers.firings", GET, "/firings", ListFirings, list[Firing], allow="trigger:read", summary="What triggers did, and did not."
)


class FiringNumber(msgspec.Struct, frozen=True, kw_only=True):
    firing: int


class Explained(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A firing in words, line by line: what came, what was decided and why, what was done."""

    firing: Firing
    lines: tuple[str, ...]


explain_firing = operation(
    "triggers.why", GET, "/firings/{firing}", FiringNumber, Explained, allow="trigger:read", summary="Why a trigger fired, or did not."
)


class Deliver(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A webhook's delivery: the raw body and its signature, `sha256=` and 64 hexadecimal characters (HMAC-SHA256, RFC 2104, over
    the body). `delivery` makes it once per cause; without one the body's digest does."""

    trigger: str
    body: bytes
    signature: str
    delivery: str = ""


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """`new` False: this delivery had come before."""

    new: bool


deliver = operation(
    "triggers.deliver", POST, "/triggers/{trigger}/deliveries", Deliver, Delivered, allow="trigger:write", summary="Hand in a webhook."
)
