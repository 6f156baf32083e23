"""Every operation of the API as the code declares it: its address, its permission, and a body to try it with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2

from agent_api.app import ROUTERS, api_document
from agent_api.customer.call import customer, of_account
from agent_api.permissions import Permission

_ORDER = ("GET", "PUT", "PATCH", "POST", "DELETE")
_NO_IDS = frozenset({"token", "index", "tag", "language", "version"})


@dataclass(frozen=True)
class Operation:
    """`permission` is None where everybody may ask, or nobody is known yet; `customers` come by a token of their own.
    `body` is the document's own example.
    """

    id: str
    method: str
    path: str
    permission: Permission | None
    body: Any
    customers: bool

    @property
    def ids(self) -> frozenset[str]:
        """Names of the things that the path names."""
        return frozenset(re.findall(r"{(\w+)}", self.path)) - _NO_IDS

    async def call(self, client: httpx2.AsyncClient, ids: Mapping[str, str]) -> httpx2.Response:
        return await call(client, self.method, re.sub(r"{(\w+)}", lambda found: ids[found[1]], self.path), self.body)


async def call(client: httpx2.AsyncClient, method: str, path: str, body: Any) -> httpx2.Response:
    return await client.request(method.upper(), path, json=body, headers={"If-Match": "*"})


@cache
def operations() -> tuple[Operation, ...]:
    """Reads first, removals last, so that one operation leaves what the next one needs."""
    document = api_document()
    found = []
    for router in ROUTERS:
        for route in router.routes:
            method = next(iter(route.methods))  # type: ignore[attr-defined]
            path, name = route.path, route.operation_id  # type: ignore[attr-defined]
            example = _example(document, document["paths"][path][method.lower()])
            found.append(Operation(name, method, path, _permission(route), example, _of_customers(route)))
    return tuple(sorted(found, key=lambda operation: _ORDER.index(operation.method)))


def _permission(route: Any) -> Permission | None:
    found = [getattr(dependant.call, "permission", None) for dependant in route.dependant.dependencies]
    return next((permission for permission in found if permission is not None), None)


def _of_customers(route: Any) -> bool:
    return any(dependant.call in {customer, of_account} for dependant in route.dependant.dependencies)


def _example(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return (document["components"]["schemas"].get(name, {}).get("examples") or [None])[0]
