"""What a client asks before it does anything: is somebody there, which version, and what can it do."""

from __future__ import annotations

from typing import Any

from starlette.responses import PlainTextResponse, Response

from treadle.compat.mlflow.door import Ask, route

SPOKEN = "3.17.2"
"""The version whose protocol is spoken here; clients compare it with the first that knows what they want to do."""


@route("GET", "/health")
async def health(_ask: Ask) -> Response:
    return PlainTextResponse("OK")


@route("GET", "/version")
async def version(_ask: Ask) -> Response:
    return PlainTextResponse(SPOKEN)


@route("GET", "/api/3.0/mlflow/server-info")
async def server_info(_ask: Ask) -> dict[str, Any]:
    return {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "multipart_uploads_enabled": True,
        "multipart_downloads_enabled": True,
        "artifact_serving_enabled": True,
        "trace_archival_enabled": False,
        "artifacts_presigned_only": False,
        "features_enabled": {},
    }
