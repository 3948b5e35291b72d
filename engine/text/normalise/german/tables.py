"""What is counted in German, money, and words for abbreviations and signs."""

from __future__ import annotations

from engine.text.normalise.european.tables import moneys, nouns, words


def _also_close(table: dict[str, str]) -> dict[str, str]:
    """The table, with each abbreviation also without its spaces: z. B., z.B."""
    return {key.replace(" ", ""): word for key, word in table.items()} | table


UNITS = nouns("""
    km: Kilometer
    m: Meter
    dm: Dezimeter
    cm: Zentimeter
    mm: Millimeter
    µm, μm: Mikrometer
    km²: Quadratkilometer
    m², qm: Quadratmeter
    cm²: Quadratzentimeter
    m³: Kubikmeter
    cm³: Kubikzentimeter
    ha: Hektar
    kg: Kilogramm
    g: Gramm
    mg: Milligramm
    µg, μg: Mikrogramm
    t: (f) Tonne, Tonnen
    Ztr.: Zentner
    l, L: Liter
    hl: Hektoliter
    dl: Deziliter
    cl: Zentiliter
    ml, mL: Milliliter
    h, Std., Std: (f) Stunde, Stunden
    min, Min., min., Min: (f) Minute, Minuten
    s, Sek., sek., sec: (f) Sekunde, Sekunden
    ms: (f) Millisekunde, Millisekunden
    km/h: Kilometer pro Stunde
    m/s: Meter pro Sekunde
    °C, ° C: Grad Celsius
    °F, ° F: Grad Fahrenheit
    °: Grad
    %: Prozent
    ‰: Promille
    W: Watt
    kW: Kilowatt
    MW: Megawatt
    GW: Gigawatt
    kWh: (f) Kilowattstunde, Kilowattstunden
    V: Volt
    mA: Milliampere
    Hz: Hertz
    kHz: Kilohertz
    MHz: Megahertz
    GHz: Gigahertz
    dB: Dezibel
    hPa: Hektopascal
    PS: PS
    kcal: (f) Kilokalorie, Kilokalorien
    kJ: Kilojoule
    kB, KB: Kilobyte
    MB: Megabyte
    GB: Gigabyte
    TB: Terabyte
    Mbit/s, MBit/s: Megabit pro Sekunde
    Msp.: (f) Messerspitze, Messerspitzen
    l/100 km, l/100km, L/100 km: Liter auf hundert Kilometer
    kWh/100 km, kWh/100km: (f) Kilowattstunde auf hundert Kilometer, Kilowattstunden auf hundert Kilometer
    Pers.: (f) Person, Personen
    EL: Esslöffel
    TL: Teelöffel
    Stk., St.: Stück
    Pkg., Pck.: (f) Packung, Packungen
    Mio., Mio: (f) Million, Millionen
    Mrd., Mrd: (f) Milliarde, Milliarden
    Bio.: (f) Billion, Billionen
    Tsd.: tausend
""")
MONEY = moneys("""
    €, EUR, Euro: Euro | Cent
    $, US$, USD, US-Dollar, Dollar: Dollar | Cent
    £, GBP: Pfund | Penny, Pence
    CHF, SFr., Franken: Franken | Rappen
    ¥: Yen | Sen
    ₩: Won | Jeon
    ct, Ct.: Cent | Cent
""")
SCALES = nouns("""
    Tsd., Tausend: tausend
    Mio., Mio, Millionen, Million: (f) Million, Millionen
    Mrd., Mrd, Milliarden, Milliarde: (f) Milliarde, Milliarden
    Bio., Billionen, Billion: (f) Billion, Billionen
""")
TITLES = words("""
    Dr.: Doktor
    Prof.: Professor
    Dr.-Ing.: Doktor-Ingenieur
    Dipl.-Ing.: Diplomingenieur
    Dipl.-Kfm.: Diplomkaufmann
    Ing.: Ingenieur
    Mag.: Magister
    Hr.: Herr
    Hrn.: Herrn
    Fr.: Frau
    Frl.: Fräulein
    St.: Sankt
    Gebr.: Gebrüder
""")
ABBREVIATIONS = _also_close(
    words("""
    z. B.: zum Beispiel
    bzgl.: bezüglich
    Fa.: Firma
    Abt.: Abteilung
    tgl.: täglich
    wöchentl.: wöchentlich
    p. P.: pro Person
    p. a.: pro Jahr
    USt-IdNr., USt-IdNr, USt.-IdNr., USt-ID-Nr., USt-ID: Umsatzsteuer-Identifikationsnummer
    d. h.: das heißt
    d. i.: das ist
    usw.: und so weiter
    zw.: zwischen
    ff.: folgende
    h. c.: honoris causa
    Kto.: Konto
    Febr.: Februar
    Apr.: April
    Aug.: August
    Sept.: September
    Okt.: Oktober
    Nov.: November
    Dez.: Dezember
    usf.: und so fort
    etc.: et cetera
    bzw.: beziehungsweise
    ca.: circa
    vgl.: vergleiche
    inkl.: inklusive
    exkl.: exklusive
    zzgl.: zuzüglich
    abzgl.: abzüglich
    einschl.: einschließlich
    ggf.: gegebenenfalls
    evtl.: eventuell
    bspw.: beispielsweise
    insb.: insbesondere
    bes.: besonders
    sog.: sogenannte
    mind.: mindestens
    geb.: geboren
    gest.: gestorben
    gem.: gemäß
    lt.: laut
    tägl.: täglich
    jährl.: jährlich
    monatl.: monatlich
    etw.: etwas
    jmd.: jemand
    resp.: respektive
    u. a.: unter anderem
    u. Ä.: und Ähnliches
    o. Ä.: oder Ähnliches
    u. U.: unter Umständen
    u. v. m.: und vieles mehr
    u. a. m.: und anderes mehr
    z. T.: zum Teil
    z. Zt., z. Z., zzt.: zurzeit
    z. Hd.: zu Händen
    m. E.: meines Erachtens
    m. a. W.: mit anderen Worten
    i. d. R.: in der Regel
    i. A.: im Auftrag
    i. V.: in Vertretung
    i. Allg.: im Allgemeinen
    s. o.: siehe oben
    s. u.: siehe unten
    o. g.: oben genannt
    a. D.: außer Dienst
    e. V.: eingetragener Verein
    v. a.: vor allem
    v. Chr.: vor Christus
    n. Chr.: nach Christus
    ü. d. M.: über dem Meer
    Jh., Jhd.: Jahrhundert
    Jhs.: Jahrhunderts
    Str.: Straße
    Tel.: Telefon
    Nr.: Nummer
    Best.-Nr.: Bestellnummer
    Art.-Nr.: Artikelnummer
    Kd.-Nr.: Kundennummer
    Abb.: Abbildung
    MwSt.: Mehrwertsteuer
    Hbf., Hbf: Hauptbahnhof
    Bhf.: Bahnhof
    Hg., Hrsg.: Herausgeber
    Aufl.: Auflage
""")
)
BEFORE_NUMBERS = words("""
    max.: maximal
    Nrn.: Nummern
    S.: Seite
    Kap.: Kapitel
    Bd.: Band
    Tab.: Tabelle
    Abs.: Absatz
    Art.: Artikel
    Ziff.: Ziffer
    Kl.: Klasse
    Rn.: Randnummer
    §: Paragraf
    §§: Paragrafen
""")
SIGNS = words("""
    &: und
    +: plus
    =: ist gleich
    ×: mal
    ＜: kleiner als
    ＞: größer als
    ≤: kleiner oder gleich
    ≥: größer oder gleich
    ÷: geteilt durch
    ±: plus minus
    @: at
    %: Prozent
    ‰: Promille
    €: Euro
    $: Dollar
    £: Pfund
    °: Grad
    §: Paragraf
""")
