"""The floor of serving: the same model in one process behind a bare ASGI function with micro-batching. No checks, no records, no isolation.

python -m uvicorn floor:app          (BENCH_MODEL names the file of the model)
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from treadle.sdk import formats

ask = formats.load("sklearn", Path(os.environ["BENCH_MODEL"])).predict_proba
thread = ThreadPoolExecutor(1)
waiting: list[tuple[list[Any], asyncio.Future[Any]]] = []
tasks: set[asyncio.Task[None]] = set()


async def answer_all() -> None:
    loop = asyncio.get_running_loop()
    while waiting:
        batch = waiting[:]
        waiting.clear()
        rows = np.array([row for rows, _ in batch for row in rows], dtype=np.float64)
        answers = (await loop.run_in_executor(thread, ask, rows)).tolist()
        at = 0
        for part, future in batch:
            future.set_result(answers[at : at + len(part)])
            at += len(part)


async def app(scope: Any, receive: Any, send: Any) -> None:
    del scope
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    waiting.append((msgspec.json.decode(body)["rows"], future))
    if not tasks:
        task = asyncio.create_task(answer_all())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    data = msgspec.json.encode({"predictions": await future})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": data})
