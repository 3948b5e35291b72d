"""Tables of English: units, money, months, signs, abbreviations, what roman numerals follow.

Words are spelt as in American English; both sides of the ocean say them alike.
"""

from __future__ import annotations

from engine.text.normalise.tables import Tables, with_capitals

TABLES = Tables("en")
MONTHS = TABLES.listed("months")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNITS, MONEY = TABLES.nouns("units"), TABLES.money()
CENTS = TABLES.nouns("cents")
SCALES = TABLES.words("scales")
BEFORE_NUMBERS = TABLES.words("before_numbers")
SIGNS = TABLES.words("signs")
# with a full stop, and only beside a number or another name: "Sun." also ends sentences
CALENDAR = TABLES.words("calendar")
# as they are written in capitals or small letters before a number, where they are no words of their own
MONTHS_SHORT = "Jan|Feb|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
# a name follows, so their full stop ends no sentence
TITLES = TABLES.words("titles")
# these are titles without a full stop, too
UNDOTTED = ("Mr", "Mrs", "Ms", "Dr", "Prof", "Capt", "Lt", "Sgt", "Mt", "Ft", "St")
STREETS = TABLES.words("streets")
ABBREVIATIONS = with_capitals(TABLES.words("abbreviations"))
# what the English cleaner would read in its own way, wherever it stands and however it is written
TITLES_ANYWHERE = TABLES.words("titles_anywhere")
# in capitals, and words of their own in small letters, which the English cleaner makes of them
LETTERS = "US|UN|IT|AD|TV|UK|EU"
# the months and days that are no words of their own
ALWAYS = "Jan|Feb|Apr|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Thurs?|Fri"
# after these, St. with a name before it is a street
STREET_PLACES = "Station|Bridge|Journal|Market|Hotel|Theatre|Theater|School|Park|Gallery|Building|Pier|Church"
# these are no words before the name of a saint
STREET_NAMES = "Main|Wall|High|Elm|Oak|Broad|Fleet|Bond|Regent|Baker|Market"
# where no number stands before them
UNITS_ALONE = TABLES.words("units_alone")
# the same without their full stop, which are no words either
UNITS_UNDOTTED = TABLES.words("units_undotted")
# before the number or the letter of a part of a building
ROOMS = TABLES.words("rooms")
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
