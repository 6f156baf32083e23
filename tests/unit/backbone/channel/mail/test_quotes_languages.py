"""Quoted history and device lines in the languages that mail programs speak: each as a program writes it."""

from time import process_time

import pytest

from backbone.channel.mail.quotes import reply_of

SAID = "Danke, alles gut.\n\nAna"

WROTE = {
    "en": [
        "On Fri, Nov 20, 2026 at 9:00 AM Support <s@desk.example.test> wrote:",
        "On 20 Nov 2026, at 09:00, Support <s@desk.example.test> wrote:",
        "On 20/11/2026 09:00, Support wrote:",
    ],
    "da": [
        "Den fre. 20. nov. 2026 kl. 09.00 skrev Support <s@desk.example.test>:",
        "Den 20. nov. 2026 kl. 09.00 skrev Support <s@desk.example.test>:",
        "Den 20-11-2026 kl. 09:00 skrev Support:",
    ],
    "de": [
        "Am Fr., 20. Nov. 2026 um 09:00 Uhr schrieb Support <s@desk.example.test>:",
        "Am 20.11.2026 um 09:00 schrieb Support <s@desk.example.test>:",
        "Am 20.11.26 um 09:00 schrieb Support:",
    ],
    "es": [
        "El vie, 20 nov 2026 a las 9:00, Support (<s@desk.example.test>) escribió:",
        "El 20 nov 2026, a las 9:00, Support <s@desk.example.test> escribió:",
        "El 20/11/2026 a las 9:00, Support escribió:",
    ],
    "fr": [
        "Le ven. 20 nov. 2026 à 09:00, Support <s@desk.example.test> a écrit :",
        "Le 20 nov. 2026 à 09:00, Support <s@desk.example.test> a écrit :",
        "Le 20/11/2026 à 09:00, Support a écrit :",
    ],
    "it": [
        "Il giorno ven 20 nov 2026 alle ore 09:00 Support <s@desk.example.test> ha scritto:",
        "Il giorno 20 nov 2026, alle ore 09:00, Support <s@desk.example.test> ha scritto:",
        "Il 20/11/2026 09:00, Support ha scritto:",
    ],
    "nl": [
        "Op vr 20 nov 2026 om 09:00 schreef Support <s@desk.example.test>:",
        "Op 20 nov. 2026 om 09:00 heeft Support <s@desk.example.test> het volgende geschreven:",
        "Op 20-11-2026 om 09:00 schreef Support:",
    ],
    "pl": [
        "pt., 20 lis 2026 o 09:00 Support <s@desk.example.test> napisał(a):",
        "Wiadomość napisana przez Support <s@desk.example.test> w dniu 20 lis 2026, o godz. 09:00:",
        "W dniu 20.11.2026 o 09:00, Support pisze:",
    ],
    "pt": [
        "Em sex., 20 de nov. de 2026 às 09:00, Support <s@desk.example.test> escreveu:",
        "Support <s@desk.example.test> escreveu (sexta, 20/11/2026 à(s) 09:00):",
        "No dia 20 de nov. de 2026, às 09:00, Support <s@desk.example.test> escreveu:",
        "Em 20/11/2026 09:00, Support escreveu:",
    ],
    "ru": [
        "пт, 20 нояб. 2026 г. в 09:00, Support <s@desk.example.test>:",
        "20 нояб. 2026 г., в 09:00, Support <s@desk.example.test> написал(а):",
        "20.11.2026 9:00, Support пишет:",
        "Пятница, 20 ноября 2026, 9:00 +03:00 от Support <s@desk.example.test>:",
    ],
    "sv": [
        "Den fre 20 nov. 2026 kl 09:00 skrev Support <s@desk.example.test>:",
        "20 nov. 2026 kl. 09:00 skrev Support <s@desk.example.test>:",
        "Den 2026-11-20 kl. 09:00, skrev Support:",
    ],
    "uk": [
        "пт, 20 лист. 2026 р. о 09:00 Support <s@desk.example.test> пише:",
        "20 лист. 2026 р. о 09:00 Support <s@desk.example.test> написав(-ла):",
        "20.11.2026 09:00, Support пише:",
    ],
    "cs": [
        "pá 20. 11. 2026 v 9:00 odesílatel Support <s@desk.example.test> napsal:",
        "20. 11. 2026 v 9:00, Support <s@desk.example.test>:",
        "Dne 20. 11. 26 v 9:00 Support napsal(a):",
    ],
    "sk": [
        "pi 20. 11. 2026 o 9:00 Support <s@desk.example.test> napísal(a):",
        "Dňa 20. 11. 2026 o 9:00 Support napísal(a):",
    ],
    "no": ["fre. 20. nov. 2026 kl. 09:00 skrev Support <s@desk.example.test>:", "Den 20.11.2026 09:00, skrev Support:"],
    "fi": [
        "pe 20. marrask. 2026 klo 9.00 Support (s@desk.example.test) kirjoitti:",
        "Support <s@desk.example.test> kirjoitti 20.11.2026 kello 9.00:",
        "20.11.2026 9.00, Support kirjoitti:",
    ],
    "tr": [
        "Support <s@desk.example.test>, 20 Kas 2026 Cum, 09:00 tarihinde şunu yazdı:",
        "20 Kas 2026 tarihinde 09:00 saatinde Support <s@desk.example.test> şunları yazdı:",
    ],
    "hu": [
        "Support <s@desk.example.test> ezt írta (időpont: 2026. nov. 20., P, 9:00):",
        "2026.11.20. 9:00 keltezéssel, Support írta:",
    ],
    "ro": [
        "În vin., 20 nov. 2026 la 09:00, Support <s@desk.example.test> a scris:",
        "Pe 20.11.2026 09:00, Support a scris:",
    ],
    "el": ["Στις Παρ, 20 Νοε 2026 στις 9:00 π.μ., ο χρήστης Support <s@desk.example.test> έγραψε:"],
    "bg": ["На пт, 20.11.2026 г. в 9:00 Support <s@desk.example.test> написа:"],
    "hr": ["pet, 20. stu 2026. u 09:00 Support <s@desk.example.test> napisao je:"],
    "ja": [
        "2026年11月20日(金) 9:00 Support <s@desk.example.test>:",
        "2026/11/20 9:00、Support <s@desk.example.test>のメール:",
    ],
    "zh": [
        "Support <s@desk.example.test> 于2026年11月20日周五 09:00写道：",
        "在 2026年11月20日，09:00，Support <s@desk.example.test> 写道：",
    ],
    "ko": ["2026년 11월 20일 (금) 오전 9:00, Support <s@desk.example.test>님이 작성:"],
}

