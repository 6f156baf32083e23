"""The commonest short words of each language in Latin and Cyrillic script, and letters that give a language away.

Function words and what customers write every day, in lower case. A word may stand in several languages: it then counts
less for each. Codes are ISO 639-1.
"""

WORDS: dict[str, str] = {
    "en": """the and is are was were you your my me we our they this that these what where when why how who which with for
        from have has had not don't can't cannot can could would should will please thank thanks hello hi hey order parcel
        package delivery help need want get got it its it's i'm i i've still been just about there here any of to on at be
        do does did but if or so because after before would like refund return money back account password yes""",
    "de": """der die das den dem des ein eine einen einem einer und ist sind war nicht kein keine ich du er sie wir ihr mich
        mir mein meine meinen meiner sein für mit von zu zum zur auf aus bei nach über wie was wo wann warum wer welche bitte
        danke hallo guten tag habe haben hat hatte kann können könnte möchte will wird werden wurde noch schon aber oder wenn
        dass weil auch nur sehr bestellung paket lieferung rechnung hilfe geld zurück es im am an ihre ihnen sich""",
    "fr": """le la les un une des du de et est sont était ne pas je tu il elle nous vous ils mon ma mes votre vos notre pour
        avec sans dans sur par que qui quoi où quand comment pourquoi ce cette ces bonjour merci salut svp s'il plaît j'ai
        c'est n'est a ont avez suis être avoir fait faire mais ou si parce toujours encore très bien commande colis livraison
        facture aide remboursement compte au aux en y été reçu rien mot""",
    "es": """el la los las un una unos y es son está están era no yo tú él ella nosotros me mi mis su sus nuestro para con sin
        en de del por que qué quién dónde cuándo cómo cuál porque este esta esto ese esa hola gracias favor buenos días tengo
        tiene hay ha he quiero quisiera puedo puede pueden necesito pero o si ya muy también todavía pedido paquete envío
        factura ayuda dinero devolución cuenta al lo se le les más donde cuando como desde""",
    "it": """il lo la i gli le un uno una e è sono era non io tu lui lei noi mi mio mia miei vostro nostro per con senza in di
        del della dei da dal che chi cosa dove quando come perché questo questa quello ciao grazie buongiorno salve favore ho
        ha hai hanno vorrei posso può potete bisogno ma o se già ancora molto anche ordine pacco spedizione consegna fattura
        aiuto rimborso conto nel nella al alla sul più ne ci si stato""",
    "nl": """de het een en is zijn was niet geen ik jij je hij zij wij we mij mijn jouw uw ons onze voor met van naar op uit
        bij over hoe wat waar wanneer waarom wie welke dit dat deze hallo bedankt dank alstublieft graag heb hebben heeft had
        kan kunnen wil willen zou zal nog al maar of als omdat ook zeer erg bestelling pakket levering factuur hulp geld terug
        rekening aan te er om dan ontvangen goedemorgen goedendag u""",
    "pl": """i w z na do nie jest są był była to ten ta te co gdzie kiedy jak dlaczego kto który która ja ty on ona my mi mnie
        mój moja moje moją mojej wasz proszę dziękuję dzień dobry cześć witam mam ma mamy chcę chciałbym chciałabym mogę może
        można czy ale lub jeśli już jeszcze bardzo też tylko się od po za przez zamówienie paczka paczki przesyłka dostawa
        faktura pomoc zwrot pieniądze konto dla ze""",
    "pt": """o a os as um uma e é são está estão foi não eu tu ele ela nós me meu minha meus minhas seu sua seus para com sem
        em de do da dos das no na por que quem onde quando como porque qual este esta isto esse olá obrigado obrigada bom dia
        tenho tem há quero queria gostaria posso pode preciso mas ou se já ainda muito também encomenda pedido pacote entrega
        fatura ajuda reembolso dinheiro conta ao à pelo pela você vocês mais até""",
    "sv": """och är var inte jag du han hon vi ni mig min mitt mina din er vår för med av till på från hos om hur vad när
        varför vem vilken den det de detta denna hej tack snälla har hade kan kunde vill skulle ska blir men eller som att
        också redan fortfarande mycket beställning paket paketet leverans faktura hjälp pengar tillbaka konto ett en i då så
        finns får fick inget något ännu""",
    "da": """og er var ikke jeg du han hun vi i mig min mit mine din jeres vores for med af til på fra hos om hvordan hvad
        hvor hvornår hvorfor hvem hvilken den det de dette denne hej tak venligst har havde kan kunne vil ville skal bliver
        men eller som at også allerede stadig meget ordre pakke pakken levering faktura hjælp penge tilbage konto et en der
        noget nogen endnu blev får fik ikke lige god""",
    "no": """og er var ikke jeg du han hun vi dere meg min mitt mine din deres vår for med av til på fra hos om hvordan hva
        hvor når hvorfor hvem hvilken den det de dette denne hei takk vennligst har hadde kan kunne vil ville skal blir men
        eller som at også allerede fortsatt veldig bestilling pakke pakken levering faktura hjelp penger tilbake konto et en
        noe noen ennå ble får fikk ikke etter""",
    "fi": """ja on ovat oli ei en minä sinä hän me te he minun minut minulle sinun teidän meidän kanssa ilman että mikä mitä
        missä milloin miksi miten kuka tämä se ne nämä hei moi kiitos ole hyvä olen olet olemme voi voin voisin voitteko haluan
        haluaisin mutta tai jos koska myös vielä jo erittäin tilaus tilaukseni paketti pakettini toimitus lasku apua rahat
        takaisin tili kun niin nyt mun en ole saanut""",
    "cs": """a v z na do je jsou byl byla bylo to ten ta kde kdy jak proč kdo který která já ty on ona my mi mě můj moje mého
        váš prosím děkuji dobrý den ahoj mám má máme chci chtěl chtěla mohu může můžete ale nebo pokud už ještě velmi také jen
        se od po za přes objednávka objednávku balík balíček zásilka dodání faktura pomoc vrácení peníze účet pro že ne není
        jsem co si""",
    "sk": """a v z na do je sú bol bola bolo to ten tá kde kedy ako prečo kto ktorý ktorá ja ty on ona my mi ma môj moja môjho
        váš prosím ďakujem dobrý deň ahoj mám má máme chcem chcel chcela môžem môže môžete ale alebo ak už ešte veľmi tiež len
        sa od po za cez objednávka objednávku balík zásielka dodanie faktúra pomoc vrátenie peniaze účet pre že nie som čo
        si""",
    "tr": """ve bir bu şu o da de mi mı için ile ben sen biz siz benim bana senin nerede ne zaman nasıl neden kim hangi merhaba
        teşekkürler teşekkür ederim lütfen var yok değil istiyorum olarak ama veya eğer çok daha hala henüz sipariş siparişim
        kargo kargom paket paketim teslimat fatura yardım para iade hesap hesabım evet hayır gibi sonra önce kadar""",
    "hu": """a az és egy van vannak volt nem én te ő mi ti ők nekem engem enyém hol mikor hogyan miért ki mi melyik ez azt ezt
        hogy szia köszönöm kérem jó napot szeretnék szeretném tudom tudna lehet de vagy ha már még nagyon is csak rendelés
        rendelésem csomag csomagom szállítás számla segítség pénz vissza fiók kell lenne ott itt""",
    "ro": """și în cu la de pe nu este sunt era eu tu el ea noi voi mie meu mea mei unde când cum de ce cine care acest această
        bună ziua salut mulțumesc rog vă am are avem vreau aș putea pot poate dar sau dacă deja încă foarte comanda comandă
        coletul colet livrare factura ajutor bani înapoi contul cont pentru din un o că să mai""",
    "hr": """i u s na do je su bio bila nije ja ti on ona mi vi meni moj moja moje gdje kada kako zašto tko koji koja ovo taj
        to bok hvala molim dobar dan imam ima želim mogu može možete ali ili ako već još vrlo jako također samo se od po za
        preko narudžba narudžbu paket pošiljka dostava račun pomoć povrat novac što da sam bih""",
    "id": """dan yang di ke dari ini itu tidak saya kamu anda dia kami kita mereka untuk dengan adalah ada apa mana kapan
        bagaimana mengapa siapa halo terima kasih tolong mohon bisa mau ingin sudah belum masih sangat juga pesanan paket
        pengiriman faktur bantuan uang kembali akun akan atau tapi jika karena""",
    "vi": """và của là không tôi bạn anh chị em chúng cho với này đó ở đâu khi nào sao ai gì xin chào cảm ơn vui lòng có được
        muốn đã chưa vẫn rất cũng đơn hàng giao hóa giúp tiền lại tài khoản nhưng hoặc nếu vì""",
    "ca": """el la els les un una i és són no jo tu ell nosaltres em meu meva meus per amb sense en de del que qui on quan com
        perquè aquest aquesta hola gràcies bon dia tinc té hi ha vull voldria puc pot però o si ja molt també encara comanda
        paquet enviament factura ajuda diners compte al més""",
    "lt": """ir yra buvo ne aš tu jis ji mes jūs man mano kur kada kaip kodėl kas kuris šis tai labas ačiū prašau turiu turi
        noriu norėčiau galiu gali bet arba jei jau dar labai taip pat užsakymas siunta siuntinys pristatymas sąskaita pagalba
        pinigai su be iš į apie""",
    "lv": """un ir bija nav es tu viņš viņa mēs jūs man mans mana kur kad kā kāpēc kas kurš šis tas sveiki paldies lūdzu vēlos
        gribu varu var bet vai ja jau vēl ļoti arī pasūtījums sūtījums paka piegāde rēķins palīdzība nauda ar bez no par""",
    "et": """ja on oli ei ma mina sa sina ta me meie te teie nad minu mulle kus millal kuidas miks kes mis see need tere aitäh
        palun olen soovin tahan saan saab aga või kui juba veel väga ka tellimus pakk saadetis tarne arve abi raha tagasi
        konto mul""",
    "ru": """и в не на я что он она оно мы вы они мне мой моя моё мои мою вас вам ваш с по к у за из от для это этот эта где
        когда как почему кто какой который здравствуйте привет спасибо пожалуйста добрый день есть был была было хочу могу
        можно можете но или если уже ещё еще очень тоже только заказ заказа посылка посылку доставка счёт помощь деньги возврат
        нет да до так всё""",
    "uk": """і й в у не на я що він вона воно ми ви вони мені мій моя моє мої мою вас вам ваш з по до за із від для це цей ця
        де коли як чому хто який яка вітаю привіт дякую ласка прошу добрий день є був була було хочу можу можна можете але або
        якщо вже ще дуже також тільки замовлення посилка посилку доставка рахунок допомога гроші повернення ні так та ж""",
    "bg": """и в не на аз че той тя то ние вие те ми мой моя моята моето ви вас с по към от за из това този тази къде кога как
        защо кой какво здравейте привет благодаря моля добър ден има имам е са беше искам мога може можете но или ако вече още
        много също само поръчка поръчката пратка пратката доставка сметка помощ пари връщане не да се до""",
    "sr": """и у не на ја да он она ми ви они мени мој моја моје вас са по од за из ово тај где када како зашто ко који здраво
        хвала молим добар дан имам је су био била желим могу може можете али или ако већ још врло такође само поруџбина пакет
        достава рачун помоћ новац није што се""",
}

