"""Words that people say to each other about what is on record: comments, mentions, and views of a screen worth keeping."""

from __future__ import annotations

import msgspec

from treadle.core.operation import DELETE, GET, POST, operation

MOST_TEXT = 10_000
"""Characters of a comment."""

MOST_ADDRESS = 4_000
"""Characters of a saved view's address."""


class Comment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody said about a subject: `run:17`, `model:flight-delay@v3`, `dataset:flights`, `alarm:3`, `pipeline:late_arrivals` ...

    `mentions` are the names after an @ in the text. Of a removed comment only who said it and who took it away are left, the text is
    gone; that it was there is told by the journal, too.
    """

    id: int
    project: str
    subject: str
    text: str
    actor: str
    at: float
    mentions: tuple[str, ...] = ()
    changed_at: float | None = None
    removed_at: float | None = None
    removed_by: str | None = None


class ListComments(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Comments about one subject with numbers above `after`, oldest first."""

    subject: str
    after: int = 0
    limit: int = 500


list_comments = operation(
    "comments.list", GET, "/comments", ListComments, list[Comment], allow="comment:read", summary="What was said about something, in order."
)


class AddComment(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is at most 10,000 characters; `@name` mentions somebody, but not inside of `code`."""

    subject: str
    text: str


add_comment = operation(
    "comments.add",
    POST,
    "/comments",
    AddComment,
    Comment,
    allow="comment:write",
    summary="Say something about a run, a version, an alarm ...",
)


class ChangeComment(msgspec.Struct, frozen=True, kw_only=True):
    comment: int
    text: str


change_comment = operation(
    "comments.change",
    POST,
    "/comments/{comment}",
    ChangeComment,
    Comment,
    allow="comment:write",
    summary="Say it in other words; only who said it can.",
)


class RemoveComment(msgspec.Struct, frozen=True, kw_only=True):
    comment: int


remove_comment = operation(
    "comments.remove",
    DELETE,
    "/comments/{comment}",
    RemoveComment,
    Comment,
    allow="comment:write",
    summary="Take a comment's text away: one's own, or any for an admin.",
)


class Mention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A comment in which somebody else mentioned the caller. `seen_at` None: not seen yet."""

    comment: Comment
    seen_at: float | None = None


class Mentions(msgspec.Struct, frozen=True, kw_only=True):
    """Mentions of the caller in this project, newest first; `unseen` counts all that were not seen, also those not in the list."""

    mentions: tuple[Mention, ...]
    unseen: int


class ListMentions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Those in comments with numbers below `before` (0: the newest)."""

    before: int = 0
    unseen: bool = False
    """Only those that were not seen yet."""
    limit: int = 50


list_mentions = operation(
    "comments.mentions", GET, "/mentions", ListMentions, Mentions, allow="comment:read", summary="Where others mentioned the caller."
)


class SeeMentions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The comments that the caller has seen; None for all that mention the caller in this project."""

    comments: tuple[int, ...] | None = None


class Unseen(msgspec.Struct, frozen=True, kw_only=True):
    """How many mentions are left that were not seen."""

    unseen: int


see_mentions = operation(
    "comments.seen", POST, "/mentions/seen", SeeMentions, Unseen, allow="comment:read", summary="The caller has seen these mentions."
)


class ListNames(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Names that begin with `prefix`, in any case of letters."""

    prefix: str = ""
    limit: int = 100


list_names = operation(
    "people.names",
    GET,
    "/people",
    ListNames,
    list[str],
    allow="comment:read",
    summary="Names that the record knows: of tokens in use, and of who did something.",
)


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen showed, under a name: `address` is the query part of its URL."""

    id: int
    project: str
    screen: str
    name: str
    address: str
    actor: str
    saved_at: float


class ListViews(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of one screen, or of all."""

    screen: str = ""


list_views = operation("views.list", GET, "/views", ListViews, list[SavedView], allow="view:read", summary="Saved views of this project.")


class SaveView(msgspec.Struct, frozen=True, kw_only=True):
    """`screen` is a screen's name (`runs`), `address` what stands behind the ? of its URL. A name that is there already is replaced."""

    screen: str
    name: str
    address: str


save_view = operation(
    "views.save", POST, "/views", SaveView, SavedView, allow="view:write", summary="Keep what a screen shows, under a name."
)


class RemoveView(msgspec.Struct, frozen=True, kw_only=True):
    view: int


remove_view = operation("views.remove", DELETE, "/views/{view}", RemoveView, SavedView, allow="view:write", summary="Forget a saved view.")
