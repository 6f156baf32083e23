"""What callers do with settings, each inside one transaction of theirs."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from agent_api.http.call import Answer, Call
from agent_api.http.versions import check_version
from agent_api.settings import repository
from agent_api.settings.schemas import SettingsIn, TenantSettings
from backbone.errors import NotFound
from backbone.storage.database import Connection
from backbone.storage.wake import notify


async def get_settings(connection: Connection, call: Call) -> Answer:
    row = await repository.find(connection, call.principal.tenant_id)
    if row is None:
        raise NotFound("There is no such tenant.")
    return _shown(_read(row["settings"]), row["version"])


async def replace_settings(connection: Connection, call: Call, body: SettingsIn, if_match: str | None) -> Answer:
    tenant_id = call.principal.tenant_id
    check_version(await repository.find(connection, tenant_id, lock=True), if_match, "tenant")
    version = await repository.replace(connection, tenant_id, body.model_dump(mode="json"))
    await notify(connection, "config", tenant_id)
    return _shown(body, version)


def _shown(settings: SettingsIn, version: int) -> Answer:
    return Answer(TenantSettings(**settings.model_dump(), version=version), version=version)


def _read(stored: Mapping[str, Any]) -> SettingsIn:
    """As stored, with defaults. What an older release or a script wrote in another shape counts for nothing: who reads it in
    the router takes the default, too.
    """
    return SettingsIn.model_validate({name: value for name, value in stored.items() if _holds(SettingsIn, name, value)})


def _holds(model: type[BaseModel], name: str, value: object) -> bool:
    if name not in model.model_fields:
        return False
    try:
        model.model_validate({name: value})
    except ValidationError:
        return False
    return True
