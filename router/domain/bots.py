"""When a bot must let go, and what customers are told: rules over words, in seven languages. Pure.

A wish for a person always counts. Words are matched as whole words in any of the languages: what a customer writes and what we take
their language for may differ. It understands no irony and no spelling errors; a tenant adds words of its own.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from router.domain.language import code_of

ANSWER_WITHIN = timedelta(seconds=30)
"""A bot's time for an answer, unless the tenant sets another."""
MISSES_MOST = 2
MORE_MOST = timedelta(minutes=5)
"""How much more time a bot may ask for at once."""
MORE_TIMES = 3

# fmt: off
_ASKED = (
    r"(?:speak|talk|chat|connect me|put me through|transfer me)(?: \w+){0,3} (?:human|person|agent|someone|somebody|representative|colleague)",
    r"(?:real|actual|live) (?:human|person|agent)", r"(?:no|not a|stop the|hate this|hate the) (?:bot|robot|machine)", r"human please", r"agent please",
    r"(?:echte?[rn]?|richtige[rn]?) (?:mensch(?:en)?|person|mitarbeiter(?:in)?)", r"(?:mit|zu) (?:einem|einer|nem) (?:menschen|person|mitarbeiter(?:in)?|kollegen)", r"kein (?:bot|roboter)",
    r"(?:echt|levend|menselijk) (?:mens|persoon|medewerker)", r"(?:met|aan) (?:een|iemand|'n) (?:mens|persoon|medewerker|collega|echt)", r"geen (?:bot|robot)",
    r"(?:rigtig|ægte|levende) (?:menneske|person|medarbejder)", r"tale med (?:et|en) (?:menneske|person|medarbejder|rigtig)", r"ikke en (?:bot|robot)",
    r"(?:rozmawiać|porozmawiać|połącz(?:cie)? mnie|rozmowa) z (?:człowiekiem|konsultantem|kimś|pracownikiem|prawdziwym)", r"nie (?:bot|robot|z botem)", r"żyw(?:y|ym) człowiek(?:iem)?",
    r"(?:hablar|chatear|comunicar(?:me)?) con (?:una?|alguien|otra) ?(?:persona|humano|agente|alguien)?", r"(?:persona|agente) (?:real|humana?)", r"no (?:un|quiero un) (?:bot|robot)",
    r"(?:التحدث|أتحدث|اتكلم|أتكلم|تحويلي|الكلام) (?:مع|إلى|الى) (?:شخص|إنسان|انسان|موظف|بشر)", r"(?:شخص|موظف) حقيقي",
)
_ANGER = (
    r"(?:this is|you are|you're) (?:ridiculous|useless|a joke|a disgrace|unacceptable)", r"(?:fed up|furious|worst (?:service|company)|rip[- ]?off|scam)", r"wtf", r"fuck\w*",
    r"(?:unverschämt|frechheit|abzocke|stinksauer|unfassbar|scheiß\w*|scheiss\w*)", r"(?:belachelijk|schandalig|waardeloos|oplichters?|woedend|kut\w*)", r"(?:latterligt|pisse\w* sur|svindel|uacceptabelt|rasende)",
    r"(?:skandal|oszuści|żenada|wściek\w+|kurw\w+)", r"(?:vergüenza|estafa|inaceptable|ridículo|furios[oa]|mierda)", r"(?:فضيحة|نصب|احتيال|غير مقبول|أسوأ خدمة)",
)
_SENSITIVE = (
    r"(?:lawyer|attorney|sue you|legal action|police|suicide|kill myself|self[- ]harm|data breach|identity theft|passed away|bereave\w+|discriminat\w+)",
    r"(?:anwalt|anwältin|rechtsanwalt|polizei|anzeige|selbstmord|umbringen|verstorben|datenleck|diskriminier\w+)", r"(?:advocaat|aangifte|politie|zelfmoord|overleden|datalek|discrimin\w+)",
    r"(?:advokat|politiet?|selvmord|afgået ved døden|datalæk|diskriminer\w+)", r"(?:prawnik\w*|adwokat\w*|policj\w+|samobójstw\w+|zmarł\w*|wyciek danych|dyskrymin\w+)",
    r"(?:abogad[oa]|denuncia|policía|suicid\w+|falleci\w+|filtración de datos|discrimin\w+)", r"(?:محامي|محامية|الشرطة|انتحار|توفي|توفيت|تسريب)",
)
# fmt: on


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(patterns) + r")(?!\w)", re.IGNORECASE)