COPIED_HEADERS = {
    "en": ["From", "Sent", "To", "Subject"],
    "da": ["Fra", "Sendt", "Til", "Emne"],
    "de": ["Von", "Gesendet", "An", "Betreff"],
    "es": ["De", "Enviado", "Para", "Asunto"],
    "fr": ["De", "Envoyé", "À", "Objet"],
    "it": ["Da", "Inviato", "A", "Oggetto"],
    "nl": ["Van", "Verzonden", "Aan", "Onderwerp"],
    "pl": ["Od", "Wysłano", "Do", "Temat"],
    "pt": ["De", "Enviado", "Para", "Assunto"],
    "pt again": ["De", "Enviada em", "Para", "Assunto"],
    "ru": ["От", "Отправлено", "Кому", "Тема"],
    "sv": ["Från", "Skickat", "Till", "Ämne"],
    "uk": ["Від", "Надіслано", "Кому", "Тема"],
    "cs": ["Od", "Odesláno", "Komu", "Předmět"],
    "sk": ["Od", "Odoslané", "Komu", "Predmet"],
    "no": ["Fra", "Sendt", "Til", "Emne"],
    "fi": ["Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"],
    "tr": ["Kimden", "Gönderildi", "Kime", "Konu"],
    "hu": ["Feladó", "Elküldve", "Címzett", "Tárgy"],
    "ro": ["De la", "Trimis", "Către", "Subiect"],
    "el": ["Από", "Στάλθηκε", "Προς", "Θέμα"],
    "en again": ["From", "Date", "To", "Subject"],
    "ja": ["差出人", "送信日時", "宛先", "件名"],
    "zh": ["发件人", "发送时间", "收件人", "主题"],
    "ko": ["보낸 사람", "보낸 날짜", "받는 사람", "제목"],
    "ru again": ["From", "Дата", "Кому", "Тема"],
    "de again": ["Von", "Datum", "An", "Betreff"],
}

