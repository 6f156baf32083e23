"""Folders of the pages' own files, compressed, each with what its answers say."""

from collections.abc import Mapping
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

FRESH = {"Cache-Control": "no-cache"}
"""Asked for anew each time: a release must not meet modules of the one before."""
ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=300",
}
"""Pages of any origin may load them: they hold nothing of anybody."""


def compressed(folder: Path, headers: Mapping[str, str]) -> ASGIApp:
    """The files of a folder. `headers` stand on every answer with a file, and where it has not changed."""
    return GZipMiddleware(_Files(folder, headers))


class _Files(StaticFiles):
    def __init__(self, folder: Path, headers: Mapping[str, str]) -> None:
        super().__init__(directory=folder)
        self._headers = headers

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(self._headers)
        return response
