"""Numbers, signs and abbreviations of Italian in words."""

from __future__ import annotations

import re

from engine.text.normalise.european.shared import (
    HOUR,
    MINUTE,
    ROMAN,
    European,
    Match,
    Rule,
    number_words,
)
from engine.text.normalise.european.tables import Noun, moneys, nouns, words
from engine.text.normalise.european.weekdays import Weekdays
from engine.text.normalise.rules import roman_value

_NOT_COUNTED = re.compile(
    r"\w\w?|alla?|alle|agli|che|come|con|contro|da[li]?|dalla|della?|dei|degli|delle|dopo|era|fra|nella?|non|per|però|prima|"
    r"poi|quando|sono|tra|una"
)
_NEEDS_UNO = re.compile(r"s[^aeiou]|z|gn|ps|x|y")
_SOME, _SOME_FEMININE = Noun(()), Noun((), feminine=True)
# What follows ° where it is an ordinal: 1° piano, 3° A; but 25° all'ombra.
_NOT_DEGREES = r"(?:(?!all|nord|sud|est|ovest|sotto|sopra|con|per)[a-zà-ù]{3}|[ABDE](?!\w))"
# an S. before another name is an initial
_SAINTS = (
    "Pietro|Paolo|Giovanni|Marco|Maria|Lucia|Antonio|Francesco|Giuseppe|Agostino|Andrea|Ambrogio|Lorenzo|Stefano|"
    "Giorgio|Martino|Michele|Nicola|Chiara|Caterina|Rita|Teresa|Anna|Agata|Croce|Domenico|Benedetto|Gennaro|Siro|"
    "Donato|Vito|Biagio|Rocco|Matteo|Luca|Tommaso|Vincenzo|Elena|Cecilia|Barbara|Monica|Margherita|Sofia"
)
_MEN = frozenset({"Andrea", "Luca", "Nicola", "Mattia", "Papa"})


