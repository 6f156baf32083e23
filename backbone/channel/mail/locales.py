"""How mail programs announce quoted history and sign for the writer's device, in the languages they speak.

Gathered from the replies of Gmail, Outlook, Apple Mail and Thunderbird. Each rule asks for more than a word, since what a
customer may have written stays.
"""

import re

_VERBS = (
    "wrote|writes|schrieb|skrev|skriver|escribió|escribio|a écrit|ha scritto|scrive|schreef|geschreven|napisał|napisała|pisze"
    "|napisana przez|escreveu|написал|написала|пишет|написав|написала|пише|napsal|napsala|napísal|napísala|kirjoitti|yazdı"
    "|írta|a scris|έγραψε|написа|napisao|napisala|ezt írta"
)
_BEGINNINGS = "on|am|el|le|il|il giorno|op|w dniu|dnia|em|no dia|den|dne|dňa|pe|în|в|на|дана|\\d{1,4}|[^\\W\\d_]{2,4}[.,]? \\d{1,2}"
_TIME = r"\d{1,2}[:.]\d{2}"
_DATE = r"\d{1,4}[./-] ?\d{1,2}[./-] ?\d{2,4}"
_ADDRESS = r"[^\s<>()]{1,100}@[^\s<>()]{1,100}"

WROTE_BY = re.compile(
    rf"^(?=.{{0,200}}{_ADDRESS})(?=.{{0,200}}{_TIME})(?=.{{0,200}}(?<!\w)(?:{_VERBS})(?!\w)).{{10,220}}[:：]$",
    re.IGNORECASE,
)
"""Somebody with an address, at a time, wrote: no prose has all three and ends with a colon."""

WROTE_ON = re.compile(
    rf"^(?:> ?)*(?:{_BEGINNINGS})(?!\w).{{0,40}}{_DATE}.{{0,40}}(?<!\w)(?:{_VERBS})(?!\w).{{0,60}}[:：]$", re.IGNORECASE
)
"""On such a day somebody wrote, with the day in figures and in front."""

WROTE_AT = re.compile(
    rf"^(?:> ?)*{_DATE}.{{0,60}}(?:のメール|님이 작성|写道|寫道).{{0,10}}[:：]$"
    r"|^.{0,80}\d{4}[年년].{1,80}(?:のメール|님이 작성|写道|寫道|<[^<>\s]{1,100}@[^<>\s]{1,100}>).{0,10}[:：]$"
)

_ORIGINAL = (
    "original message|original mail|reply message|forwarded message|ursprüngliche nachricht|original-nachricht|originalnachricht"
    "|weitergeleitete nachricht|message d'origine|message d’origine|message original|message transféré|transféré|mensaje original"
    "|mensaje reenviado|mensagem original|mensagem encaminhada|mensagem reencaminhada|messaggio originale|messaggio inoltrato"
    "|oorspronkelijk bericht|doorgestuurd bericht|oprindelig meddelelse|oprindelig besked|videresendt meddelelse|videresendt besked"
    "|ursprungligt meddelande|vidarebefordrat meddelande|oryginalna wiadomość|wiadomość oryginalna|przekazana wiadomość"
    "|wiadomość przekazana|исходное сообщение|пересылаемое сообщение|пересланное сообщение|оригінальне повідомлення"
    "|вихідне повідомлення|переслане повідомлення|původní zpráva|přeposlaná zpráva|pôvodná správa|preposlaná správa"
    "|opprinnelig melding|videresendt melding|alkuperäinen viesti|välitetty viesti|edelleenlähetetty viesti|orijinal mesaj"
    "|orijinal ileti|özgün ileti|iletilen ileti|iletilmiş mesaj|eredeti üzenet|továbbított üzenet|mesaj original|mesaj redirecționat"
    "|αρχικό μήνυμα|προωθημένο μήνυμα|оригинално съобщение|препратено съобщение|izvorna poruka|proslijeđena poruka|元のメッセージ"
    "|原始邮件|原始郵件|转发邮件|원본 메시지"
)
SEPARATOR = re.compile(rf"^(?:> ?)*[-_]{{3,}}\s?(?:{_ORIGINAL})(?!\w).{{0,40}}$", re.IGNORECASE)

