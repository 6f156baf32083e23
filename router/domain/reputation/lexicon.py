"""Words of praise and complaint in six languages, without accents. A word that ends in `*` stands for all that begin so."""

from collections.abc import Mapping


def _words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


GOOD: Mapping[str, tuple[str, ...]] = {
    "en": _words(
        "good great* excellent* love* perfect* happy fast quick* friendly kind helpful recommend* thank* thanks best nice awesome amazing "
        "fantastic* wonderful* brilliant superb satisfied smooth* easy easily works working reliable beautiful* impress* pleased delight* "
        "fair polite solved lovely comfortable worth top well enjoy* glad"
    ),
    "nl": _words(
        "goed goede geweldig* uitstekend* perfect* blij snel* vriendelijk* behulpza* aanrader aanrad* dank* bedankt beste fijn* mooi* top "
        "fantastisch* prachtig* tevreden soepel makkelijk* werkt betrouwba* netjes prettig* super keurig* lekker* opgelost leuk* heerlijk*"
    ),
    "da": _words(
        "god godt gode fantastisk* fremragende perfekt* glad hurtig* venlig* hjaelpsom* anbefal* tak tusind bedste dejlig* flot* super* "
        "tilfreds* nem* nemt virker palidelig* rar paen* laekker* skon* imponer* lost smidig* elsker"
    ),
    "pl": _words(
        "dobr* swietn* doskonal* idealn* szczesliw* szybk* mil* uprzejm* pomocn* polecam* dziekuj* najlepsz* ladn* super fantastyczn* "
        "wspanial* zadowolon* latw* dziala niezawodn* piekn* rewelacj* sprawn* profesjonaln* kocham uwielbiam solidn* wygodn*"
    ),
    "de": _words(
        "gut gute guter gutes hervorragend* perfekt* glucklich schnell* freundlich* hilfreich* hilfsbereit* empfehl* danke* beste* bestens "
        "schon schone* super toll* fantastisch* wunderbar* zufrieden* reibungslos einfach funktioniert zuverlassig* klasse prima liebe "
        "begeister* lecker spitze gerne kompetent* gelost"
    ),
    "es": _words(
        "buen* bien excelente* encant* perfect* feliz rapid* amable* util recomiend* recomendable* gracias mejor mejores bonit* genial* "
        "fantastic* maravillos* estupend* satisfech* contento* contenta facil* funciona fiable* impecable* agradable* atent* solucion* comod* "
        "precios*"
    ),
}
BAD: Mapping[str, tuple[str, ...]] = {
    "en": _words(
        "bad awful* terribl* horribl* worst hate* slow* rude* broken* broke useless disappoint* late delay* never refund* scam* fraud* poor* "
        "wrong* angry annoy* unacceptable problem* complain* ignore* missing damaged cheap waste* lie* lied liar* stole stolen fail* error* "
        "nightmare disgust* ridiculous* avoid unhelpful unfriendly lost shame* rip-off defect* cancelled overpriced mess joke dirty"
    ),
    "nl": _words(
        "slecht* vreselijk* verschrikkelijk* waardeloos* traag trage langzaam onbeschoft* kapot* nutteloos teleurgesteld teleurstell* laat nooit "
        "oplicht* fout* boos irritant* onacceptabel* probleem problemen klacht* genegeerd kwijt beschadigd duur schande* drama belachelijk* "
        "onvriendelijk* liegen gelogen mislukt* defect* bagger ramp vermijd* ontevreden vies*"
    ),
    "da": _words(
        "darlig* forfaerdelig* elendig* vaerst* langsom* uforskammet* odelagt* ubrugelig* skuff* sen sent forsinke* aldrig svindel* snyd* fejl* "
        "vred irriter* uacceptab* problem* klage* ignorer* mangler beskadig* spild* lyver lognag* katastrof* mareridt latterlig* undga uvenlig* "
        "defekt* utilfreds* skandal* kedelig* beskidt*"
    ),
    "pl": _words(
        "zly zla zle zlym okropn* straszn* fataln* najgorsz* woln* niegrzeczn* zepsut* zepsul* bezuzyteczn* rozczarow* pozno opozn* spoznion* "
        "nigdy oszust* oszuk* blad bled* wsciekl* irytuj* niedopuszczaln* problem* reklamacj* ignoruj* brak uszkodz* strat* klam* koszmar* "
        "zalosn* unikaj* nieuprzejm* niemil* wadliw* wstyd skandal* tragedi* kiepsk* slab* niezadowol* brudn* odradzam"
    ),
    "de": _words(
        "schlecht* furchtbar* schrecklich* schlimm* langsam* unverschamt* kaputt* nutzlos* enttausch* spat verspat* nie niemals betrug* betrug "
        "abzocke fehler* falsch* wutend argerlich* inakzeptab* problem* beschwer* ignorier* fehlt beschadigt* teuer uberteuert lug* katastroph* "
        "alptraum albtraum lacherlich* finger unfreundlich* defekt* unzufrieden* frechheit mies* mangelhaft* hasse schmutzig* zumutung"
    ),
    "es": _words(
        "mal mala malo malas malos malisim* horribl* terribl* pesim* peor peores lent* groser* rot* inutil* decepcion* tarde retras* nunca estaf* "
        "fraude error* equivocad* enfadad* inaceptable* problem* queja* quejar* ignora* falta danad* car* vergüenza verguenza mentir* miente* "
        "desastr* pesadilla ridicul* evit* antipatic* maleducad* defectuos* insatisfech* asco robo fatal sucio sucia"
    ),
}
NOT: Mapping[str, frozenset[str]] = {
    "en": frozenset(_words("not no never don't doesn't didn't isn't wasn't can't won't cannot without hardly nothing")),
    "nl": frozenset(_words("niet geen nooit zonder nauwelijks niks niets")),
    "da": frozenset(_words("ikke ingen aldrig uden intet naeppe")),
    "pl": frozenset(_words("nie bez nigdy zaden zadna zadnego")),
    "de": frozenset(_words("nicht kein keine keinen nie niemals ohne kaum nichts")),
    "es": frozenset(_words("no nunca sin tampoco ni nada jamas")),
}
VERY: frozenset[str] = frozenset(
    _words(
        "very really so extremely totally absolutely heel erg zeer echt super ontzettend meget virkelig rigtig helt bardzo naprawde "
        "strasznie sehr wirklich total absolut muy realmente tan super"
    )
)
GOOD_SIGNS = "😀😃😄😁😊🙂😍🥰😘👍👏🎉❤💚💙⭐🌟🙏💯🤩"
BAD_SIGNS = "😡😠🤬😞😢😭👎🤮💩😤😒🙄😩😫💔"
