"""Short public texts in six languages with how friendly they are, written by hand for this test: `p`ositive, `n`egative, neutral `0`.

They were written before the lexicons were tried on them, but by the same team: a figure on them is not one on the world's posts.
"""

OPINIONS = """
en|p|Fast delivery and great service, thank you!
en|p|Love these shoes, they fit perfectly.
en|p|Best shop I have ever ordered from
en|p|Very friendly staff who solved my problem in minutes
en|p|Would recommend to anyone
en|p|Not bad at all, I am impressed
en|p|Everything went smoothly from order to door
en|p|The new app works wonderfully
en|p|Super quick reply, really helpful
en|p|No problems whatsoever, will buy again
en|p|Five stars, keep it up 👍
en|p|My kids are so happy with the toys
en|p|Well packed and on time
en|p|A pleasure to deal with
en|p|They kept their promise, fair price
en|n|Terrible, never again
en|n|My parcel is late for the third time
en|n|The zipper broke after two days
en|n|Customer service ignores every message
en|n|Does not work and nobody answers
en|n|Absolute scam, they stole my money
en|n|Not happy with the quality
en|n|Still waiting for my refund after six weeks
en|n|What a waste of money
en|n|Rude man on the phone
en|n|The box arrived damaged and two items were missing
en|n|Worst experience ever 😡
en|n|I was promised Tuesday, it is Friday now
en|n|Prices doubled overnight, ridiculous
en|n|Cannot log in since the update
en|0|Do you ship to Norway?
en|0|The shop in Main Street opens at nine
en|0|Which size should I take if I wear 42?
en|0|Ordered yesterday
en|0|Is this available in blue
en|0|They moved to a new building in May
nl|p|Snelle levering en hele goede service
nl|p|Ik ben erg blij met mijn bestelling
nl|p|Top winkel, aanrader!
nl|p|Vriendelijk geholpen door de medewerker
nl|p|Prachtige kwaliteit voor een mooie prijs
nl|p|Niets op aan te merken, alles perfect
nl|p|Bedankt voor de snelle oplossing
nl|p|Helemaal tevreden, ga zo door
nl|p|De app werkt fijn
nl|p|Netjes verpakt en op tijd bezorgd
nl|p|Niet duur en toch goed
nl|p|Geweldige ervaring met dit team ❤
nl|n|Slechte service, nooit meer
nl|n|Mijn pakket is kwijt en niemand weet iets
nl|n|Al drie weken geen antwoord
nl|n|De rits was na twee dagen kapot
nl|n|Ik ben niet tevreden over de kwaliteit
nl|n|Verkeerde maat gestuurd en geen excuses
nl|n|Oplichters, geld weg
nl|n|De klantenservice is onbeschoft
nl|n|Het werkt niet
nl|n|Veel te duur voor wat je krijgt
nl|n|Weer te laat bezorgd 😠
nl|n|Waardeloos product, zonde van het geld
nl|0|Hoe laat gaat de winkel open?
nl|0|Is dit ook in het groen verkrijgbaar?
nl|0|Gisteren besteld
nl|0|Welke maat moet ik nemen
nl|0|Verzenden jullie ook naar Duitsland?
nl|0|De winkel zit tegenwoordig op het plein
da|p|Hurtig levering og god service
da|p|Jeg er meget glad for mine nye sko
da|p|Fantastisk butik, kan varmt anbefales
da|p|Venlig og hjælpsom medarbejder
da|p|Alt var perfekt, tusind tak
da|p|Flot kvalitet til prisen
da|p|Det virker, og det var nemt
da|p|Jeg elsker jeres nye app 😍
da|p|Super tilfreds med købet
da|p|Ingen problemer, alt kom til tiden
da|p|Dejlig oplevelse hele vejen
da|p|Bedste køb i år
da|n|Elendig service, aldrig igen
da|n|Min pakke er forsinket for tredje gang
da|n|Lynlåsen gik i stykker efter to dage
da|n|Ingen svarer på mine beskeder
da|n|Det virker ikke
da|n|Jeg er ikke tilfreds med kvaliteten
da|n|Svindel, de tog mine penge
da|n|Uforskammet kundeservice
da|n|Varen var beskadiget ved ankomst
da|n|Jeg venter stadig på mine penge efter seks uger
da|n|Den værste butik jeg har handlet i
da|n|Alt for dyrt 👎
da|0|Sender I til Sverige?
da|0|Hvornår åbner butikken?
da|0|Findes den i blå?
da|0|Jeg bestilte i går
da|0|Hvilken størrelse skal jeg tage
da|0|Butikken ligger ved stationen
pl|p|Szybka dostawa i świetna obsługa
pl|p|Jestem bardzo zadowolona z zakupu
pl|p|Polecam ten sklep każdemu
pl|p|Miła i pomocna pani na infolinii
pl|p|Wszystko działa idealnie, dziękuję
pl|p|Dobra jakość w dobrej cenie
pl|p|Najlepsze buty jakie miałem
pl|p|Paczka przyszła na czas i ładnie zapakowana
pl|p|Uwielbiam waszą nową aplikację
pl|p|Bez problemu wymienili rozmiar
pl|p|Rewelacja, kupię ponownie 👏
pl|p|Profesjonalne podejście do klienta
pl|n|Okropna obsługa, nigdy więcej
pl|n|Moja paczka jest spóźniona trzeci raz
pl|n|Zamek zepsuł się po dwóch dniach
pl|n|Nikt nie odpowiada na wiadomości
pl|n|Aplikacja nie działa
pl|n|Nie jestem zadowolony z jakości
pl|n|Oszuści, zabrali moje pieniądze
pl|n|Niegrzeczny konsultant
pl|n|Towar przyszedł uszkodzony
pl|n|Od sześciu tygodni czekam na zwrot
pl|n|Najgorszy sklep w jakim kupowałem
pl|n|Strata pieniędzy, odradzam 😡
pl|0|Czy wysyłacie do Czech?
pl|0|O której otwieracie sklep?
pl|0|Czy jest w kolorze niebieskim?
pl|0|Zamówiłem wczoraj
pl|0|Jaki rozmiar mam wybrać
pl|0|Sklep jest teraz przy rynku
de|p|Schnelle Lieferung und toller Service
de|p|Ich bin sehr zufrieden mit meiner Bestellung
de|p|Kann den Laden nur empfehlen
de|p|Freundliche und kompetente Beratung
de|p|Alles perfekt, vielen Dank
de|p|Gute Qualität für den Preis
de|p|Die App funktioniert wunderbar
de|p|Keine Probleme, gerne wieder
de|p|Der beste Kauf dieses Jahr
de|p|Mein Problem wurde sofort gelöst
de|p|Sorgfältig verpackt und pünktlich da 🙂
de|p|Gar nicht teuer und trotzdem klasse
de|n|Furchtbarer Service, nie wieder
de|n|Mein Paket ist zum dritten Mal verspätet
de|n|Der Reißverschluss war nach zwei Tagen kaputt
de|n|Niemand antwortet auf meine Nachrichten
de|n|Funktioniert nicht
de|n|Ich bin nicht zufrieden mit der Qualität
de|n|Betrüger, mein Geld ist weg
de|n|Unfreundlicher Mann am Telefon
de|n|Ware kam beschädigt an
de|n|Warte seit sechs Wochen auf mein Geld
de|n|Schlechtester Laden überhaupt
de|n|Reine Geldverschwendung 👎
de|0|Liefert ihr auch nach Österreich?
de|0|Wann öffnet der Laden?
de|0|Gibt es das auch in Blau?
de|0|Gestern bestellt
de|0|Welche Größe soll ich nehmen
de|0|Der Laden ist jetzt am Marktplatz
es|p|Entrega rápida y muy buen servicio
es|p|Estoy muy contenta con mi pedido
es|p|Recomiendo esta tienda a todos
es|p|Personal amable y atento
es|p|Todo perfecto, muchas gracias
es|p|Buena calidad por el precio
es|p|La aplicación funciona genial
es|p|Sin problemas, volveré a comprar
es|p|La mejor compra del año
es|p|Me encantan los zapatos nuevos
es|p|Llegó a tiempo y bien empaquetado
es|p|Trato excelente 👏
es|n|Pésimo servicio, nunca más
es|n|Mi paquete llega tarde por tercera vez
es|n|La cremallera se rompió a los dos días
es|n|Nadie contesta a mis mensajes
es|n|No funciona
es|n|No estoy satisfecho con la calidad
es|n|Estafadores, se quedaron con mi dinero
es|n|El del teléfono fue muy maleducado
es|n|El producto llegó dañado
es|n|Llevo seis semanas esperando el reembolso
es|n|La peor tienda en la que he comprado
es|n|Demasiado caro para lo que es 😤
es|0|¿Enviáis a Portugal?
es|0|¿A qué hora abre la tienda?
es|0|¿Lo hay en azul?
es|0|Lo pedí ayer
es|0|¿Qué talla debo elegir?
es|0|La tienda está ahora en la plaza
en|n|I regret buying this
en|p|Couldn't be better
nl|n|Had ik maar nooit besteld
da|n|Jeg fortryder købet
pl|n|Żałuję zakupu
de|n|Ich bereue den Kauf
es|n|Me arrepiento de haber comprado aquí
nl|p|Kon niet beter
de|p|Könnte nicht besser sein
es|p|No podría estar más feliz
pl|p|Nie mogło być lepiej
da|p|Kunne ikke være bedre
en|n|Third complaint and still no answer
nl|n|Derde klacht en nog steeds geen reactie
de|n|Dritte Beschwerde und immer noch keine Antwort
es|n|Tercera queja y todavía sin respuesta
pl|n|Trzecia reklamacja i nadal brak odpowiedzi
da|n|Tredje klage og stadig intet svar
en|0|The parcel contains two books
de|0|Im Paket sind zwei Bücher
"""


def opinions() -> list[tuple[str, str, str]]:
    """Language, label and text of each."""
    names = {"p": "positive", "n": "negative", "0": "neutral"}
    found = [line.split("|", 2) for line in OPINIONS.strip().splitlines()]
    return [(language, names[mark], text) for language, mark, text in found]
