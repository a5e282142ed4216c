"""Words about pipelines as people look at them: which there are and how they went lately, and the graph of one run."""

from __future__ import annotations

import msgspec

from treadle.contract.runs import RunRef
from treadle.core.operation import GET, operation

MOST_NODES = 5000
MOST_EDGES = 50_000
MOST_SHOWN = 100


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A run as little as a graph, a ribbon or a bar of time needs of it. Times are seconds since 1970."""

    id: int
    name: str
    step: str
    state: str
    kind: str = "step"
    reused_from: int | None = None
    queued_at: float
    started_at: float | None = None
    ended_at: float | None = None


class Graph(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The runs that a pipeline's run has started, oldest first, and what each took in of another one: pairs of numbers, first who gave.

    `total` is how many there are: at most MOST_NODES are told, and at most MOST_EDGES edges between them; `whole` False when some are
    left out.
    """

    run: Node
    nodes: tuple[Node, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    total: int = 0
    whole: bool = True


read_graph = operation("runs.graph", GET, "/runs/{run}/graph", RunRef, Graph, allow="run:read", summary="What a pipeline's run started.")


class Pipeline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pipeline by its name: how many runs of it somebody asked for, and the last of them, newest first."""

    name: str
    runs: int
    last: tuple[Node, ...]


class ListPipelines(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`show` is how many of its last runs each pipeline comes with, at most MOST_SHOWN."""

    show: int = 14


list_pipelines = operation(
    "runs.pipelines",
    GET,
    "/pipelines",
    ListPipelines,
    list[Pipeline],
    allow="run:read",
    summary="Pipelines that have run, with their last runs.",
)