FORWARDED = re.compile(
    r"^(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message réexpédié|début du message transféré"
    r"|inizio messaggio inoltrato|inicio del mensaje reenviado|begin doorgestuurd bericht|início da mensagem reencaminhada"
    r"|início da mensagem encaminhada|начало переадресованного сообщения|початок переадресованого повідомлення"
    r"|vidarebefordrat brev|start på videresendt besked|videresendt melding|początek przekazywanej wiadomości"
    r"|začátek přeposílané zprávy|välitetty viesti alkaa|iletilen ileti başlangıcı)\s?:$",
    re.IGNORECASE,
)

HEADER_NAMES = {
    name: kind
    for kind, names in {
        "from": "from|de|da|von|van|od|fra|från|от|від|kimden|lähettäjä|feladó|de la|από|差出人|发件人|寄件者|보낸 사람",
        "sent": "sent|date|dato|datum|gesendet|envoyé|enviado|enviada|enviado em|enviada em|enviado el|inviato|verzonden|odesláno"
        "|odoslané|sendt|skickat|wysłano|data|fecha|дата|отправлено|надіслано|gönderilen|gönderildi|tarih|lähetetty|elküldve"
        "|dátum|trimis|στάλθηκε|ημερομηνία|送信日時|日時|发送时间|日期|寄件日期|보낸 날짜|날짜",
        "to": "to|an|à|para|a|aan|komu|do|til|till|кому|kime|vastaanottaja|címzett|către|προς|宛先|收件人|收件者|받는 사람",
        "subject": "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|předmět|predmet|emne|ämne|temat|тема|konu|aihe|tárgy"
        "|subiect|θέμα|件名|主题|主旨|제목",
    }.items()
    for name in names.split("|")
}
HEADER_LINE = re.compile(r"^(?:> ?)*[* ]{0,4}([^\W\d_]{1,20}(?: [^\W\d_]{1,12})?)\s?\*?\s?[:：]\*?\s?\S")

DEVICE = re.compile(
    r"^(?:sent from (?:my|outlook|yahoo|mail for|proton|samsung|android|iphone|ipad)"
    r"|sent (?:via|with|using) .{0,40}(?:mail|outlook|android|iphone|ios|app)\b|get outlook for|sendt fra (?:min|outlook)"
    r"|hent outlook|gesendet (?:mit|von mein|von outlook|aus)|holen sie sich outlook|diese nachricht wurde von mein"
    r"|enviado (?:desde|do meu|de mi|através do meu|a partir do)|obtener outlook|obter o outlook|obtenha o outlook"
    r"|envoyé (?:de mon|depuis|à partir de|avec)|télécharger outlook|obtenir outlook|inviato (?:da |dal|con )"
    r"|scarica outlook|ottieni outlook|verstuurd vanaf|verzonden (?:vanaf|met)|outlook voor|wysłan[eo] z|pobierz (?:\w+ )?outlook"
    r"|отправлено (?:с |из )|скачать outlook|получите outlook|надіслано (?:з |із )|відправлено (?:з |із )|отримати outlook"
    r"|skickat från|skickades från|hämta outlook|odesl[áa]no z|získat outlook|odoslan[ée] z|skaff deg outlook|hanki outlook"
    r"|lähetetty \S{2,30}(?:sta|stä|lta|ltä)\b|trimis de pe|στάλθηκε από)"
    r".{0,70}$"
    r"|^(?:von meinem .{2,40}|von outlook .{2,20}) gesendet\.?$"
    r"|^.{2,40}(?:dan|den|tan|ten) gönderildi\.?$|^outlook .{2,20} edinin$|^.{2,30}(?:ról|ről|ból|ből) küldve\.?$"
    r"|^(?:sent from|envoyé|enviado|gesendet|inviato) .{2,40}<https?://[^<>\s]{1,200}>$"
    r"|^(?:iphone|ipad|android)から送信$|^从我的.{2,20}发送$|^나의 .{2,20}에서 보냄$",
    re.IGNORECASE,
)
