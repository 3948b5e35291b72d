"""Numbers, signs and abbreviations of Spanish in words."""

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

# Singular nouns, or plural ones without their s.
_FEMININE = re.compile(
    r"(?!día|\w*(?:gram|lem|tem|clim|map|idiom)a)\w+(?:a|ción|cione|dad|dade)|vez|vece|noche|mujere?|partes?|clase|calle|"
    r"tarde|voce?|vocale?|razone?|tribu|serie|especie"
)
_NOT_COUNTED = re.compile(
    r"con|contra|como|cuando|del?|desde|donde|entre|era|está|fue|hasta|hay|las?|los|m[aá]s|menos|para|pero|por|porque|"
    r"que|según|ser|sin|sobre|son|tras|tres|\w\w?"
)
_SOME, _SOME_FEMININE = Noun(()), Noun((), feminine=True)


class Spanish(European):
    code = "es"
    point, dot, minus, plus, over = "coma", "punto", "menos", "más", "sobre"
    per = "por"
    to = score = " a "
    of = "de "
    price = "{whole} con {cents} {noun}"
    days, years = "{day} de {month}", " de {year}"
    months = (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    )
    weekdays = Weekdays(
        words("""
            lun, lunes: lunes
            mar, martes: martes
            mié, mier, miér, miércoles: miércoles
            jue, jueves: jueves
            vie, viernes: viernes
            sáb, sab, sábado: sábado
            dom, domingo: domingo
        """),
        "{first} a {last}",
        " y ",
    )
    phone_words = r"tel\.|tfno\.|teléfono|móvil|fax|celular"
    units = nouns("""
        km: kilómetro, kilómetros
        m: metro, metros
        cm: centímetro, centímetros
        mm: milímetro, milímetros
        km²: kilómetro cuadrado, kilómetros cuadrados
        m²: metro cuadrado, metros cuadrados
        m³: metro cúbico, metros cúbicos
        ha: (f) hectárea, hectáreas
        kg: kilogramo, kilogramos
        g: gramo, gramos
        mg: miligramo, miligramos
        t: (f) tonelada, toneladas
        l, L: litro, litros
        cl: centilitro, centilitros
        ml, mL: mililitro, mililitros
        h: (f) hora, horas
        min: minuto, minutos
        s: segundo, segundos
        km/h: kilómetro por hora, kilómetros por hora
        m/s: metro por segundo, metros por segundo
        °C, ° C, ºC, º C: grado Celsius, grados Celsius
        °F, ° F, ºF: grado Fahrenheit, grados Fahrenheit
        °: grado, grados
        %: por ciento
        ‰: por mil
        W: vatio, vatios
        kW: kilovatio, kilovatios
        kWh: kilovatio hora, kilovatios hora
        V: voltio, voltios
        Hz: hercio, hercios
        kHz: kilohercio, kilohercios
        MHz: megahercio, megahercios
        GHz: gigahercio, gigahercios
        kB, KB: kilobyte, kilobytes
        MB: megabyte, megabytes
        GB: gigabyte, gigabytes
        TB: terabyte, terabytes
        M€: millón de euros, millones de euros
    """)
    money = moneys("""
        €, EUR: euro, euros | céntimo, céntimos
        $, US$, USD: dólar, dólares | centavo, centavos
        £, GBP: (f) libra, libras | penique, peniques
        ¥: yen, yenes | sen, senes
        ₩: won, wones | jeon, jeons
    """)
    scales = nouns("""
        mil: mil
        millón, millones: millón, millones
    """)
    titles = words("""
        Sr.: señor
        Sra.: señora
        Srta.: señorita
        Sres.: señores
        Sras.: señoras
        Dr.: doctor
        Dra.: doctora
        D.: don
        Dña.: doña
        D.ª: doña
        Prof.: profesor
        Profa.: profesora
        Ing.: ingeniero
        Lic.: licenciado
        Gral.: general
        Sto.: santo
        Sta.: santa
        Avda.: avenida
        Av.: avenida
        Pza.: plaza
        C/: calle
    """)
    abbreviations = words("""
        etc.: etcétera
        EE. UU.: Estados Unidos
        EE.UU.: Estados Unidos
        EEUU: Estados Unidos
        a. C.: antes de Cristo
        a.C.: antes de Cristo
        d. C.: después de Cristo
        d.C.: después de Cristo
        p. ej.: por ejemplo
        p.ej.: por ejemplo
        Ud.: usted
        Uds.: ustedes
        Vd.: usted
        Vds.: ustedes
        aprox.: aproximadamente
        tel.: teléfono
        tfno.: teléfono
        izq.: izquierda
        dcha.: derecha
        Cía.: compañía
    """)
    before_numbers = words("""
        n.º: número
        nº: número
        n°: número
        núm.: número
        pág.: página
        págs.: páginas
        p.: página
        cap.: capítulo
        art.: artículo
        vol.: volumen
        fig.: figura
        §: párrafo
    """)
    signs = words("""
        &: y
        +: más
        =: igual a
        ×: por
        ÷: dividido por
        ±: más menos
        @: arroba
        %: por ciento
        €: euros
        $: dólares
        £: libras
        °: grados
    """)
    fractions = words("""
        ½, 1/2: medio
        ⅓, 1/3: un tercio
        ¼, 1/4: un cuarto
        ⅔, 2/3: dos tercios
        ¾, 3/4: tres cuartos
    """)
    and_fractions = words("""
        ½, 1/2: y medio
        ¼, 1/4: y cuarto
        ¾, 3/4: y tres cuartos
    """)

    def cardinal(self, number: int, noun: Noun | None = None) -> str:
        """`uno` is shortened before mil and before a masculine noun; it and the hundreds agree with a feminine one."""
        words = _short(number_words(number, "es"), "(?= mil)")
        if noun is None:
            return words
        if not noun.feminine:
            return _short(words, "$")
        words = re.sub(r"(cient|quinient)os(?!.*mill)", r"\1as", words)
        return re.sub(r"uno$", "una", words)

    def agreeing(self, number: int, following: str) -> str:
        plural = number != 1
        if not following or _NOT_COUNTED.fullmatch(following) or (plural and not following.endswith("s")):
            return self.cardinal(number)
        singular = following.removesuffix("s") if plural else following
        return self.cardinal(number, _SOME_FEMININE if _FEMININE.fullmatch(singular) else _SOME)

    def part(self, words: str, following: str) -> str:
        feminine = _FEMININE.fullmatch(following) and not _NOT_COUNTED.fullmatch(following)
        return "media" if words == "medio" and feminine else words

    def telephones(self) -> list[str]:
        national = r"(?<![\w.,])(?:[89]\d \d{3} \d\d \d\d|[6-9]\d\d \d\d \d\d \d\d)(?![\w]| \d)"
        return [*super().telephones(), national]

    def clocks(self) -> list[str]:
        return [rf"{HOUR}:{MINUTE}( ?(?:h|hs|hrs|horas)(?!\w))?"]

    def time(self, hour: int, minute: int, found: Match) -> str:
        words = [self.cardinal(hour, _SOME_FEMININE)]
        if 0 < minute < 10:
            words.append("cero")
        if minute:
            words.append(self.cardinal(minute))
        if found[3]:
            words.append("hora" if hour == 1 and not minute else "horas")
        return " ".join(words)

    def ordinal(self, number: int, feminine: bool, short: bool) -> str:
        """`short` is the form before a masculine noun: primer, tercer."""
        words = number_words(number, "es", "ordinal")
        words = words.replace("décimoprimer", "undécim").replace("décimosegund", "duodécim")
        words = re.sub(r"décimo(?=\w)", "decimo", words)
        if feminine:
            return re.sub(r"o\b", "a", words)
        return re.sub(r"(primer|tercer)o$", r"\1", words) if short else words

    def own_rules(self) -> list[Rule]:
        parts = "siglos?|capítulo|tomo|título|volumen|acto|parte|libro|fase"
        return [
            (r"(?<=\b[Ll]a )1(?![\w:/]|[.,]\d|\.?[ºª])", lambda _: "una"),
            (r"(?<=\b[Ll]as )(\d\d?)(?![\w:/]|[.,]\d|\.?[ºª]| ?[h%])", self._read_hour),
            (
                r"(?<![\w.,])(\d{1,4})\.?(º|ª|er|°(?= [a-z]))(?!\w| ?[CF](?!\w))( [^\W\d_]+)?",
                self._read_ordinal,
            ),
            (rf"(?<!\w)((?i:{parts})) ({ROMAN})(?:( [yae] |-)({ROMAN}))?", self._read_part),
            (rf"(?<!\w)([A-ZÁÉÍÓÚ][a-zñáéíóú]+) ({ROMAN})(?!\.[A-Z])", self._read_roman),
        ]

    def _read_hour(self, found: Match) -> str:
        return self.cardinal(int(found[1]), _SOME_FEMININE)

    def _read_ordinal(self, found: Match) -> str:
        following = found[3] or ""
        short = found[2] == "er" or (following != "" and _NOT_COUNTED.fullmatch(following, 1) is None)
        return self.ordinal(int(found[1]), feminine=found[2] == "ª", short=short) + following

    def _read_part(self, found: Match) -> str:
        words = f"{found[1]} {self.cardinal(roman_value(found[2]))}"
        return f"{words}{found[3]}{self.cardinal(roman_value(found[4]))}" if found[4] else words

    def _read_roman(self, found: Match) -> str:
        """Kings and popes: an ordinal up to ten, then a cardinal."""
        number, name = roman_value(found[2]), found[1]
        if found[2] == "X":  # a letter more often than a king
            return found[0]
        feminine = name.endswith("a") or name == "Isabel"
        return (
            f"{name} {self.ordinal(number, feminine, short=False) if number <= 10 else self.cardinal(number)}"
        )


_SPANISH = Spanish()


def read(text: str) -> str:
    """`text` with its numbers, signs and abbreviations in words."""
    return _SPANISH.read(text)


def _short(words: str, where: str) -> str:
    return re.sub(rf"uno{where}", "un", re.sub(rf"veintiuno{where}", "veintiún", words))
