"""German ordinals and "ein" with the ending that the words around them ask for.

The case is guessed from the word before (an article, a preposition), the gender from the noun after.
"""

from __future__ import annotations

import re
from functools import lru_cache

from engine.text.normalise.european.shared import number_words
from engine.text.normalise.german.words import word_set

MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonnabend", "Sonntag")
# Nouns that often have an ordinal, by gender; a compound ends with one of them.
_MASCULINE = (
    r"platz|rang|tag|abend|monat|stock|akt|gang|satz|teil|krieg|versuch|geburtstag|hochzeitstag|punkt|schritt|sieg|"
    r"spieltag|lauf|kreis|bezirk|band|absatz|artikel|grad|spieler|schüler|besucher|lehrer|sohn|mann|bruder|hund|fc|sc|sv|"
    r"preis|titel|meter|liter|löffel|euro|dollar|cent|franken|advent|feiertag|jahrestag|todestag|kaffee|tisch|stuhl|baum|"
    r"ball|wagen|zug|bus|weg|abschnitt|durchgang|wahlgang|vorsitzende|bürgermeister|präsident|könig|kaiser|name|"
    r"freund|gast|senat|januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|"
    r"morgen|mittag|sommer|winter|herbst|frühling|apfel|becher|bund|kopf|würfel|zentner|laib|tropfen|film|roman|"
    r"brief|strich|ring|weltkrieg|vatikan|zoll|fuß|schluck|spritzer|schuss|termin|fall|mensch|(?<![er])kunde|junge|gedanke|buchstabe|"
    r"start|ort|rat|kampf|job|laden|verein|verlag|vertrag|antrag|plan|raum|traum|moment"
)
_NEUTER = (
    r"jahr|jahrhundert|jahrtausend|jahrzehnt|mal|kapitel|(?<![koaui])tor|spiel|kind|buch|bild|finale|semester|quartal|halbjahr|"
    r"schuljahr|stück|haus|zimmer|kilo|pfund|gramm|lebensjahr|drittel|viertel|glas|bier|\bei|brot|brötchen|blatt|paar|ding|"
    r"stockwerk|obergeschoss|untergeschoss|geschoss|\bog|\bug|gebot|regiment|bataillon|treffen|rennen|album|leben|"
    r"wochenende|prozent|watt|volt|hertz|byte|bit|(?<!be)reich|gesetz|halbfinale|viertelfinale|achtelfinale|(?<![zrg])ende|auge|"
    r"gebäude|gemüse|interesse|team|opfer|werk|fest|turnier|wort|feld|dorf|land|schiff|auto|(?<!g)rad|tier|pferd|päckchen|"
    r"jubiläum|mitglied|angebot|ergebnis|ereignis|konzert|zeichen|hemd|kleid|bett|fass|grundstück|vatikanum|ohr"
)
_FEMININE_ENDINGS = (
    r"ung|heit|keit|schaft|ion|tät|ik|ei|ie|enz|anz|ur|(?<!e)in|zeit|stadt|liga|klasse|frau|woche|person|wahl|hand|nacht|"
    r"jagd|fahrt|form|art|zahl|bahn|mutter|tochter|schwester|nummer|etage|mannschaft|e|division|bundesliga|million|"
    r"milliarde|firma|dosis|zwiebel|kartoffel|tafel|gabel|mauer|feier|schulter|oper|kammer|basis|reform|gruppe|"
    r"front|bank|welt|kunst|tür|uni|mark|kraft|armee|auflage|uhr"
)
_GENDERS = {
    "n": re.compile(rf".*(?:{_NEUTER}|chen|lein|ment|um)"),
    "m": re.compile(rf".*(?:{_MASCULINE}|ismus|ling|ent|ist|or)"),
    "f": re.compile(rf".*(?:{_FEMININE_ENDINGS})"),
}
_LISTED = re.compile(rf".*(?:{_MASCULINE}|{_NEUTER})", re.IGNORECASE)
# Nouns that make an ordinal of a number where no article shows it.
_ORDERED = re.compile(
    r"(?:.*(?:platz|rang|klasse|liga|stock|etage|semester|runde|halbzeit|kapitel|auflage|geburtstag|jahrestag|todestag|"
    r"jahrhundert|jahrtausend|weltkrieg|spieltag|quartal|halbjahr|akt|stockwerk|geschoss|linie|reihe|grad|wahlgang|"
    r"advent|bürgermeister|vorsitzende[rn]?|person|staffel|folge|teil|tag|woche|sieg|niederlage|satz|lesung|stelle|preis|"
    r"versuch|mal|lebensjahr|schuljahr|generation|sinfonie|symphonie|division|bataillon|armee|fc|og|ug|hilfe|tür|strophe|zeile|stufe|monat|gebot|minute))",
    re.IGNORECASE,
)
_ALWAYS_EN = word_set(
    """am im zum vom beim zur dem den des einem einen eines einer keinem keinen keiner meinem meinen meiner meines
    deinem deinen deiner seinem seinen seiner seines ihrem ihren ihrer ihres unserem unseren unserer unseres diesem
    diesen jedem jeden jenem jenen welchem welchen alle beide keine hinterm unterm überm vorm allen beiden"""
)
_WEAK = word_set(
    "die das diese dieser dieses jede jeder jedes jene jener jenes ins ans aufs fürs durchs übers ums"
)
_MIXED = word_set("ein kein mein dein sein ihr unser euer")
_STRONG_E = word_set("eine meine deine seine ihre unsere eure")
_DATIVE = word_set("mit nach seit vor von zu bei aus in binnen ab außer unter zwischen")
_ACCUSATIVE = word_set("für um durch ohne gegen pro")
_NOMINATIVE_VERBS = word_set(
    "ist war fehlt fehlte bleibt blieb reicht reichte genügt genügte verging vergeht sind waren wird wurde"
)
_GIVEN = re.compile("k?ein(e[nrms]?|)")
_DATE_WORDS = _ALWAYS_EN | {"bis", "ab", "seit", "von", "nach", "vor", "zwischen"}
# Words with a capital that begin a sentence, so that the full stop before them is one.
STARTERS = re.compile(
    r"(?:D(?:er|ie|as|em|en|es|ann|ort|a|abei|amit|anach|aher|arum|araus|och|ies|iese[rsmn]?|eshalb|ennoch|urch)|"
    r"E(?:in|ine[rsmn]?|r|s|benso|rst|twa)|Sie|Wir|Ich|Ihr|Ihre|Sein|Seine|I[nm]|A[mn]|Auf|Aus|Auch|Aber|Als|Alle|"
    r"B(?:ei|eim|is)|Mi[tr]|Nach|Nun|Noch|Nur|Für|Und|Um|Unter|Vo[nmr]|We[nr]nn?|Was|Wie|Wo|Weil|Wird|War|Was|Z[uw]|Zum|Zur|"
    r"Jetzt|Jede[rsn]?|Man|Mein|Meine|Kein|Keine|Hier|Heute|Gestern|Morgen|So|Seit|Später|Sonst|Trotz|Trotzdem|"
    r"Während|Welche[rsn]?|Ob|Oder|Denn|Laut|Ab|Außerdem|Insgesamt|Dazu|Davon|Bitte|Manche|Viele|Beide|Zwei|Drei)(?!\w)"
)
_SENTENCE_ENDS = re.compile(rf"[\"')\] ]*(?:\s*$|{STARTERS.pattern})")
_SPACES_TO_THE_END = re.compile(r"\s*$")


