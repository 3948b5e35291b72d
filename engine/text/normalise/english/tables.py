"""Tables of English: units, money, months, signs, what roman numerals follow.

Words are spelt as in American English; both sides of the ocean say them alike.
"""

from __future__ import annotations

from engine.text.normalise.european.tables import moneys, nouns, words

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNITS = nouns("""
    km, kms, KM: kilometer, kilometers
    m: meter, meters
    cm: centimeter, centimeters
    mm: millimeter, millimeters
    µm, μm: micrometer, micrometers
    nm: nanometer, nanometers
    km², km2, sq km, sq. km: square kilometer, square kilometers
    m², m2: square meter, square meters
    cm²: square centimeter, square centimeters
    m³, m3: cubic meter, cubic meters
    km³: cubic kilometer, cubic kilometers
    cm³, cc: cubic centimeter, cubic centimeters
    ha: hectare, hectares
    mi, mi.: mile, miles
    sq mi, sq. mi.: square mile, square miles
    yd, yds, yd., yds.: yard, yards
    ft, ft.: foot, feet
    sq ft, sq. ft., ft²: square foot, square feet
    in.: inch, inches
    kg, kgs, KG, Kg: kilogram, kilograms
    g: gram, grams
    mg: milligram, milligrams
    µg, μg, mcg: microgram, micrograms
    t: ton, tons
    lb, lbs, lb., lbs.: pound, pounds
    oz, oz.: ounce, ounces
    fl oz, fl. oz.: fluid ounce, fluid ounces
    l, L: liter, liters
    cl: centiliter, centiliters
    ml, mL: milliliter, milliliters
    gal, gal.: gallon, gallons
    qt, qt.: quart, quarts
    pt.: pint, pints
    tsp, tsp.: teaspoon, teaspoons
    tbsp, tbsp., Tbsp: tablespoon, tablespoons
    h, hr, hrs, hr., hrs.: hour, hours
    min, mins, min., mins.: minute, minutes
    s, sec, secs, sec., secs.: second, seconds
    ms: millisecond, milliseconds
    yr, yrs, yr., yrs.: year, years
    mo., mos.: month, months
    wk, wks, wk., wks.: week, weeks
    km/h, kph, kmh: kilometer per hour, kilometers per hour
    km/s: kilometer per second, kilometers per second
    m/s: meter per second, meters per second
    m/s²: meter per second squared, meters per second squared
    mph, MPH: mile per hour, miles per hour
    mpg: mile per gallon, miles per gallon
    kg/m³: kilogram per cubic meter, kilograms per cubic meter
    mg/dl, mg/dL: milligram per deciliter, milligrams per deciliter
    rpm: revolution per minute, revolutions per minute
    bpm: beat per minute, beats per minute
    fps: frame per second, frames per second
    °C, ° C, ºC: degree Celsius, degrees Celsius
    °F, ° F, ºF: degree Fahrenheit, degrees Fahrenheit
    °, º: degree, degrees
    %: percent
    ‰: per mille
    W: watt, watts
    kW: kilowatt, kilowatts
    MW: megawatt, megawatts
    GW: gigawatt, gigawatts
    Wh: watt hour, watt hours
    kWh, kwh, KWh: kilowatt hour, kilowatt hours
    MWh: megawatt hour, megawatt hours
    mAh: milliamp hour, milliamp hours
    V: volt, volts
    kV: kilovolt, kilovolts
    mA: milliamp, milliamps
    hp: horsepower
    kJ: kilojoule, kilojoules
    kcal: kilocalorie, kilocalories
    Pa: pascal, pascals
    hPa: hectopascal, hectopascals
    kPa: kilopascal, kilopascals
    psi: pound per square inch, pounds per square inch
    dB: decibel, decibels
    Hz: hertz
    kHz: kilohertz
    MHz: megahertz
    GHz: gigahertz
    kB, KB: kilobyte, kilobytes
    MB: megabyte, megabytes
    GB: gigabyte, gigabytes
    TB: terabyte, terabytes
    kbps: kilobit per second, kilobits per second
    Mbps, mbps, Mbit/s: megabit per second, megabits per second
    Gbps, gbps, Gbit/s: gigabit per second, gigabits per second
    MB/s: megabyte per second, megabytes per second
    MP: megapixel, megapixels
    ppm: part per million, parts per million
""")
MONEY = moneys("""
    $, US$, US $, USD: dollar, dollars | cent, cents
    A$, AU$, AUD: Australian dollar, Australian dollars | cent, cents
    C$, CA$, CAD: Canadian dollar, Canadian dollars | cent, cents
    NZ$, NZD: New Zealand dollar, New Zealand dollars | cent, cents
    HK$, HKD: Hong Kong dollar, Hong Kong dollars | cent, cents
    S$, SGD: Singapore dollar, Singapore dollars | cent, cents
    €, EUR: euro, euros | cent, cents
    £, GBP: pound, pounds | penny, pence
    CHF: Swiss franc, Swiss francs | centime, centimes
    ¥, JPY: yen | sen
    CNY, RMB: yuan | fen
    ₩, KRW: won | jeon
    ₹, INR, Rs., Rs: rupee, rupees | paisa, paise
    ₽, RUB: ruble, rubles | kopeck, kopecks
    ₺: lira | kurus
    ₪: shekel, shekels | agora, agorot
    ฿, THB: baht | satang
    ₫: dong | xu
    ₱: peso, pesos | centavo, centavos
    R$: real, reais | centavo, centavos
    SEK, NOK: krona, kronor | ore
    PLN: zloty | grosz
    BTC: bitcoin, bitcoins | satoshi
""")
CENTS = nouns("""
    p: penny, pence
    ¢, c: cent, cents
""")
SCALES = words("""
    k, K: thousand
    m, M, mn, mln, MM: million
    b, B, bn, Bn: billion
    t, T, tn, trn: trillion
    thousand: thousand
    million: million
    billion: billion
    trillion: trillion
""")
# only before a number; of the same words, some are others elsewhere
BEFORE_NUMBERS = words("""
    No.: number
    Nos.: numbers
    №: number
    #: number
    p.: page
    pp.: pages
    pg.: page
    vol.: volume
    vols.: volumes
    ch.: chapter
    chap.: chapter
    fig.: figure
    figs.: figures
    eq.: equation
    sec.: section
    art.: article
    para.: paragraph
    ed.: edition
    c., ca.: circa
    b.: born
    d.: died
    ver., v.: version
    §: section
    §§: sections
    ~: about
    ≈: about
""")
SIGNS = words("""
    &: and
    +: plus
    =: equals
    ×: times
    ÷: divided by
    ±: plus or minus
    @: at
    %: percent
    ‰: per mille
    °, º: degrees
    ≈: is about
    ≠: is not equal to
    ≤: less than or equal to
    ≥: greater than or equal to
    √: square root of
    ∞: infinity
    π: pi
    $: dollars
    €: euros
    £: pounds
    ¥: yen
    ¢: cents
    ₩: won
    ₹: rupees
    §: section
    ¶: paragraph
    ©: copyright
    ²: squared
    ³: cubed
    №: number
""")
# roman numerals after these names of rulers are ordinals; I, V and X are numbers only after them
RULERS = (
    "Henry|Louis|Elizabeth|Edward|George|Richard|William|Charles|James|John|Paul|Pius|Benedict|Leo|Gregory|"
    "Philip|Philippe|Felipe|Ferdinand|Alexander|Nicholas|Catherine|Frederick|Friedrich|Napoleon|Francis|"
    "Peter|Constantine|Innocent|Urban|Clement|Boniface|Julius|Sixtus|Adrian|Celestine|Eugene|Martin|"
    "Ramses|Ramesses|Rameses|Ptolemy|Thutmose|Amenhotep|Seti|Carlos|Christian|Gustav|Carl|Harald|Olaf|"
    "Haakon|Magnus|Margrethe|Mary|Anne|Ivan|Otto|Leopold|Albert|Wilhelm|Rudolf|Joseph|Maximilian|Rainier|"
    "Xerxes|Darius|Cyrus|Artaxerxes|Antiochus|Seleucus|Mehmed|Selim|Murad|Suleiman|Bayezid|Abdullah|"
    "Hussein|Hassan|Mohammed|Robert|David|Kenneth|Alfonso|Pedro|Manuel|Stephen|Theodore|"
    "Victor Emmanuel|Umberto|Baldwin|Justinian|Theodosius|Tiberius|Rama|Pope|King|Queen|Tsar|Emperor"
)
# before the last name of a man with the name of his father, as in Henry Ford II
FORENAMES = "Henry|John|William|James|George|Robert|Charles|Thomas|Edward|Richard|Joseph|David|Albert|Frank"
# after these nouns they are cardinals, I, V and X, too
PARTS = (
    "Ch\\.|Vols?\\.|Sec\\.|Art\\.|Fig\\.|"
    "World War|Chapter|Part|Book|Volume|Act|Scene|Section|Article|Title|Appendix|Figure|Table|Type|"
    "Class|Grade|Level|Stage|Phase|Division|Category|Group|Rocky|Super Bowl|Final Fantasy|Apollo|Vatican|"
    "Schedule|Tier|Mark|Episode|Season|Round|Unit|Lesson|Canto|Psalm|Windsor|Region|Zone|Factor|Star Wars"
)