SEPARATORS = {
    "en": ["-----Original Message-----", "---------- Forwarded message ---------", "Begin forwarded message:"],
    "da": ["-----Oprindelig meddelelse-----", "---------- Forwarded message ---------"],
    "de": [
        "-----Ursprüngliche Nachricht-----",
        "---------- Weitergeleitete Nachricht ---------",
        "Anfang der weitergeleiteten Nachricht:",
    ],
    "es": ["-----Mensaje original-----", "---------- Mensaje reenviado ---------"],
    "fr": [
        "-----Message d'origine-----",
        "---------- Message transféré ----------",
        "-------- Message original --------",
    ],
    "it": ["-----Messaggio originale-----", "---------- Messaggio inoltrato ---------"],
    "nl": ["-----Oorspronkelijk bericht-----", "---------- Doorgestuurd bericht ---------"],
    "pl": ["-----Oryginalna wiadomość-----", "---------- Przekazana wiadomość ---------"],
    "pt": ["-----Mensagem original-----", "---------- Mensagem encaminhada ---------"],
    "ru": [
        "-----Исходное сообщение-----",
        "---------- Пересылаемое сообщение ---------",
        "-------- Пересланное сообщение --------",
    ],
    "sv": ["-----Ursprungligt meddelande-----", "---------- Vidarebefordrat meddelande ---------"],
    "uk": ["-----Оригінальне повідомлення-----", "---------- Переслане повідомлення ---------"],
    "cs": ["-----Původní zpráva-----", "---------- Přeposlaná zpráva ---------"],
    "no": ["-----Opprinnelig melding-----", "---------- Videresendt melding ---------"],
    "fi": ["-----Alkuperäinen viesti-----", "---------- Välitetty viesti ---------"],
    "tr": ["-----Orijinal Mesaj-----", "-----Özgün İleti-----", "---------- İletilen ileti ---------"],
    "hu": ["-----Eredeti üzenet-----"],
    "ro": ["-----Mesaj original-----"],
}

DEVICES = {
    "en": [
        "Sent from my iPhone",
        "Get Outlook for iOS",
        "Sent from Yahoo Mail on Android",
        "Sent from TypeApp<http://www.example.test/r?b=1>",
        "Sent via Example Mail",
    ],
    "da": ["Sendt fra min iPhone", "Sendt fra Outlook til iOS", "Hent Outlook til Android"],
    "de": [
        "Von meinem iPhone gesendet",
        "Gesendet von meinem Samsung Galaxy Smartphone.",
        "Von Outlook für iOS gesendet",
        "Holen Sie sich Outlook für Android",
        "Diese Nachricht wurde von meinem Android-Gerät mit Example Mail gesendet.",
    ],
    "es": ["Enviado desde mi iPhone", "Obtener Outlook para iOS", "Enviado desde Outlook para Android"],
    "fr": [
        "Envoyé de mon iPhone",
        "Envoyé depuis mon appareil mobile Samsung",
        "Télécharger Outlook pour Android",
        "Envoyé à partir de Outlook pour iOS<https://aka.ms/o0ukef>",
        "Obtenir Outlook pour iOS",
    ],
    "it": [
        "Inviato da iPhone",
        "Inviato dal mio dispositivo Android",
        "Scarica Outlook per Android",
        "Ottieni Outlook per iOS",
    ],
    "nl": [
        "Verstuurd vanaf mijn iPhone",
        "Verzonden vanaf mijn Galaxy",
        "Outlook voor Android downloaden",
        "Outlook voor iOS ophalen",
    ],
    "pl": ["Wysłane z iPhone’a", "Wysłano z mojego telefonu Galaxy", "Pobierz aplikację Outlook dla systemu iOS"],
    "pt": ["Enviado do meu iPhone", "Obter o Outlook para iOS", "Enviado através do meu Galaxy"],
    "ru": [
        "Отправлено с iPhone",
        "Отправлено с моего Galaxy",
        "Отправлено из Outlook для Android",
        "Отправлено из мобильной Почты",
    ],
    "sv": ["Skickat från min iPhone", "Hämta Outlook för iOS", "Skickades från min Samsung"],
    "uk": ["Надіслано з iPhone", "Надіслано з мого Galaxy", "Відправлено з iPhone", "Отримати Outlook для iOS"],
    "cs": ["Odesláno z iPhonu", "Získat Outlook pro Android"],
    "no": ["Sendt fra min iPhone", "Skaff deg Outlook for iOS"],
    "fi": ["Lähetetty iPhonesta", "Hanki Outlook for iOS"],
    "tr": [
        "iPhone’umdan gönderildi",
        "iPhone'umdan gönderildi",
        "Samsung cihazımdan gönderildi",
        "Outlook for Android edinin",
    ],
    "hu": ["iPhone-omról küldve"],
}