_RULES = (("asked", _any(_ASKED)), ("sensitive", _any(_SENSITIVE)), ("anger", _any(_ANGER)))
_LOOKED_AT = 2000
"""Characters of a message."""


def lets_go(text: str, own: Mapping[str, Sequence[str]] | None = None) -> str | None:
    """Why a bot must not answer this: `asked`, `sensitive` or `anger`; None: it may. `own` are plain words of the tenant by
    reason, which count beside ours.
    """
    said = " ".join(text[:_LOOKED_AT].casefold().split())
    for reason, rule in _RULES:
        words = (own or {}).get(reason) or ()
        if rule.search(said) or any(_has(said, word) for word in words):
            return reason
    return None


def _has(said: str, word: str) -> bool:
    plain = " ".join(word.casefold().split())
    return bool(plain) and re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", said) is not None


# {minutes} is how long it will be; the second text stands where that isn't known, the third where the desk is closed.
_NOTICES: Mapping[str, tuple[str, str, str]] = {
    "ar": ("سأحوّلك إلى زميل. سيردّ عليك هنا خلال {minutes} دقيقة تقريبًا، ولن تحتاج إلى تكرار ما كتبته.", "سأحوّلك إلى زميل. سيردّ عليك هنا، ولن تحتاج إلى تكرار ما كتبته.", "سأحوّلك إلى زميل. نحن مغلقون الآن، وسيردّ عليك هنا عندما نفتح. لن تحتاج إلى تكرار ما كتبته."),
    "da": ("Jeg giver dig videre til en kollega. Det tager omkring {minutes} min., og du behøver ikke gentage noget.", "Jeg giver dig videre til en kollega, som svarer dig her. Du behøver ikke gentage noget.", "Jeg giver dig videre til en kollega. Vi har lukket nu; du får svar her, når vi åbner, og behøver ikke gentage noget."),
    "de": ("Ich gebe dich an einen Menschen weiter. Das dauert etwa {minutes} Min.; du musst nichts wiederholen.", "Ich gebe dich an einen Menschen weiter, der dir hier antwortet. Du musst nichts wiederholen.", "Ich gebe dich an einen Menschen weiter. Wir haben gerade geschlossen; du bekommst hier Antwort, sobald wir öffnen, und musst nichts wiederholen."),
    "en": ("I am passing you to a person. It takes about {minutes} min, and you need not repeat anything.", "I am passing you to a person, who will answer you here. You need not repeat anything.", "I am passing you to a person. We are closed right now; you will be answered here when we open, and need not repeat anything."),
    "es": ("Te paso con una persona. Tardará unos {minutes} min y no tendrás que repetir nada.", "Te paso con una persona que te responderá aquí. No tendrás que repetir nada.", "Te paso con una persona. Ahora está cerrado; te responderán aquí cuando abramos y no tendrás que repetir nada."),
    "nl": ("Ik geef je door aan een collega. Dat duurt ongeveer {minutes} min.; je hoeft niets te herhalen.", "Ik geef je door aan een collega, die je hier antwoordt. Je hoeft niets te herhalen.", "Ik geef je door aan een collega. We zijn nu gesloten; je krijgt hier antwoord zodra we opengaan en hoeft niets te herhalen."),
    "pl": ("Przekazuję rozmowę człowiekowi. Potrwa to około {minutes} min; nie musisz niczego powtarzać.", "Przekazuję rozmowę człowiekowi, który odpowie tutaj. Nie musisz niczego powtarzać.", "Przekazuję rozmowę człowiekowi. Teraz mamy zamknięte; odpowiedź przyjdzie tutaj po otwarciu, nie musisz niczego powtarzać."),
}  # fmt: skip
_LABELS: Mapping[str, str] = {
    "ar": "مساعد آلي", "da": "Automatisk assistent", "de": "Automatischer Assistent", "en": "Automated assistant",
    "es": "Asistente automático", "nl": "Automatische assistent", "pl": "Automatyczny asystent",
}  # fmt: skip


def handover_notice(language: str | None, wait: timedelta | None, *, closed: bool) -> str:
    """What a customer is told when a person takes over: that it happens, and honestly how long it takes."""
    known, unknown, shut = _NOTICES.get(code_of(language), _NOTICES["en"])
    if closed:
        return shut
    if wait is None:
        return unknown
    return known.replace("{minutes}", str(max(1, round(wait.total_seconds() / 60))))


def label(language: str | None) -> str:
    """How a bot says that it is one."""
    return _LABELS.get(code_of(language), _LABELS["en"])