class Italian(European):
    code = "it"
    point, dot, minus, plus, over = "virgola", "punto", "meno", "più", "su"
    per = "al"
    to, score = "-", " a "
    of = "di "
    price = "{whole} e {cents} {noun}"
    months = (
        *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
        *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
    )
    plain_needs = rf"(?:{ROMAN}|[Ss]\. ?[A-Z])"
    weekdays = Weekdays(
        words("""
            lun, lunedì: lunedì
            mar, martedì: martedì
            mer, mercoledì: mercoledì
            gio, giov, giovedì: giovedì
            ven, venerdì: venerdì
            sab, sabato: sabato
            dom, domenica: domenica
        """),
        "da {first} a {last}",
        " e ",
    )
    phone_words = r"tel\.|telefono|cell\.|cellulare|fax"
    units = nouns("""
        km: chilometro, chilometri
        m: metro, metri
        cm: centimetro, centimetri
        mm: millimetro, millimetri
        km²: chilometro quadrato, chilometri quadrati
        m², mq: metro quadrato, metri quadrati
        m³: metro cubo, metri cubi
        ha: ettaro, ettari
        kg: chilogrammo, chilogrammi
        g: grammo, grammi
        mg: milligrammo, milligrammi
        t: (f) tonnellata, tonnellate
        l, L: litro, litri
        cl: centilitro, centilitri
        ml, mL: millilitro, millilitri
        h: (f) ora, ore
        min: minuto, minuti
        s: secondo, secondi
        km/h: chilometro all'ora, chilometri all'ora
        m/s: metro al secondo, metri al secondo
        °C, ° C, ºC: grado Celsius, gradi Celsius
        °F, ° F, ºF: grado Fahrenheit, gradi Fahrenheit
        °: grado, gradi
        %: per cento
        ‰: per mille
        W: watt
        kW: chilowatt
        kWh: chilowattora
        V: volt
        Hz: hertz
        kHz: chilohertz
        MHz: megahertz
        GHz: gigahertz
        kB, KB: kilobyte
        MB: megabyte
        GB: gigabyte
        TB: terabyte
        mln: milione, milioni
        mld: miliardo, miliardi
    """)
    money = moneys("""
        €, EUR: euro | centesimo, centesimi
        $, US$, USD: dollaro, dollari | centesimo, centesimi
        £, GBP: (f) sterlina, sterline | penny
        CHF: franco svizzero, franchi svizzeri | centesimo, centesimi
        ¥: yen | sen
        ₩: won | jeon
    """)
    scales = nouns("""
        milione, milioni, mln: milione, milioni
        miliardo, miliardi, mld: miliardo, miliardi
    """)
    titles = words("""
        Sig., sig.: signor
        Sig.ra, sig.ra: signora
        Sig.na, sig.na: signorina
        Sigg., sigg.: signori
        Dott., Dr., dott., dr.: dottor
        Dott.ssa, dott.ssa, Dr.ssa, dr.ssa: dottoressa
        Prof., prof.: professor
        Prof.ssa, prof.ssa: professoressa
        Ing., ing.: ingegner
        Avv., avv.: avvocato
        Arch., arch.: architetto
        Geom., geom.: geometra
        On., on.: onorevole
        Sen., sen.: senatore
        P.zza: piazza
        V.le: viale
        C.so: corso
    """)
    abbreviations = words("""
        ecc.: eccetera
        a.C.: avanti Cristo
        d.C.: dopo Cristo
        p. es., p.es., per es.: per esempio
        ca.: circa
        tel.: telefono
        cell.: cellulare
        S.p.A.: società per azioni
        c.a.: corrente anno
        u.s.: ultimo scorso
    """)
    before_numbers = words("""
        n., n°, nº: numero
        pag., p.: pagina
        pagg., pp.: pagine
        cap.: capitolo
        art.: articolo
        artt.: articoli
        vol.: volume
        fig.: figura
        sec.: secolo
        §: paragrafo
    """)
    signs = words("""
        &: e
        +: più
        =: uguale
        ×: per
        ÷: diviso
        ±: più o meno
        @: chiocciola
        %: per cento
        €: euro
        $: dollari
        £: sterline
        °: gradi
    """)
    fractions = words("""
        ½, 1/2: mezzo
        ⅓, 1/3: un terzo
        ¼, 1/4: un quarto
        ⅔, 2/3: due terzi
        ¾, 3/4: tre quarti
    """)
    and_fractions = words("""
        ½, 1/2: e mezzo
        ¼, 1/4: e un quarto
        ¾, 3/4: e tre quarti
    """)

    def cardinal(self, number: int, noun: Noun | None = None) -> str:
        if number == 1 and noun:
            return "una" if noun.feminine else "un"
        words = _spelt(number_words(number, "it"))
        words = re.sub(r"(?<=\w)tre$", "tré", words)
        return re.sub(r"(milion[ei]|miliard[oi]|bilion[ei]) e ", r"\1 ", words)

    def agreeing(self, number: int, following: str) -> str:
        if number != 1 or not following or _NOT_COUNTED.fullmatch(following) or _NEEDS_UNO.match(following):
            feminine = number == 1 and following.endswith("a") and not _NOT_COUNTED.fullmatch(following)
            return "una" if feminine else self.cardinal(number)
        return self.cardinal(number, _SOME_FEMININE if following.endswith("a") else _SOME)

    def day(self, day: int) -> str:
        return "primo" if day == 1 else self.cardinal(day)

    def clocks(self) -> list[str]:
        after = "(?:(?<=lle )|(?<=[Oo]re )|(?<=ll'))"  # alle, dalle, delle, ore, all'
        return [f"{HOUR}:{MINUTE}", rf"{after}{HOUR}\.{MINUTE}"]

    def time(self, hour: int, minute: int, found: Match) -> str:  # noqa: ARG002
        words = "una" if hour == 1 else self.cardinal(hour)
        return f"{words} e {self.cardinal(minute)}" if minute else words

    def part(self, words: str, following: str) -> str:
        feminine = following.endswith("a") and not _NOT_COUNTED.fullmatch(following)
        return "mezza" if words == "mezzo" and feminine else words

    def telephones(self) -> list[str]:
        return [*super().telephones(), r"(?<![\w.,+])3\d\d[ ./-]?\d{3} ?\d{3,4}(?!\w| \d)"]

    def ordinal(self, number: int, feminine: bool = False) -> str:
        words = _spelt(number_words(number, "it", "ordinal"))
        return words[:-1] + "a" if feminine else words

    def first_rules(self) -> list[Rule]:
        return [
            *super().first_rules(),
            (rf"(?<![\w.])(?:S\.|s\.) ?(?=({_SAINTS})(?!\w))", lambda found: _saint(found[1])),
        ]

    def own_rules(self) -> list[Rule]:
        months = "|".join(self.months)
        return [
            (rf"(?<![\w.,])1[°º]?(?= (?:{months})(?!\w))", lambda _: "primo"),
            (rf"(?<![\w.,])(\d{{1,4}})\.?(º|ª|°(?= {_NOT_DEGREES}))(?!\w| ?[CF](?!\w))", self._read_ordinal),
            (
                rf"(?<!\w)({ROMAN})(?= (?i:{months})(?!\w))",
                lambda found: self.cardinal(roman_value(found[1])),
            ),
            (rf"(?<!\w)({ROMAN}) sec\.", self._read_century),
            (rf"(?<!\w)()({ROMAN})(?= secol[oi](?!\w))", self._read_roman),
            (rf"(?<!\w)((?i:secol[oi]|capitolo|tomo|titolo|volume|atto|libro)) ({ROMAN})", self._read_roman),
            (rf"(?<!\w)([A-ZÀ-Ù][a-zà-ù]+) ({ROMAN})(?!\.[A-Z])", self._read_roman),
        ]

    def _read_ordinal(self, found: Match) -> str:
        return self.ordinal(int(found[1]), feminine=found[2] == "ª")

    def _read_century(self, found: Match) -> str:
        stop = "." * self._ends_sentence(found, ".")
        return f"{self.ordinal(roman_value(found[1]))} secolo{stop}"

    def _read_roman(self, found: Match) -> str:
        """Centuries, kings, chapters. I after a name may be an article, X a letter."""
        name, numeral = found[1], found[2]
        if name and numeral in "IX" and found.end() < len(found.string) and found.string[found.end()] == " ":
            return found[0]
        feminine = name.endswith("a") and name not in _MEN
        return f"{name} {self.ordinal(roman_value(numeral), feminine)}".lstrip()


_ITALIAN = Italian()


def read(text: str) -> str:
    """`text` with its numbers, signs and abbreviations in words."""
    return _ITALIAN.read(text)


def _saint(name: str) -> str:
    """San Pietro, Santo Stefano, Santa Lucia, Sant'Antonio"""
    if name[0] in "AE":
        return "Sant'"
    if name == "Croce" or (name.endswith("a") and name not in _MEN):
        return "Santa "
    return "Santo " if name == "Stefano" else "San "


def _spelt(words: str) -> str:
    """num2words loses a vowel in 118 and 1918."""
    return words.replace("dicott", "diciott")
