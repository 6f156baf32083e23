"""What customers hear, in each language we speak. A new language is one more entry."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language. Week days begin with Monday and hold their preposition.

    Sentences promise nothing we don't know: when somebody answers comes from the agents online and the opening hours.
    """

    welcome: str
    online: str
    online_soon: str
    online_minutes: str
    opens: str
    closed: str
    today: str
    days: tuple[str, str, str, str, str, str, str]
    menu: str
    ask_message: str
    ask_number: str
    thanks: str
    callback: str
    notice: str
    not_understood: str
    link: str
    goodbye: str


TEXTS: Mapping[str, Texts] = {
    "en": Texts(
        welcome="Welcome to {company}.",
        online="Our team is here and will get back to you as soon as possible.",
        online_soon="Our team is here and will get back to you in about a minute.",
        online_minutes="Our team is here and will get back to you in about {minutes} minutes.",
        opens="We are closed now. We are back {day} at {time}.",
        closed="Nobody is here at the moment. We will get back to you as soon as we are here again.",
        today="today",
        days=("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday", "on Sunday"),
        menu="To leave a message, say: leave a message. To be called back, say: call me back.",
        ask_message="What is your message?",
        ask_number="On which number can we call you?",
        thanks="Thank you. We have your message.",
        callback="Thank you. We will call you back on the number you said.",
        notice="If you allow notifications, Alexa tells you that there is an answer.",
        not_understood="I did not understand that.",
        link="Please link your account in the Alexa app first. Nothing has been passed on yet.",
        goodbye="Goodbye.",
    ),
    "nl": Texts(
        welcome="Welkom bij {company}.",
        online="Ons team is er en neemt zo snel mogelijk contact met u op.",
        online_soon="Ons team is er en neemt over ongeveer een minuut contact met u op.",
        online_minutes="Ons team is er en neemt over ongeveer {minutes} minuten contact met u op.",
        opens="We zijn nu gesloten. We zijn {day} om {time} weer bereikbaar.",
        closed="Er is op dit moment niemand. We nemen contact met u op zodra we er weer zijn.",
        today="vandaag",
        days=("op maandag", "op dinsdag", "op woensdag", "op donderdag", "op vrijdag", "op zaterdag", "op zondag"),
        menu="Om een bericht achter te laten, zeg: bericht achterlaten. Om teruggebeld te worden, zeg: bel me terug.",
        ask_message="Wat is uw bericht?",
        ask_number="Op welk nummer kunnen we u bellen?",
        thanks="Dank u wel. We hebben uw bericht.",
        callback="Dank u wel. We bellen u terug op het nummer dat u hebt genoemd.",
        notice="Als u meldingen toestaat, laat Alexa u weten dat er een antwoord is.",
        not_understood="Dat heb ik niet begrepen.",
        link="Koppel eerst uw account in de Alexa-app. Er is nog niets doorgegeven.",
        goodbye="Tot ziens.",
    ),
    "de": Texts(
        welcome="Willkommen bei {company}.",
        online="Unser Team ist da und meldet sich so bald wie möglich bei Ihnen.",
        online_soon="Unser Team ist da und meldet sich in etwa einer Minute bei Ihnen.",
        online_minutes="Unser Team ist da und meldet sich in etwa {minutes} Minuten bei Ihnen.",
        opens="Wir haben gerade geschlossen. Wir sind {day} um {time} Uhr wieder für Sie da.",
        closed="Im Moment ist niemand da. Wir melden uns, sobald wir wieder da sind.",
        today="heute",
        days=("am Montag", "am Dienstag", "am Mittwoch", "am Donnerstag", "am Freitag", "am Samstag", "am Sonntag"),
        menu="Für eine Nachricht sagen Sie: Nachricht hinterlassen. Für einen Rückruf sagen Sie: Ruf mich zurück.",
        ask_message="Wie lautet Ihre Nachricht?",
        ask_number="Unter welcher Nummer können wir Sie anrufen?",
        thanks="Vielen Dank. Wir haben Ihre Nachricht.",
        callback="Vielen Dank. Wir rufen Sie unter der genannten Nummer zurück.",
        notice="Wenn Sie Benachrichtigungen erlauben, sagt Ihnen Alexa, dass eine Antwort da ist.",
        not_understood="Das habe ich nicht verstanden.",
        link="Bitte verknüpfen Sie zuerst Ihr Konto in der Alexa-App. Es wurde noch nichts weitergegeben.",
        goodbye="Auf Wiederhören.",
    ),
    "es": Texts(
        welcome="Bienvenido a {company}.",
        online="Nuestro equipo está aquí y le responderá lo antes posible.",
        online_soon="Nuestro equipo está aquí y le responderá en aproximadamente un minuto.",
        online_minutes="Nuestro equipo está aquí y le responderá en unos {minutes} minutos.",
        opens="Ahora estamos cerrados. Volvemos {day} a las {time}.",
        closed="En este momento no hay nadie. Le responderemos en cuanto volvamos.",
        today="hoy",
        days=("el lunes", "el martes", "el miércoles", "el jueves", "el viernes", "el sábado", "el domingo"),
        menu="Para dejar un mensaje, diga: dejar un mensaje. Para que le llamemos, diga: llámame.",
        ask_message="¿Cuál es su mensaje?",
        ask_number="¿A qué número podemos llamarle?",
        thanks="Gracias. Tenemos su mensaje.",
        callback="Gracias. Le llamaremos al número que ha dicho.",
        notice="Si permite las notificaciones, Alexa le avisará de que hay una respuesta.",
        not_understood="No lo he entendido.",
        link="Primero vincule su cuenta en la aplicación Alexa. Todavía no se ha transmitido nada.",
        goodbye="Adiós.",
    ),
    "da": Texts(
        welcome="Velkommen til {company}.",
        online="Vores team er her og vender tilbage til dig så hurtigt som muligt.",
        online_soon="Vores team er her og vender tilbage til dig om cirka et minut.",
        online_minutes="Vores team er her og vender tilbage til dig om cirka {minutes} minutter.",
        opens="Vi har lukket nu. Vi er tilbage {day} klokken {time}.",
        closed="Der er ingen her lige nu. Vi vender tilbage til dig, så snart vi er her igen.",
        today="i dag",
        days=("på mandag", "på tirsdag", "på onsdag", "på torsdag", "på fredag", "på lørdag", "på søndag"),
        menu="For at lægge en besked, sig: læg en besked. For at blive ringet op, sig: ring til mig.",
        ask_message="Hvad er din besked?",
        ask_number="Hvilket nummer kan vi ringe til dig på?",
        thanks="Tak. Vi har din besked.",
        callback="Tak. Vi ringer til dig på det nummer, du har sagt.",
        notice="Hvis du tillader meddelelser, siger Alexa til, når der er et svar.",
        not_understood="Det forstod jeg ikke.",
        link="Forbind først din konto i Alexa-appen. Der er ikke sendt noget videre endnu.",
        goodbye="Farvel.",
    ),
    "pl": Texts(
        welcome="Witamy, tu {company}.",
        online="Nasz zespół jest na miejscu i odpowie najszybciej, jak to możliwe.",
        online_soon="Nasz zespół jest na miejscu i odpowie w ciągu około minuty.",
        online_minutes="Nasz zespół jest na miejscu i odpowie w ciągu około {minutes} minut.",
        opens="Teraz mamy zamknięte. Wracamy {day} o {time}.",
        closed="W tej chwili nikogo nie ma. Odpowiemy, gdy tylko wrócimy.",
        today="dzisiaj",
        days=("w poniedziałek", "we wtorek", "w środę", "w czwartek", "w piątek", "w sobotę", "w niedzielę"),
        menu="Aby zostawić wiadomość, powiedz: zostaw wiadomość. Aby poprosić o telefon, powiedz: oddzwońcie.",
        ask_message="Jaka jest twoja wiadomość?",
        ask_number="Na jaki numer możemy zadzwonić?",
        thanks="Dziękujemy. Mamy twoją wiadomość.",
        callback="Dziękujemy. Oddzwonimy na podany numer.",
        notice="Jeśli zezwolisz na powiadomienia, Alexa powie, że jest odpowiedź.",
        not_understood="Nie udało mi się tego zrozumieć.",
        link="Najpierw połącz swoje konto w aplikacji Alexa. Nic jeszcze nie zostało przekazane.",
        goodbye="Do usłyszenia.",
    ),
    "fr": Texts(
        welcome="Bienvenue chez {company}.",
        online="Notre équipe est là et vous répondra dès que possible.",
        online_soon="Notre équipe est là et vous répondra dans environ une minute.",
        online_minutes="Notre équipe est là et vous répondra dans environ {minutes} minutes.",
        opens="Nous sommes fermés. Nous serons de retour {day} à {time}.",
        closed="Il n'y a personne en ce moment. Nous vous répondrons dès notre retour.",
        today="aujourd'hui",
        days=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        menu="Pour laisser un message, dites : laisser un message. Pour être rappelé, dites : rappelez-moi.",
        ask_message="Quel est votre message ?",
        ask_number="À quel numéro pouvons-nous vous appeler ?",
        thanks="Merci. Nous avons votre message.",
        callback="Merci. Nous vous rappellerons au numéro que vous avez indiqué.",
        notice="Si vous autorisez les notifications, Alexa vous dira qu'il y a une réponse.",
        not_understood="Je n'ai pas compris.",
        link="Associez d'abord votre compte dans l'application Alexa. Rien n'a encore été transmis.",
        goodbye="Au revoir.",
    ),
}