def cases(table: dict[str, list[str]]) -> list[object]:
    return [
        pytest.param(line, id=f"{language}-{number}")
        for language, lines in table.items()
        for number, line in enumerate(lines)
    ]


@pytest.mark.parametrize("line", cases(WROTE))
@pytest.mark.parametrize("under", ["\n> It left.\n", "\n\nIt left yesterday.\n"], ids=["quoted", "unmarked"])
def test_history_behind_a_line_that_says_who_wrote_is_cut(line: str, under: str) -> None:
    assert reply_of(f"{SAID}\n\n{line}{under}") == SAID


@pytest.mark.parametrize("names", COPIED_HEADERS.values(), ids=COPIED_HEADERS.keys())
@pytest.mark.parametrize("mark", ["", "*"], ids=["plain", "bold"])
def test_history_behind_a_copied_header_is_cut(names: list[str], mark: str) -> None:
    values = ("Support <s@desk.example.test>", "20.11.2026 09:00", "ana@customer.example.test", "Re: x")
    header = "\n".join(f"{mark}{name}:{mark} {value}" for name, value in zip(names, values, strict=True))
    assert reply_of(f"{SAID}\n\n{header}\n\nIt left.\n") == SAID


@pytest.mark.parametrize("line", cases(SEPARATORS))
def test_history_behind_a_ruled_line_is_cut(line: str) -> None:
    assert reply_of(f"{SAID}\n\n{line}\nIt left.\n") == SAID


@pytest.mark.parametrize("line", cases(DEVICES))
def test_a_line_that_names_the_device_is_cut(line: str) -> None:
    assert reply_of(f"{SAID}\n\n{line}\n") == SAID


def test_the_languages_that_were_promised_are_all_there() -> None:
    promised = {"da", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "sv", "uk", "cs", "no", "fi", "tr"}
    for table in (WROTE, COPIED_HEADERS, SEPARATORS, DEVICES):
        assert promised <= table.keys()


@pytest.mark.parametrize(
    "text",
    [
        "I ordered on 20.11.2026 and the shop wrote nothing.\nWhere is it:",
        "Your colleague wrote at 9:00:\nit comes tomorrow",
        "Am Montag schrieb ich:\nbitte liefern",
        "Le colis est parti le 20/11/2026 et vous m'avez écrit :\nrien",
        "Den 20.11.2026 kl. 09.00:\nringte jeg",
        "Van: Berlin\nAan: Parijs\nDatum: 3 mei",
        "Sent from the warehouse on Monday, they said.",
        "Sent via DHL",
        "Passwort gesendet",
        "It broke.\n\n—————\nWhat can I do about it?",
        "20.11.2026 09:00 пришло",
        "20.11.2026 09:00:\nпришло",
    ],
)
def test_a_customers_own_words_stay_in_any_language(text: str) -> None:
    assert reply_of(text) == text


def test_a_card_of_a_person_under_dashes_is_a_signature() -> None:
    card = "—————\nSarah Johnson\nProduct Manager\nsarah@customer.example.test\n+1 555 0123"
    assert reply_of(f"Thanks!\n\n{card}") == "Thanks!"


def test_the_rule_above_a_copied_header_goes_with_it() -> None:
    header = "*From:* Support\n*Sent:* Friday\n*To:* Ana\n*Subject:* Parcel"
    assert reply_of(f"Thanks!\n\n ------------------------------\n\n{header}\n\nIt left.") == "Thanks!"


@pytest.mark.parametrize("piece", ["a@", "9:00 ", "wrote ", "20.11.2026 ", "<a@b> ", "На 1.1.26 ", "(@ 1:11"])
def test_lines_made_to_take_long_do_not(piece: str) -> None:
    line = (piece * 200)[:210] + ":"
    text = "\n".join([line] * 500)
    started = process_time()
    assert reply_of(text)
    assert process_time() - started < 2.0
