"""What callers hear, in each language we speak. A new language is one more entry."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language; `tag` (BCP 47) chooses the voice. Week days begin with Monday and hold their preposition.

    Sentences promise nothing we don't know: when somebody answers comes from the agents online and the opening hours.
    """

    tag: str
    welcome: str
    welcome_to: str
    choose: str
    online: str
    online_soon: str
    online_minutes: str
    position: str
    opens: str
    closed: str
    today: str
    days: tuple[str, str, str, str, str, str, str]
    menu: str
    hidden: str
    record: str
    speak: str
    thanks: str
    nothing_heard: str
    callback: str
    answer_from: str
    answer: str


DEFAULT = "en"
TEXTS: Mapping[str, Texts] = {
    "en": Texts(
        tag="en-GB",
        welcome="Welcome.",
        welcome_to="Welcome to {company}.",
        choose="For English, press {digit}.",
        online="Our team is here and will get back to you as soon as possible.",
        online_soon="Our team is here and will get back to you in about a minute.",
        online_minutes="Our team is here and will get back to you in about {minutes} minutes.",
        position="Waiting before you: {count}.",
        opens="We are closed now. We are back {day} at {time}.",
        closed="Nobody is here at the moment. We will get back to you as soon as we are here again.",
        today="today",
        days=("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday", "on Sunday"),
        menu="To leave a message, press 1. To be called back, press 2.",
        hidden="Your number is hidden. Please say in your message how we can reach you.",
        record="Please speak after the tone. When you are done, press the hash key or hang up.",
        speak="Please speak now. When you are done, wait a moment.",
        thanks="Thank you. We have your message. Goodbye.",
        nothing_heard="We did not hear anything. Please call again. Goodbye.",
        callback="Thank you. We will call you back on the number you are calling from. Goodbye.",
        answer_from="Hello, this is {company} with the answer to your message.",
        answer="Hello, here is the answer to your message.",
    ),
    "nl": Texts(
        tag="nl-NL",
        welcome="Welkom.",
        welcome_to="Welkom bij {company}.",
        choose="Voor Nederlands, toets {digit}.",
        online="Ons team is er en neemt zo snel mogelijk contact met u op.",
        online_soon="Ons team is er en neemt over ongeveer een minuut contact met u op.",
        online_minutes="Ons team is er en neemt over ongeveer {minutes} minuten contact met u op.",
        position="Wachtenden voor u: {count}.",
        opens="We zijn nu gesloten. We zijn {day} om {time} weer bereikbaar.",
        closed="Er is op dit moment niemand. We nemen contact met u op zodra we er weer zijn.",
        today="vandaag",
        days=("op maandag", "op dinsdag", "op woensdag", "op donderdag", "op vrijdag", "op zaterdag", "op zondag"),
        menu="Toets 1 om een bericht achter te laten. Toets 2 om teruggebeld te worden.",
        hidden="Uw nummer is afgeschermd. Zeg in uw bericht hoe we u kunnen bereiken.",
        record="Spreek na de toon. Toets een hekje of hang op als u klaar bent.",
        speak="Spreek nu. Wacht een ogenblik als u klaar bent.",
        thanks="Dank u wel. We hebben uw bericht. Tot ziens.",
        nothing_heard="We hebben niets gehoord. Bel alstublieft opnieuw. Tot ziens.",
        callback="Dank u wel. We bellen u terug op het nummer waarmee u belt. Tot ziens.",
        answer_from="Hallo, dit is {company} met het antwoord op uw bericht.",
        answer="Hallo, hier is het antwoord op uw bericht.",
    ),
    "de": Texts(
        tag="de-DE",
        welcome="Willkommen.",
        welcome_to="Willkommen bei {company}.",
        choose="Für Deutsch drücken Sie die {digit}.",
        online="Unser Team ist da und meldet sich so bald wie möglich bei Ihnen.",
        online_soon="Unser Team ist da und meldet sich in etwa einer Minute bei Ihnen.",
        online_minutes="Unser Team ist da und meldet sich in etwa {minutes} Minuten bei Ihnen.",
        position="Wartende vor Ihnen: {count}.",
        opens="Wir haben gerade geschlossen. Wir sind {day} um {time} Uhr wieder für Sie da.",
        closed="Im Moment ist niemand da. Wir melden uns, sobald wir wieder da sind.",
        today="heute",
        days=("am Montag", "am Dienstag", "am Mittwoch", "am Donnerstag", "am Freitag", "am Samstag", "am Sonntag"),
        menu="Um eine Nachricht zu hinterlassen, drücken Sie die 1. Für einen Rückruf drücken Sie die 2.",
        hidden="Ihre Nummer ist unterdrückt. Bitte sagen Sie in der Nachricht, wie wir Sie erreichen.",
        record="Bitte sprechen Sie nach dem Ton. Zum Schluss drücken Sie die Rautetaste oder legen einfach auf.",
        speak="Bitte sprechen Sie jetzt. Wenn Sie fertig sind, warten Sie einen Moment.",
        thanks="Vielen Dank. Wir haben Ihre Nachricht. Auf Wiederhören.",
        nothing_heard="Wir haben nichts gehört. Bitte rufen Sie noch einmal an. Auf Wiederhören.",
        callback="Vielen Dank. Wir rufen Sie unter der Nummer zurück, von der Sie anrufen. Auf Wiederhören.",
        answer_from="Guten Tag, hier ist {company} mit der Antwort auf Ihre Nachricht.",
        answer="Guten Tag, hier ist die Antwort auf Ihre Nachricht.",
    ),
    "es": Texts(
        tag="es-ES",
        welcome="Bienvenido.",
        welcome_to="Bienvenido a {company}.",
        choose="Para español, pulse {digit}.",
        online="Nuestro equipo está aquí y le responderá lo antes posible.",
        online_soon="Nuestro equipo está aquí y le responderá en aproximadamente un minuto.",
        online_minutes="Nuestro equipo está aquí y le responderá en unos {minutes} minutos.",
        position="Personas que esperan antes que usted: {count}.",
        opens="Ahora estamos cerrados. Volvemos {day} a las {time}.",
        closed="En este momento no hay nadie. Le responderemos en cuanto volvamos.",
        today="hoy",
        days=("el lunes", "el martes", "el miércoles", "el jueves", "el viernes", "el sábado", "el domingo"),
        menu="Para dejar un mensaje, pulse 1. Para que le llamemos, pulse 2.",
        hidden="Su número está oculto. Por favor, diga en el mensaje cómo podemos localizarle.",
        record="Hable después de la señal. Al terminar, pulse la tecla almohadilla o cuelgue.",
        speak="Hable ahora. Al terminar, espere un momento.",
        thanks="Gracias. Tenemos su mensaje. Adiós.",
        nothing_heard="No hemos oído nada. Por favor, llame de nuevo. Adiós.",
        callback="Gracias. Le llamaremos al número desde el que llama. Adiós.",
        answer_from="Hola, le llama {company} con la respuesta a su mensaje.",
        answer="Hola, esta es la respuesta a su mensaje.",
    ),
    "da": Texts(
        tag="da-DK",
        welcome="Velkommen.",
        welcome_to="Velkommen til {company}.",
        choose="For dansk, tast {digit}.",
        online="Vores team er her og vender tilbage til dig så hurtigt som muligt.",
        online_soon="Vores team er her og vender tilbage til dig om cirka et minut.",
        online_minutes="Vores team er her og vender tilbage til dig om cirka {minutes} minutter.",
        position="Ventende før dig: {count}.",
        opens="Vi har lukket nu. Vi er tilbage {day} klokken {time}.",
        closed="Der er ingen her lige nu. Vi vender tilbage til dig, så snart vi er her igen.",
        today="i dag",
        days=("på mandag", "på tirsdag", "på onsdag", "på torsdag", "på fredag", "på lørdag", "på søndag"),
        menu="Tast 1 for at lægge en besked. Tast 2 for at blive ringet op.",
        hidden="Dit nummer er skjult. Sig i beskeden, hvordan vi kan få fat i dig.",
        record="Tal efter tonen. Tast firkant eller læg på, når du er færdig.",
        speak="Tal nu. Vent et øjeblik, når du er færdig.",
        thanks="Tak. Vi har din besked. Farvel.",
        nothing_heard="Vi hørte ikke noget. Ring venligst igen. Farvel.",
        callback="Tak. Vi ringer til dig på det nummer, du ringer fra. Farvel.",
        answer_from="Hej, det er {company} med svar på din besked.",
        answer="Hej, her er svaret på din besked.",
    ),
    "pl": Texts(
        tag="pl-PL",
        welcome="Witamy.",
        welcome_to="Witamy, tu {company}.",
        choose="Aby wybrać język polski, naciśnij {digit}.",
        online="Nasz zespół jest na miejscu i odpowie najszybciej, jak to możliwe.",
        online_soon="Nasz zespół jest na miejscu i odpowie w ciągu około minuty.",
        online_minutes="Nasz zespół jest na miejscu i odpowie w ciągu około {minutes} minut.",
        position="Liczba osób oczekujących przed tobą: {count}.",
        opens="Teraz mamy zamknięte. Wracamy {day} o {time}.",
        closed="W tej chwili nikogo nie ma. Odpowiemy, gdy tylko wrócimy.",
        today="dzisiaj",
        days=("w poniedziałek", "we wtorek", "w środę", "w czwartek", "w piątek", "w sobotę", "w niedzielę"),
        menu="Aby zostawić wiadomość, naciśnij 1. Aby poprosić o oddzwonienie, naciśnij 2.",
        hidden="Twój numer jest ukryty. Powiedz w wiadomości, jak możemy się z tobą skontaktować.",
        record="Mów po sygnale. Na koniec naciśnij krzyżyk albo odłóż słuchawkę.",
        speak="Mów teraz. Na koniec poczekaj chwilę.",
        thanks="Dziękujemy. Mamy twoją wiadomość. Do usłyszenia.",
        nothing_heard="Nic nie usłyszeliśmy. Prosimy zadzwonić ponownie. Do usłyszenia.",
        callback="Dziękujemy. Oddzwonimy na numer, z którego dzwonisz. Do usłyszenia.",
        answer_from="Dzień dobry, tu {company} z odpowiedzią na twoją wiadomość.",
        answer="Dzień dobry, oto odpowiedź na twoją wiadomość.",
    ),
    "fr": Texts(
        tag="fr-FR",
        welcome="Bienvenue.",
        welcome_to="Bienvenue chez {company}.",
        choose="Pour le français, tapez {digit}.",
        online="Notre équipe est là et vous répondra dès que possible.",
        online_soon="Notre équipe est là et vous répondra dans environ une minute.",
        online_minutes="Notre équipe est là et vous répondra dans environ {minutes} minutes.",
        position="Personnes en attente avant vous : {count}.",
        opens="Nous sommes fermés. Nous serons de retour {day} à {time}.",
        closed="Il n'y a personne en ce moment. Nous vous répondrons dès notre retour.",
        today="aujourd'hui",
        days=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        menu="Pour laisser un message, tapez 1. Pour être rappelé, tapez 2.",
        hidden="Votre numéro est masqué. Dites dans votre message comment vous joindre.",
        record="Parlez après le signal. Pour finir, tapez dièse ou raccrochez.",
        speak="Parlez maintenant. Pour finir, attendez un instant.",
        thanks="Merci. Nous avons votre message. Au revoir.",
        nothing_heard="Nous n'avons rien entendu. Veuillez rappeler. Au revoir.",
        callback="Merci. Nous vous rappellerons au numéro dont vous appelez. Au revoir.",
        answer_from="Bonjour, ici {company} avec la réponse à votre message.",
        answer="Bonjour, voici la réponse à votre message.",
    ),
}


def texts_for(languages: tuple[str, ...]) -> Texts:
    """The sentences of the first language, English where there is none."""
    return TEXTS[languages[0]] if languages else TEXTS[DEFAULT]
