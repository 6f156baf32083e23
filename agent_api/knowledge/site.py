"""The knowledge base as pages for customers: plain HTML that needs no script, with a search form."""

import html
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from agent_api.http.inputs import AccountId
from agent_api.knowledge import finding
from agent_api.knowledge.public import account_of, find, learn
from agent_api.knowledge.schemas import FoundArticle, KnowledgeQuery, SearchId, Slug
from backbone.errors import InputInvalid, NotFound
from backbone.web.markdown import to_html, to_text

STYLE = "/static/help/help.css"
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' https:; media-src https:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_WORDS_MOST = 500
_FRESH = timedelta(minutes=1)
_ACCOUNT, _SLUG, _SEARCH = TypeAdapter[str](AccountId), TypeAdapter[str](Slug), TypeAdapter[str](SearchId)


def _well_formed(kind: TypeAdapter[str], text: str) -> str:
    """A part of an address, which nothing has looked at yet. Raises `NotFound` for what can name nothing."""
    try:
        return kind.validate_python(text)
    except ValidationError:
        raise NotFound("There is no such page.") from None


async def contents_page(request: Request) -> Response:
    """All titles by section; with `?q=` what answers the question best."""
    account_id = _well_formed(_ACCOUNT, request.path_params["account_id"])
    parts, account = await account_of(request, account_id)
    words = request.query_params.get("q", "").replace("\0", "").strip()[:_WORDS_MOST]
    language = request.query_params.get("language", "en")
    if not language.isascii() or not language.isalpha() or len(language) > 3:
        raise InputInvalid("language: two or three letters")
    if words:
        query = KnowledgeQuery(q=words, language=language, limit=10)
        found = await find(parts, account, query)
        return _page(language, "Help", _form(account_id, words) + _results(found.items, found.search_id))
    async with parts.database.transaction([account.tenant_id], read_only=True) as connection:
        rows = await finding.contents(connection)
    return _page(language, "Help", _form(account_id, "") + _contents(account_id, rows))


async def article_page(request: Request) -> Response:
    """One article. Coming from a search tells that search what was wanted, then leads to the plain address."""
    account_id = _well_formed(_ACCOUNT, request.path_params["account_id"])
    slug = _well_formed(_SLUG, request.path_params["slug"])
    parts, account = await account_of(request, account_id)
    async with parts.database.transaction([account.tenant_id], read_only=True) as connection:
        row = await finding.published(connection, slug=slug)
    if search_id := request.query_params.get("from"):
        await learn(parts, account, _well_formed(_SEARCH, search_id), row["id"])
        return RedirectResponse(request.url.path, status_code=303)
    described = f'<meta name="description" content="{_text(to_text(row["body"])[:160])}">'
    body = f'<article lang="{_text(row["language"])}"><h1>{_text(row["title"])}</h1>{to_html(row["body"])}</article>'
    return _page(row["language"], row["title"], _form(account_id, "") + body, described)


def _page(language: str, title: str, body: str, head: str = "") -> Response:
    text = (
        f'<!doctype html><html lang="{_text(language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{_text(title)}</title>{head}'
        f'<link rel="stylesheet" href="{STYLE}"></head><body><main>{body}</main></body></html>'
    )
    headers = {
        "Content-Security-Policy": CSP,
        "Cache-Control": f"private, max-age={int(_FRESH.total_seconds())}",
        "Referrer-Policy": "same-origin",
    }
    return HTMLResponse(text, headers=headers)


def _form(account_id: str, words: str) -> str:
    return (
        f'<form role="search" action="/help/{_text(account_id)}"><label for="q">What do you want to know?</label>'
        f'<input id="q" name="q" type="search" maxlength="{_WORDS_MOST}" value="{_text(words)}"><button>Search</button></form>'
    )


def _results(items: Sequence[FoundArticle], search_id: str) -> str:
    if not items:
        return "<p>Nothing was found. Try other words, or ask us in the chat.</p>"
    rows = "".join(
        f'<li><a href="{_text(item.path)}?from={_text(search_id)}">{_text(item.title)}</a><p>{_text(item.excerpt)}</p></li>'
        for item in items
    )
    return f"<h1>Answers</h1><ol>{rows}</ol>"


def _contents(account_id: str, rows: Sequence[Any]) -> str:
    sections: dict[str, list[str]] = {}
    for row in rows:
        address = f"/help/{_text(account_id)}/{_text(row['slug'])}"
        link = f'<li lang="{_text(row["language"])}"><a href="{address}">{_text(row["title"])}</a></li>'
        sections.setdefault(row["section"] or "More", []).append(link)
    if not sections:
        return "<h1>Help</h1><p>There are no articles yet. Ask us in the chat.</p>"
    return "<h1>Help</h1>" + "".join(
        f"<section><h2>{_text(name)}</h2><ul>{''.join(links)}</ul></section>" for name, links in sections.items()
    )


def _text(text: object) -> str:
    return html.escape(str(text), quote=True)
