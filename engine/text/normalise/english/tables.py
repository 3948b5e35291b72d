"""Tables of English: units, money, months, signs, what roman numerals follow.

Words are spelt as in American English; both sides of the ocean say them alike.
"""

from __future__ import annotations

from engine.text.normalise.tables import Tables

TABLES = Tables("en")
MONTHS = TABLES.listed("months")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNITS, MONEY = TABLES.nouns("units"), TABLES.money()
CENTS = TABLES.nouns("cents")
SCALES = TABLES.words("scales")
BEFORE_NUMBERS = TABLES.words("before_numbers")
SIGNS = TABLES.words("signs")
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