def is_last(text: str, place: int) -> bool:
    """Whether nothing but spaces follows a place of a text."""
    return _SPACES_TO_THE_END.match(text, place) is not None


def ends_sentence(text: str, place: int) -> bool:
    """Every noun has a capital: only a word that often begins a sentence shows that one ended before a place."""
    return _SENTENCE_ENDS.match(text, place) is not None


def word_before(text: str, place: int) -> str:
    """The word that ends before a place of a text, whatever sign lies between."""
    found = re.search(r"([^\W\d_]+)\W{0,3}$", text[max(0, place - 30) : place])
    return found[1] if found else ""


@lru_cache(maxsize=4096)
def gender(noun: str) -> str:
    """m, f or n; m where nothing tells."""
    small = noun.lower()
    for which in ("n", "m", "f") if _LISTED.fullmatch(small) else ("f", "n", "m"):
        if _GENDERS[which].fullmatch(small):
            return which
    return "m"


def is_ordered(noun: str) -> bool:
    return noun in MONTHS or _ORDERED.fullmatch(noun) is not None


def decides(before: str) -> bool:
    """Whether a word before a number and its full stop makes it an ordinal: an article or the like."""
    return before.lower() in _ALWAYS_EN | _WEAK | _MIXED | _STRONG_E | {"der"}


