"""Tables of English: what abbreviations stand for, and where."""

from __future__ import annotations

from engine.text.normalise.english.tables import TABLES
from engine.text.normalise.tables import with_capitals

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
