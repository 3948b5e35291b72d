"""Numbers, signs and abbreviations of European Portuguese in words; `portuguese_brazil` has what differs in Brazil."""

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
    r"(?!dia|\w*(?:gram|lem|tem|clim|map|idiom|poet)a)\w+(?:a|ção|çõe|são|sõe|dade|gem|gen)|vez|veze|noite|mulher|mulhere|colher|colhere|"
    r"parte|classe|tarde|voz|voze|série|espécie"
)
_NOT_COUNTED = re.compile(
    r"ao?s?|ante|como|com|contra|d[aeo]s?|desde|em|entre|era|está|foi|há|mas|mais|menos|n[ao]s?|ou|para|pela?|pelo|por|que|"
    r"são|se|sem|sobre|um|uma|\w"
)
_SOME, _SOME_FEMININE = Noun(()), Noun((), feminine=True)


class Portuguese(European):
    code = "pt"
    point, dot, minus, plus, over = "vírgula", "ponto", "menos", "mais", "em"
    per = "por"
    to = score = " a "
    of = "de "
    price = "{whole} e {cents} {noun}"
    days, years = "{day} de {month}", " de {year}"
    months = (
        *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
        *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
    )
    weekdays = Weekdays(
        words("""
            seg, segunda: segunda
            ter, terça: terça
            qua, quarta: quarta
            qui, quinta: quinta
            sex, sexta: sexta
            sáb, sab, sábado: sábado
            dom, domingo: domingo
        """),
        "{first} a {last}",
        " e ",
    )
    phone_words = r"tel\.|telefone|telemóvel|celular|fax"
    units = nouns("""
        km: quilómetro, quilómetros
        m: metro, metros
        cm: centímetro, centímetros
        mm: milímetro, milímetros
        km²: quilómetro quadrado, quilómetros quadrados
        m²: metro quadrado, metros quadrados
        m³: metro cúbico, metros cúbicos
        ha: hectare, hectares
        kg: quilograma, quilogramas
        g: grama, gramas
        mg: miligrama, miligramas
        t: (f) tonelada, toneladas
        l, L: litro, litros
        cl: centilitro, centilitros
        ml, mL: mililitro, mililitros
        h: (f) hora, horas
        min: minuto, minutos
        s: segundo, segundos
        km/h: quilómetro por hora, quilómetros por hora
        m/s: metro por segundo, metros por segundo
        °C, ° C, ºC, º C: grau Celsius, graus Celsius
        °F, ° F, ºF, º F: grau Fahrenheit, graus Fahrenheit
        °: grau, graus
        %: por cento
        ‰: por mil
        W: watt, watts
        kW: quilowatt, quilowatts
        kWh: quilowatt-hora, quilowatts-hora
        V: volt, volts
        Hz: hertz
        kHz: quilohertz
        MHz: megahertz
        GHz: gigahertz
        kB, KB: quilobyte, quilobytes
        MB: megabyte, megabytes
        GB: gigabyte, gigabytes
        TB: terabyte, terabytes
        M€: milhão de euros, milhões de euros
    """)
    money = moneys("""
        €, EUR: euro, euros | cêntimo, cêntimos
        $, US$, USD: dólar, dólares | cêntimo, cêntimos
        £, GBP: (f) libra, libras | péni, pence
        R$, BRL: real, reais | centavo, centavos
        ¥: iene, ienes | sen, sens
        ₩: won, wones | jeon, jeons
    """)
    scales = nouns("""
        mil: mil
        milhão, milhões: milhão, milhões
        bilhão, bilhões: bilhão, bilhões
        bilião, biliões: bilião, biliões
    """)
    titles = words("""
        Sr.: senhor
        Sra., Sr.ª: senhora
        Srs.: senhores
        Sras.: senhoras
        Dr.: doutor
        Dra., Dr.ª: doutora
        D.: Dom
        Prof.: professor
        Profa., Prof.ª: professora
        Eng.: engenheiro
        Av.: avenida
        R.: rua
        Pç.: praça
        Sto.: santo
        Sta.: santa
    """)
    abbreviations = words("""
        etc.: et cetera
        EUA, E.U.A.: Estados Unidos
        a.C., a. C.: antes de Cristo
        d.C., d. C.: depois de Cristo
        p. ex., p.ex.: por exemplo
        tel.: telefone
        aprox.: aproximadamente
        Lda.: limitada
        Ltda.: limitada
        Cia.: companhia
        obs.: observação
    """)
    before_numbers = words("""
        n.º, nº, n°: número
        pág., p.: página
        págs., pp.: páginas
        cap.: capítulo
        art.: artigo
        vol.: volume
        fig.: figura
        séc.: século
        §: parágrafo
    """)
    signs = words("""
        &: e
        +: mais
        =: igual a
        ×: vezes
        ÷: dividido por
        ±: mais ou menos
        @: arroba
        %: por cento
        €: euros
        $: dólares
        £: libras
        °: graus
    """)
    fractions = words("""
        ½, 1/2: meio
        ⅓, 1/3: um terço
        ¼, 1/4: um quarto
        ⅔, 2/3: dois terços
        ¾, 3/4: três quartos
    """)
    and_fractions = words("""
        ½, 1/2: e meio
        ¼, 1/4: e um quarto
        ¾, 3/4: e três quartos
    """)

    def cardinal(self, number: int, noun: Noun | None = None) -> str:
        """Below a million um, dois and the hundreds agree with what is counted."""
        words = number_words(number, self.code).replace(",", "")
        if noun is None or not noun.feminine:
            return words
        below = re.split(r"(?<=lhão|lião)|(?<=lhões|liões)", words)[-1]
        agreeing = re.sub(r"\bum\b", "uma", re.sub(r"\bdois\b", "duas", re.sub(r"entos\b", "entas", below)))
        return words[: len(words) - len(below)] + agreeing

    def agreeing(self, number: int, following: str) -> str:
        plural = number != 1
        if not following or _NOT_COUNTED.fullmatch(following) or (plural and not following.endswith("s")):
            return self.cardinal(number)
        singular = following.removesuffix("s") if plural else following
        return self.cardinal(number, _SOME_FEMININE if _FEMININE.fullmatch(singular) else _SOME)

    def part(self, words: str, following: str) -> str:
        feminine = _FEMININE.fullmatch(following) and not _NOT_COUNTED.fullmatch(following)
        return "meia" if words == "meio" and feminine else words

    def telephones(self) -> list[str]:
        brazil = r"(?<![\w.,+])\(?\d\d\)? 9?\d{4}-\d{4}(?![\w-])"
        postcodes = r"(?<![\w.,-])\d{4,5}-\d{3}(?![\w-]|[.,]\d)"
        return [*super().telephones(), r"(?<![\w.,])2\d \d{3} \d\d \d\d(?!\w| \d)", brazil, postcodes]

    def clocks(self) -> list[str]:
        return [rf"{HOUR}(?::| ?[hH] ?){MINUTE}(?: ?h(?!\w))?"]

    def time(self, hour: int, minute: int, found: Match) -> str:
        words = self.cardinal(hour, _SOME_FEMININE)
        if minute:
            return f"{words} e {self.cardinal(minute)}"
        return words if found[0].endswith(":00") else f"{words} {'hora' if hour == 1 else 'horas'}"

    def ordinal(self, number: int, feminine: bool) -> str:
        words = number_words(number, self.code, "ordinal")
        return re.sub(r"o\b", "a", words) if feminine else words

    def own_rules(self) -> list[Rule]:
        parts = "séculos?|capítulo|tomo|título|volume|ato|parte|livro|fase"
        return [
            (r"(?<=\b[AaÀà]s )(\d\d?)(?![\w:/]|[.,]\d| ?[h%])", self._read_hour),
            (r"(?<![\w.,])(\d{1,4})\.?(º|ª|°(?= [a-zà-ú]{3}))(?!\w| ?[CF](?!\w))", self._read_ordinal),
            (rf"(?<!\w)((?i:{parts})) ({ROMAN})(?:( [ae] |-)({ROMAN}))?", self._read_part),
            (rf"(?<!\w)([A-ZÀ-Ú][a-zà-ú]+) ({ROMAN})(?!\.[A-Z])", self._read_roman),
        ]

    def _read_hour(self, found: Match) -> str:
        return self.cardinal(int(found[1]), _SOME_FEMININE)

    def _read_ordinal(self, found: Match) -> str:
        return self.ordinal(int(found[1]), feminine=found[2] == "ª")

    def _read_part(self, found: Match) -> str:
        words = f"{found[1]} {self.cardinal(roman_value(found[2]))}"
        return f"{words}{found[3]}{self.cardinal(roman_value(found[4]))}" if found[4] else words

    def _read_roman(self, found: Match) -> str:
        """Kings and popes: an ordinal up to ten, then a cardinal. X is a letter more often than a king."""
        number, name = roman_value(found[2]), found[1]
        if found[2] == "X":
            return found[0]
        feminine = name.endswith("a") or name == "Isabel"
        return f"{name} {self.ordinal(number, feminine) if number <= 10 else self.cardinal(number)}"


_PORTUGUESE = Portuguese()


def read(text: str) -> str:
    """`text` with its numbers, signs and abbreviations in words."""
    return _PORTUGUESE.read(text)
