"""Numbers, signs and abbreviations of French in words."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import (
    HOUR,
    MINUTE,
    ROMAN,
    Amount,
    European,
    Match,
    Rule,
    number_words,
)
from engine.text.normalise.european.tables import Noun, moneys, nouns, words
from engine.text.normalise.european.weekdays import Weekdays
from engine.text.normalise.rules import any_of, roman_value

_FEMININE = re.compile(
    r"(?:fois|heure|minute|seconde|personne|page|année|semaine|journée|femme|fille|voiture|maison|place|chambre|"
    r"tonne|ligne|école|ville|question|photo|bouteille|table|porte|nuit|voix|livre sterling)s?"
)


class French(European):
    code = "fr"
    point, dot, minus, plus, over = "virgule", "point", "moins", "plus", "sur"
    per = "par"
    to = score = " à "
    price = "{whole} {cents}"
    months = (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    )
    weekdays = Weekdays(
        words("""
            lun, lundi: lundi
            mar, mardi: mardi
            mer, mercredi: mercredi
            jeu, jeudi: jeudi
            ven, vendredi: vendredi
            sam, samedi: samedi
            dim, dimanche: dimanche
        """),
        "{first} à {last}",
        " et ",
    )
    phone_words = r"tél\.|téléphone|portable|fax"
    units = nouns("""
        km: kilomètre, kilomètres
        m: mètre, mètres
        cm: centimètre, centimètres
        mm: millimètre, millimètres
        km²: kilomètre carré, kilomètres carrés
        m²: mètre carré, mètres carrés
        m³: mètre cube, mètres cubes
        ha: hectare, hectares
        kg: kilogramme, kilogrammes
        g: gramme, grammes
        mg: milligramme, milligrammes
        t: (f) tonne, tonnes
        l, L: litre, litres
        cl: centilitre, centilitres
        ml, mL: millilitre, millilitres
        h, heure, heures: (f) heure, heures
        min: (f) minute, minutes
        c. à café, c. à c., cc: (f) cuillère à café, cuillères à café
        c. à soupe, c. à s., cs: (f) cuillère à soupe, cuillères à soupe
        s: (f) seconde, secondes
        km/h: kilomètre par heure, kilomètres par heure
        m/s: mètre par seconde, mètres par seconde
        °C, ° C: degré Celsius, degrés Celsius
        °F, ° F: degré Fahrenheit, degrés Fahrenheit
        °: degré, degrés
        %: pour cent
        ‰: pour mille
        W: watt, watts
        kW: kilowatt, kilowatts
        kWh: kilowattheure, kilowattheures
        V: volt, volts
        Hz: hertz
        kHz: kilohertz
        MHz: mégahertz
        GHz: gigahertz
        ko: kilooctet, kilooctets
        Mo: mégaoctet, mégaoctets
        Go: gigaoctet, gigaoctets
        To: téraoctet, téraoctets
        M€: million d'euros, millions d'euros
        M$: million de dollars, millions de dollars
        Md€: milliard d'euros, milliards d'euros
    """)
    money = moneys("""
        €, EUR: euro, euros | centime, centimes
        $, US$, USD: dollar, dollars | cent, cents
        £, GBP: (f) livre, livres | penny, pence
        CHF: franc suisse, francs suisses | centime, centimes
        ¥: yen, yens | sen, sens
        ₩: won, wons | jeon, jeons
    """)
    scales = nouns("""
        million, millions: million, millions
        milliard, milliards: milliard, milliards
    """)
    titles = words("""
        M.: Monsieur
        MM.: Messieurs
        Mme: Madame
        Mmes: Mesdames
        Mlle: Mademoiselle
        Mlles: Mesdemoiselles
        Dr: Docteur
        Pr: Professeur
        Me: Maître
        Mgr: Monseigneur
        St, St-: Saint
        Ste, Ste-: Sainte
        bd: boulevard
        av.: avenue
        pl.: place
    """)
    abbreviations = words("""
        etc.: et cetera
        av. J.-C.: avant Jésus-Christ
        apr. J.-C.: après Jésus-Christ
        J.-C.: Jésus-Christ
        c.-à-d.: c'est-à-dire
        p. ex.: par exemple
        env.: environ
        tél.: téléphone
        svp: s'il vous plaît
        S.V.P.: s'il vous plaît
        cf.: confer
        Cie: compagnie
        Sté: société
        dépt: département
        hab.: habitants
    """)
    before_numbers = words("""
        n°: numéro
        nº: numéro
        nos: numéros
        p.: page
        pp.: pages
        chap.: chapitre
        art.: article
        vol.: volume
        fig.: figure
        §: paragraphe
    """)
    signs = words("""
        &: et
        +: plus
        =: égale
        ×: fois
        ÷: divisé par
        ±: plus ou moins
        @: arobase
        %: pour cent
        €: euros
        $: dollars
        £: livres
        °: degrés
    """)
    fractions = words("""
        ½, 1/2: un demi
        ⅓, 1/3: un tiers
        ¼, 1/4: un quart
        ⅔, 2/3: deux tiers
        ¾, 3/4: trois quarts
    """)
    plain_needs = r"(?:[IVX]+(?:ers?|res?|ères?|es?|èmes?)?(?!\w)|c\. à )"
    and_fractions = words("""
        ½, 1/2: et demi
        ¼, 1/4: et quart
        ¾, 3/4: trois quarts
    """)

    def cardinal(self, number: int, noun: Noun | None = None) -> str:
        words = number_words(number, "fr")
        return words + "e" if noun and noun.feminine and words.endswith("un") else words

    def agreeing(self, number: int, following: str) -> str:
        return self.cardinal(number, Noun((), feminine=_FEMININE.fullmatch(following) is not None))

    def form(self, number: Amount) -> int:
        return int(number.value >= 2)

    def of_many(self, noun: str) -> str:
        return f"d'{noun}" if noun[0] in "aehiou" else f"de {noun}"

    def day(self, day: int) -> str:
        return "premier" if day == 1 else self.cardinal(day)

    def clocks(self) -> list[str]:
        return [
            f"{HOUR}:{MINUTE}(?: ?h(?!\\w))?",
            rf"{HOUR} ?[hH] ?([0-5]\d)(?: ?min(?!\w)|(?![\w:]|[.,]\d))",
        ]

    def time(self, hour: int, minute: int, found: Match) -> str:  # noqa: ARG002
        words = self.count(Amount(False, str(hour), ""), self.units["h"])
        return f"{words} {self.cardinal(minute, self.units['min'])}" if minute else words

    def telephones(self) -> list[str]:
        return [
            r"(?<![\w.,+])\+33[\d .()]{9,16}\d(?!\w)",
            r"(?<![\w.,])0\d(?:[ .-]?\d\d){4}(?!\w)",
            *super().telephones(),
        ]

    def telephone(self, number: str) -> str:
        """In pairs, as French numbers are told: 06 12 as "zéro six douze"."""
        national = re.sub(r"\(0\)|\D", "", number)
        if number.startswith("+33"):
            first, pairs = f"plus trente-trois {self.cardinal(int(national[2]))}", national[3:]
        elif len(national) == 10 and national.startswith("0"):
            first, pairs = f"zéro {self.cardinal(int(national[1]))}", national[2:]
        else:
            return super().telephone(number)
        told = [pairs[place : place + 2] for place in range(0, len(pairs), 2)]
        return " ".join([first, *(self._whole(pair) for pair in told)])

    def ordinal(self, number: int, ending: str) -> str:
        """`ending` as written after the number, with the plural's s."""
        plural = "s" if ending.endswith("s") else ""
        ending = ending.removesuffix("s")
        if number == 1 and ending != "ième":
            return ("première" if ending in ("re", "ère", "e") else "premier") + plural
        if number == 2 and ending in ("nd", "nde", "d", "de"):
            return ("seconde" if ending.endswith("e") else "second") + plural
        words = number_words(number, "fr", "ordinal").replace("centsième", "centième")
        return words.replace("vingtsième", "vingtième") + plural

    def own_rules(self) -> list[Rule]:
        endings = "ers?|res?|ères?|emes?|èmes?|ièmes?|es?|nds?|ndes?|de?"
        return [
            (r"(?<!\w)(?:(?<!\d )|(?<=/\d ))c\. à (?=café|soupe)", lambda _: "cuillère à "),
            (r"(?<![\w.,])(24 ?h|7 ?j)/(24|7)(?!\w)", self._read_always),
            (rf"(?<![\w.,])1(?= (?:{any_of(self.months)})(?!\w))", lambda _: "premier"),
            (rf"(?<![\w.,])(\d{{1,4}})({endings})(?!\w|')", self._read_ordinal),
            (r"(?<!\w)([IVX]+)(ers?|res?|ères?|es?|èmes?)(?!\w)", self._read_roman_ordinal),
            (rf"(?<!\w)([^\W\d_]+) ({ROMAN})", self._read_roman),
        ]

    def _read_always(self, found: Match) -> str:
        return f"{found[1].rstrip('hj ')} {'heures' if 'h' in found[1] else 'jours'} sur {found[2]}"

    def _read_ordinal(self, found: Match) -> str:
        return self.ordinal(int(found[1]), found[2])

    def _read_roman_ordinal(self, found: Match) -> str:
        if re.fullmatch(ROMAN, found[1]) is None:
            return found[0]
        return self.ordinal(roman_value(found[1]), found[2])

    def _read_roman(self, found: Match) -> str:
        """Kings, chapters, parts. One letter is a numeral only where it is V after a name."""
        if len(found[2]) == 1 and not (found[2] == "V" and found[1][0].isupper()):
            return found[0]
        return f"{found[1]} {self.cardinal(roman_value(found[2]))}"


_FRENCH = French()


def read(text: str) -> str:
    """`text` with its numbers, signs and abbreviations in words."""
    return _FRENCH.read(text)