def ordinal(number: int, ending: str = "e") -> str:
    words = number_words(number, "de", "ordinal")
    return re.sub(r"^einhundert", "hundert", words).removesuffix("e") + ending


def ending_for(before: str, noun: str, adjective: str = "") -> str:
    """The ending of an ordinal after a word and before a noun, or before an adjective and the noun."""
    before = before.lower()
    if before in _ALWAYS_EN:
        return "en"
    if adjective:  # both have the same ending
        return _adjective_ending(adjective)
    if before == "der":
        return "en" if gender(noun) == "f" else "e"
    if before in _WEAK | _STRONG_E:
        return "e"
    case = _case(before) if before not in _MIXED else "nominative"
    return {"m": {"dative": "em", "accusative": "en"}, "n": {"dative": "em"}, "f": {"dative": "er"}}[
        gender(noun)
    ].get(case, {"m": "er", "f": "e", "n": "es"}[gender(noun)])


def _adjective_ending(adjective: str) -> str:
    found = re.search(r"e[nrsm]?$", adjective)
    return found[0] if found else "e"


def day_ending(text: str, place: int) -> str:
    """The ending of the day of a date that begins at a place of a text."""
    before = word_before(text, place)
    if before in WEEKDAYS:  # am Montag, dritten Mai
        before = word_before(text, text.rfind(before, 0, place))
    if before.lower() in _DATE_WORDS:
        return "en"
    if before.lower() == "der":
        return "e"
    earlier = re.search(r"(?:t|ß)(e[nr]?) \w+ (?:und|oder|bis) $", text[max(0, place - 30) : place])
    return earlier[1] if earlier else "er"


def _case(before: str) -> str:
    if before in _DATIVE:
        return "dative"
    return "accusative" if before in _ACCUSATIVE else "nominative"


def one(before: str, noun: str, half: str = "") -> str:
    """ "ein" before a noun, with the word before it; `half`: a stem between them, as halb.

    A known masculine noun within a sentence is most often an object or a measure: einen Kilometer weit.
    """
    case, which = _case(before.lower()), gender(noun)
    if before and case == "nominative" and which == "m" and _LISTED.fullmatch(noun):
        case = "nominative" if before.lower() in _NOMINATIVE_VERBS else "accusative"
    ending = {
        "m": {"nominative": "", "accusative": "en", "dative": "em"},
        "f": {"nominative": "e", "accusative": "e", "dative": "er"},
        "n": {"nominative": "", "accusative": "", "dative": "em"},
    }[which][case]
    if half and (given := _GIVEN.fullmatch(before.lower())):  # eine halbe
        return half + {"": {"m": "er", "f": "e", "n": "es"}[which], "e": "e"}.get(given[1], "en")
    strong = {"m": "er", "f": "e", "n": "es"}[which] if ending == "" else "e" if ending == "e" else "en"
    return f"ein{ending} {half}{strong}" if half else f"ein{ending}"
