"""Two hundred texts that customers' names, subjects and messages must survive: markup, tricks of direction, marks without end."""

_RUN = "window.hacked=1"
_MARKUP = (
    "<script>{0}</script>",
    "<img src=x onerror={0}>",
    "<svg onload={0}>",
    '"><script>{0}</script>',
    "'><img src=x onerror='{0}'>",
    "<iframe srcdoc='<script>parent.{0}</script>'></iframe>",
    "<a href='javascript:{0}'>press</a>",
    "javascript:{0}",
    "<style>*{{display:none}}</style>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=javascript:{0}'>",
    "</textarea><script>{0}</script>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={0}>",
    "{{{{constructor.constructor('{0}')()}}}}",
    "${{{0}}}",
    "<details open ontoggle={0}>",
    "<object data='data:text/html,<script>{0}</script>'></object>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<form action=https://evil.example><button>Sign in again</button></form>",
    "data:text/html;base64,PHNjcmlwdD4=",
)
_TRICKS = (
    "\u202egnp.exe",
    "a\u2066b\u2067c\u2068d",
    "pay\u200bpal",
    "z" + "\u0336" * 400,
    "H" + "\u0301\u0310\u0359" * 120,
    "\u0000nul\u0007bell".replace("\u0000", ""),
    "x" * 20_000,
    "W" * 500,
    "word " * 3000,
    "line\n" * 400,
    "👩‍👩‍👧‍👦" * 60,
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 40,
    "مرحبا hello مرحبا",
    "שלום \u200f(123)\u200e",
    "\u2028\u2029 separators",
    "Ω≈ç√∫˜µ≤≥÷",
    "田中さんにあげて下さい",
    "'; DROP TABLE messages; --",
    "../../../etc/passwd",
    "https://evil.example/" + "a" * 2000,
)


def hostile_texts() -> list[str]:
    """All of them, the same every time: each piece of markup alone, doubled, in capitals, cut, and behind each trick."""
    markup = [text.format(_RUN) for text in _MARKUP]
    bent = [
        text
        for one in markup
        for text in (one, one * 2, one.upper(), one[: len(one) // 2], f"\u202e{one}", f"{one}\u0301", f" {one} & <b>")
    ]
    joined = [f"{trick[:200]} {one}" for trick, one in zip(_TRICKS, markup, strict=True)]
    return [*bent, *_TRICKS, *joined, *(f"<b>{trick[:50]}</b>" for trick in _TRICKS)]