LETTERS: dict[str, str] = {
    "de": "ß",
    "es": "ñ¿¡",
    "fr": "œèêùû",
    "pt": "ãõ",
    "pl": "łżąęśźćń",
    "cs": "řěů",
    "sk": "ľĺŕ",
    "tr": "ğış",
    "ro": "șță",
    "hu": "őű",
    "da": "æø",
    "no": "æø",
    "sv": "å",
    "vi": "ơưđạảấầẩậắằặẹẻếềểệịỉọỏốồổộớờởợụủứừửựỳỵ",
    "ca": "·",
    "lt": "ėųįū",
    "lv": "ķļņģāēī",
    "et": "õ",
    "ru": "ыэё",
    "uk": "іїєґ",
    "bg": "ъ",
    "sr": "јљњћђџ",
}

SCRIPTS: tuple[tuple[int, int, str], ...] = (
    (0x0370, 0x03FF, "el"),
    (0x0530, 0x058F, "hy"),
    (0x0590, 0x05FF, "he"),
    (0x0600, 0x06FF, "ar"),
    (0x0900, 0x097F, "hi"),
    (0x0980, 0x09FF, "bn"),
    (0x0B80, 0x0BFF, "ta"),
    (0x0E00, 0x0E7F, "th"),
    (0x10A0, 0x10FF, "ka"),
    (0x3040, 0x30FF, "ja"),
    (0x4E00, 0x9FFF, "zh"),
    (0xAC00, 0xD7AF, "ko"),
)
"""Scripts that stand for one language among customers; Persian and Urdu are told from Arabic by letters of their own."""

PERSIAN = "پچژگ"
URDU = "ٹڈڑںے"
