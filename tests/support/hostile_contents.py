"""What people write to break a page: markup, scripts, directions, invisible and combining characters, and sheer length."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

_SCRIPTS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "javascript:alert(1)", "<a href='javascript:alert(1)'>x</a>", '"><script>alert(1)</script>', "'-alert(1)-'", "${alert(1)}", "{{constructor.constructor('alert(1)')()}}",
    "<math><mtext><style><img src onerror=alert(1)>", "<template><script>alert(1)</script></template>", "<body onload=alert(1)>", "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>", "<style>*{display:none}</style>", "<link rel=stylesheet href=//evil.example/x.css>", "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<form action=//evil.example><button>x</button></form>", "<object data=x>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)", " java\tscript:alert(1)", "</ol></div><h1>outside</h1>", "<!--", "]]>", "<x onclick=alert(1)>tap</x>",
    "[tap](javascript:alert(1))", "*<b onclick=alert(1)>*", "`<script>alert(1)</script>`", "_<img src=x onerror=alert(1)>_", 'https://evil.example/"onmouseover=alert(1)//',
)  # fmt: skip
_SHAPES = (
    "\u202egnirts eht nruter\u202c", "\u2066\u2067\u2068 isolates never closed", "\u200b\u200c\u200d\ufeff", "a\u0300" * 300, "Z\u0351\u0352\u0353\u0354\u0355" * 100,
    "W" * 2000, "i" * 5000, "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 50, "\u0627\u0644\u0639\u0631\u0628\u064a\u0629 left", "\ufdfd" * 40, "\n" * 200, "\t" * 200, "\u2028\u2029",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "nbsp\u00a0" * 300, "\u3164", "\u0e33" * 400, "\u0089\u009f", "%s%n%x", "../../etc/passwd",
)  # fmt: skip
TEXTS = (*_SCRIPTS, *_SHAPES)


def hostile_contents(count: int = 48) -> list[dict[str, Any]]:
    """Contents of messages as they are stored, with such a text in every field that a page shows: over 500 of them."""
    turns = cycle(TEXTS)
    return [_content(kind, turns) for kind in [number % 6 for number in range(count)]]


def _content(kind: int, texts: Iterator[str]) -> dict[str, Any]:
    text, more = next(texts), [next(texts) for _ in range(12)]
    button = {"id": more[0][:200], "title": more[1], "url": more[2]}
    match kind:
        case 0:
            return {"text": text, "text_format": "light", "buttons": [button, {"id": "x", "title": more[3]}]}
        case 1:
            media = {"kind": "file", "filename": more[0], "caption": more[1], "url": more[2], "mime": more[3]}
            return {"text": text, "media": [media, media | {"kind": "image", "url": "javascript:alert(1)"}]}
        case 2:
            row = {"id": "r", "title": more[0], "description": more[1]}
            return {"text": text, "choices": {"button": more[2], "sections": [{"title": more[3], "rows": [row]}]}}
        case 3:
            card = {"title": more[0], "text": more[1], "image_url": more[2], "buttons": [button]}
            return {"text": text, "carousel": [card, card | {"title": more[4]}]}
        case 4:
            return {"location": {"latitude": 52.1, "longitude": 4.3, "name": more[0], "address": more[1]}, "text": text}
        case _:
            return {"text": "\n".join([text, *more])}
