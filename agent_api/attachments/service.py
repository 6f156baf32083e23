"""Uploading files and handing them out."""

import hashlib
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from agent_api.attachments.links import LIFETIME, make_link, open_link
from agent_api.attachments.schemas import Attachment, UploadQuery
from agent_api.http.call import Answer, Call
from agent_api.parts import Parts
from backbone.errors import InputInvalid, NotFound
from backbone.ids import new_id
from backbone.storage.database import Connection

_COLUMNS = "id, filename, mime, size, sha256, created_at"


def attachment_of(row: Any, call: Call) -> Attachment:
    parts = call.parts
    url = make_link(parts.master, parts.config.public_url, call.principal.tenant_id, row["id"], call.now)
    values = {name: row[name] for name in ("id", "filename", "mime", "size", "created_at")}
    return Attachment(url=url, url_expires_at=call.now + LIFETIME, sha256=row["sha256"].hex(), **values)


async def upload(connection: Connection, call: Call, query: UploadQuery) -> Answer:
    """The bytes are stored before the row: a crash in between leaves bytes that nothing names, never a row without bytes."""
    data = await call.request.body()
    if not data:
        raise InputInvalid("The file is empty.", pointers={"": "is empty"})
    blob = await call.parts.blobs.put(call.principal.tenant_id, data)
    attachment_id = new_id("att")
    row = await connection.fetchrow(
        "INSERT INTO attachments (id, tenant_id, blob, filename, mime, size, sha256, by_key, created_at) "
        f"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {_COLUMNS}",
        attachment_id,
        call.principal.tenant_id,
        blob,
        query.filename,
        query.mime,
        len(data),
        hashlib.sha256(data).digest(),
        call.principal.key_id,
        call.now,
    )
    return Answer(attachment_of(row, call), status=201, location=f"/v1/attachments/{attachment_id}")


async def get_attachment(connection: Connection, call: Call, attachment_id: str) -> Answer:
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM attachments WHERE id = $1", attachment_id)
    if row is None:
        raise NotFound("There is no such attachment.")
    return Answer(attachment_of(row, call))


async def fetch(parts: Parts, token: str) -> Response:
    """The bytes a link names, always as a download: what somebody uploads may be active (scripts in SVG or HTML)."""
    tenant_id, attachment_id = open_link(parts.master, token, parts.clock.now())
    async with parts.database.transaction([tenant_id], read_only=True) as connection:
        row = await connection.fetchrow("SELECT blob, filename, mime FROM attachments WHERE id = $1", attachment_id)
    if row is None:
        raise NotFound("There is no such file, or its link is over.")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['filename'], safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=3600",
        # Pages of others show it as a picture: who has the link may fetch it from anywhere.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(await parts.blobs.get(row["blob"]), media_type=row["mime"], headers=headers)
