"""Messages as customers write them, none of which the word lists were made from."""

import time

import pytest

from backbone.language import WordDetector

SAID = {
    "en": ["Where is my parcel?", "hi, can you help me with a refund", "I still haven't received it", "This doesn't work at all, what should I do?", "Could someone call me back please", "The app crashes when I open it"],
    "de": ["Wo ist mein Paket?", "Guten Tag, ich möchte meine Bestellung stornieren", "Das funktioniert leider nicht", "Können Sie mir bitte weiterhelfen", "Ich warte schon seit zwei Wochen auf die Lieferung", "wann kommt denn endlich die ware"],
    "fr": ["Où est mon colis ?", "Bonjour, je voudrais annuler ma commande", "Ça ne marche pas du tout", "Pouvez-vous m'aider s'il vous plaît", "J'attends depuis deux semaines la livraison", "Je n'ai toujours rien reçu"],
    "es": ["¿Dónde está mi paquete?", "Hola, quiero cancelar mi pedido", "Esto no funciona para nada", "Me pueden ayudar por favor", "Llevo dos semanas esperando el envío", "todavia no me ha llegado nada"],
    "it": ["Dov'è il mio pacco?", "Buongiorno, vorrei annullare il mio ordine", "Questo non funziona per niente", "Potete aiutarmi per favore", "Aspetto da due settimane la consegna", "Non ho ancora ricevuto nulla"],
    "nl": ["Waar is mijn pakket?", "Goedemiddag, ik wil graag mijn bestelling annuleren", "Dit werkt helemaal niet", "Kunnen jullie me helpen alsjeblieft", "Ik wacht al twee weken op de levering", "Ik heb nog steeds niets ontvangen"],
    "pl": ["Gdzie jest moja paczka?", "Dzień dobry, chciałbym anulować zamówienie", "To w ogóle nie działa", "Czy możecie mi pomóc", "Czekam już dwa tygodnie na dostawę", "Nadal nic nie dostałem"],
    "pt": ["Onde está a minha encomenda?", "Olá, quero cancelar o meu pedido", "Isto não funciona de todo", "Podem ajudar-me por favor", "Estou à espera da entrega há duas semanas", "Ainda não recebi nada"],
    "sv": ["Var är mitt paket?", "Hej, jag vill avbeställa min beställning", "Det här fungerar inte alls", "Kan ni hjälpa mig tack", "Jag har väntat på leveransen i två veckor", "Jag har fortfarande inte fått något"],
    "da": ["Hvor bliver min pakke af?", "Hej, jeg vil gerne annullere min ordre", "Det virker slet ikke, hvad gør jeg?", "Kan I hjælpe mig, tak", "Jeg har ventet på leveringen i to uger nu", "Jeg har stadig ikke modtaget noget"],
    "fi": ["Missä pakettini on?", "Hei, haluaisin perua tilaukseni", "Tämä ei toimi ollenkaan", "Voitteko auttaa minua", "Olen odottanut toimitusta jo kaksi viikkoa", "En ole vielä saanut mitään"],
    "cs": ["Kde je můj balík?", "Dobrý den, chtěl bych zrušit objednávku", "Vůbec to nefunguje, co mám dělat", "Můžete mi prosím pomoci", "Čekám na dodání už dva týdny", "Ještě jsem nic nedostal"],
    "tr": ["Kargom nerede?", "Merhaba, siparişimi iptal etmek istiyorum", "Bu hiç çalışmıyor", "Bana yardım edebilir misiniz lütfen", "İki haftadır teslimat bekliyorum", "Henüz hiçbir şey almadım"],
    "hu": ["Hol van a csomagom?", "Jó napot, szeretném lemondani a rendelésemet", "Ez egyáltalán nem működik", "Tudna segíteni kérem", "Már két hete várok a szállításra", "Még nem kaptam meg"],
    "ro": ["Unde este coletul meu?", "Bună ziua, vreau să anulez comanda", "Nu funcționează deloc", "Mă puteți ajuta vă rog", "Aștept livrarea de două săptămâni", "Încă nu am primit nimic"],
    "ru": ["Где моя посылка?", "Здравствуйте, я хочу отменить заказ", "Это вообще не работает", "Можете мне помочь пожалуйста", "Жду доставку уже две недели", "Я до сих пор ничего не получил"],
    "uk": ["Де моя посилка?", "Вітаю, я хочу скасувати замовлення", "Це взагалі не працює", "Можете мені допомогти будь ласка", "Чекаю на доставку вже два тижні", "Я досі нічого не отримав"],
    "bg": ["Къде е моята пратка?", "Здравейте, искам да откажа поръчката си", "Това изобщо не работи", "Можете ли да ми помогнете", "Чакам доставката вече две седмици", "Още нищо не съм получил"],
    "ja": ["荷物はどこですか", "注文をキャンセルしたいです"],
    "zh": ["我的包裹在哪里", "我想取消订单"],
    "ko": ["내 소포가 어디에 있나요", "주문을 취소하고 싶어요"],
    "ar": ["أين طردي؟", "أريد إلغاء طلبي من فضلك"],
    "fa": ["بسته من کجاست؟ لطفا پیگیری کنید"],
    "el": ["Πού είναι το δέμα μου;"],
    "he": ["איפה החבילה שלי?"],
    "th": ["พัสดุของฉันอยู่ที่ไหน"],
    "hi": ["मेरा पार्सल कहाँ है?"],
}  # fmt: skip
DETECTOR = WordDetector()


def test_nine_of_ten_messages_are_told_and_hardly_one_is_told_wrongly() -> None:
    found = [(language, DETECTOR.detect(text), text) for language, texts in SAID.items() for text in texts]
    right = sum(language == told for language, told, _ in found)
    wrong = [item for item in found if item[1] not in {item[0], None}]
    assert len(found) > 110
    assert right / len(found) >= 0.9, [item for item in found if item[1] != item[0]]
    assert len(wrong) / len(found) <= 0.03, wrong


@pytest.mark.parametrize("language", ["da", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "sv", "uk"])
def test_none_of_the_chief_languages_is_left_behind(language: str) -> None:
    told = [DETECTOR.detect(text) for text in SAID[language]]
    assert told.count(language) >= len(told) - 1, list(zip(SAID[language], told, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "12345",
        "ok",
        "👍👍",
        "A-4711/B",
        "https://shop.example/where/is/my/parcel",
        "ann@the.example",
        "\0\ud800",
        "Anna Müller",
    ],
)
def test_what_nobody_could_tell_is_not_told(text: str) -> None:
    assert DETECTOR.detect(text) is None


def test_a_quoted_link_or_address_does_not_decide() -> None:
    assert DETECTOR.detect("https://shop.example/the/order/is/not/what/you/want wo ist mein paket bitte") == "de"


@pytest.mark.parametrize("text", ["a" * 1_000_000, "@" * 1_000_000, "é " * 500_000, "://" * 300_000, "日" * 1_000_000])
def test_a_hostile_text_costs_no_more_than_a_long_one(text: str) -> None:
    began = time.process_time()
    DETECTOR.detect(text)
    assert time.process_time() - began < 0.05
