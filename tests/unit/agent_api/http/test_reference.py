"""The reference page: complete, escaped, and without anything that a strict policy would refuse."""

import copy
import re

from agent_api.app import api_document
from agent_api.http.reference import CSP, reference_page

DOCUMENT = api_document()
PAGE = reference_page(DOCUMENT)


def test_every_operation_is_on_the_page() -> None:
    names = [operation["operationId"] for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert [name for name in names if f'id="{name.lower()}"' not in PAGE] == []


def test_every_link_inside_leads_somewhere() -> None:
    wanted = set(re.findall(r'href="#([^"]+)"', PAGE))
    assert wanted
    assert wanted <= set(re.findall(r'id="([^"]+)"', PAGE))


def test_nothing_on_it_needs_a_script_an_inline_style_or_another_server() -> None:
    assert "<script" not in PAGE
    assert "style=" not in PAGE
    assert re.findall(r'(?:src|href)="(?!/|#)[^"]*"', PAGE) == []
    assert "script-src" not in CSP


def test_text_of_the_document_can_not_become_markup() -> None:
    hostile = copy.deepcopy(DOCUMENT)
    hostile["paths"]["/v1/me"]["get"]["summary"] = "<img src=x onerror=alert(1)>"
    hostile["paths"]["/v1/me"]["get"]["description"] = '"><script>alert(1)</script>'
    page = reference_page(hostile)
    assert "<script" not in page
    assert "<img" not in page
