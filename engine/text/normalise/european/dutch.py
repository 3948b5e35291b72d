"""Numbers, signs and abbreviations of Dutch in words."""

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

_PARTS = "plan|hoofdstuk|deel|boek|fase|akte|type|wereldoorlog"


class Dutch(European):
    code = "nl"
    point, dot, minus, plus, over = "komma", "punt", "min", "plus", "op"
    per = "per"
    to, score = " tot ", "-"
    price = "{whole} {cents}"
    months = (
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    )
    plain_needs = rf"(?:{ROMAN}|[A-Z][a-z]{{1,20}}str\.)"
    weekdays = Weekdays(
        words("""
            ma, maandag: maandag
            di, dinsdag: dinsdag
            wo, woensdag: woensdag
            do, donderdag: donderdag
            vr, vrijdag: vrijdag
            za, zaterdag: zaterdag
            zo, zondag: zondag
        """),
        "{first} tot en met {last}",
        " en ",
    )
    phone_words = r"tel\.|telefoon|telefoonnummer|mobiel|fax"
    units = nouns("""
        km: kilometer
        m: meter
        cm: centimeter
        mm: millimeter
        km²: vierkante kilometer
        m²: vierkante meter
        m³: kubieke meter
        ha: hectare
        kg: kilogram
        g: gram
        mg: milligram
        t: ton
        l, L: liter
        cl: centiliter
        ml, mL: milliliter
        h, u, u.: uur
        min, min.: minuut, minuten
        s, sec.: seconde, seconden
        km/h, km/u: kilometer per uur
        m/s: meter per seconde
        °C, ° C: graad Celsius, graden Celsius
        °F, ° F: graad Fahrenheit, graden Fahrenheit
        °: graad, graden
        %: procent
        ‰: promille
        W: watt
        kW: kilowatt
        kWh: kilowattuur
        V: volt
        Hz: hertz
        kHz: kilohertz
        MHz: megahertz
        GHz: gigahertz
        kB, KB: kilobyte
        MB: megabyte
        GB: gigabyte
        TB: terabyte
        mln., mln: miljoen
        mld., mld: miljard
    """)
    money = moneys("""
        €, EUR: euro | cent
        $, US$, USD: dollar | cent
        £, GBP: pond | penny, pence
        CHF: frank | rappen
        ¥: yen | sen
        ₩: won | jeon
    """)
    scales = nouns("""
        miljoen, mln., mln: miljoen
        miljard, mld., mld: miljard
    """)
    titles = words("""
        dhr.: de heer
        mevr., mw.: mevrouw
        dr.: dokter
        drs.: doctorandus
        prof.: professor
        ir.: ingenieur
        ing.: ingenieur
        mr.: meester
        ds.: dominee
        st.: sint
    """)
    abbreviations = words("""
        enz.: enzovoort
        etc.: et cetera
        bijv., bv.: bijvoorbeeld
        d.w.z.: dat wil zeggen
        m.a.w.: met andere woorden
        o.a.: onder andere
        o.m.: onder meer
        t.o.v.: ten opzichte van
        t.a.v.: ter attentie van
        i.v.m.: in verband met
        m.b.t.: met betrekking tot
        i.p.v.: in plaats van
        a.u.b.: alstublieft
        s.v.p.: alstublieft
        z.s.m.: zo snel mogelijk
        n.v.t.: niet van toepassing
        t/m: tot en met
        zgn.: zogenaamd
        ca.: circa
        evt.: eventueel
        incl.: inclusief
        excl.: exclusief
        resp.: respectievelijk
        vgl.: vergelijk
        tel.: telefoon
        v.Chr., v. Chr.: voor Christus
        n.Chr., n. Chr.: na Christus
    """)
    before_numbers = words("""
        nr.: nummer
        nrs.: nummers
        blz.: bladzijde
        p.: pagina
        hfst.: hoofdstuk
        art.: artikel
        fig.: figuur
        §: paragraaf
    """)
    signs = words("""
        &: en
        +: plus
        =: is
        ×: keer
        ÷: gedeeld door
        ±: plus of min
        @: apenstaartje
        %: procent
        €: euro
        $: dollar
        £: pond
        °: graden
    """)
    fractions = words("""
        ½, 1/2: een halve
        ⅓, 1/3: een derde
        ¼, 1/4: een kwart
        ⅔, 2/3: twee derde
        ¾, 3/4: drie kwart
    """)
    and_fractions = words("""
        ½, 1/2: en een half
        ¼, 1/4: en een kwart
        ¾, 3/4: en drie kwart
    """)

    def cardinal(self, number: int, noun: Noun | None = None) -> str:  # noqa: ARG002
        """From 1100 to 1999 in hundreds; a space follows duizend."""
        hundreds, rest = divmod(number, 100)
        if 10 < hundreds < 20:
            return number_words(hundreds, "nl") + "honderd" + (number_words(rest, "nl") if rest else "")
        return re.sub(r"duizend(?=\w)", "duizend ", number_words(number, "nl"))

    def ordinal(self, number: int) -> str:
        return number_words(number, "nl", "ordinal")

    def clocks(self) -> list[str]:
        hour = r"(?: ?(?:uur|u\.?|h)(?!\w))"
        return [
            rf"{HOUR}:{MINUTE}{hour}?",
            rf"{HOUR}\.{MINUTE}(?:{hour}|(?= tot \d\d?\.\d\d{hour}))",
            rf"{HOUR} ?u ?{MINUTE}",
        ]

    def time(self, hour: int, minute: int, found: Match) -> str:  # noqa: ARG002
        return f"{self.cardinal(hour)} uur" + (f" {self.cardinal(minute)}" if minute else "")

    def first_rules(self) -> list[Rule]:
        return [
            *super().first_rules(),
            (r"(?<=[a-z])str\.", lambda found: "straat" + "." * self._ends_sentence(found, "str.")),
        ]

    def own_rules(self) -> list[Rule]:
        return [
            (r"(?<![\w.,])(\d{1,4})(?:e|de|ste)(?!\w)", lambda found: self.ordinal(int(found[1]))),
            (r"(?<!\w)([IVX]+)(?:e|de|ste)(?= eeuw)", self._read_century),
            (r"(?<![\w.,/])1(?: ?½| 1/2)(?= (uur|jaar)|)(?!/)", self._read_one_and_a_half),
            (
                rf"(?<!\w)((?i:{_PARTS})) ({ROMAN})",
                lambda found: f"{found[1]} {self.cardinal(roman_value(found[2]))}",
            ),
            (rf"(?<!\w)([A-Z][a-zë]+) ({ROMAN})(?!\.[A-Z])", self._read_ruler),
        ]

    def _read_century(self, found: Match) -> str:
        return self.ordinal(roman_value(found[1])) if re.fullmatch(ROMAN, found[1]) else found[0]

    def _read_one_and_a_half(self, found: Match) -> str:
        return "anderhalf" if found[1] else "anderhalve"

    def _read_ruler(self, found: Match) -> str:
        """X after a name is a letter more often than a number."""
        return (
            found[0]
            if found[2] == "X"
            else f"{found[1]} de {self.ordinal(roman_value(found[2])).capitalize()}"
        )


_DUTCH = Dutch()


def read(text: str) -> str:
    """`text` with its numbers, signs and abbreviations in words."""
    return _DUTCH.read(text)
