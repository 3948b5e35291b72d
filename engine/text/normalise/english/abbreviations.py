"""Tables of English: what abbreviations stand for, and where."""

from __future__ import annotations

from engine.text.normalise.european.tables import with_capitals, words

# with a full stop, and only beside a number or another name: "Sun." also ends sentences
CALENDAR = words("""
    Jan: January
    Feb: February
    Mar: March
    Apr: April
    Jun: June
    Jul: July
    Aug: August
    Sep, Sept: September
    Oct: October
    Nov: November
    Dec: December
    Mon: Monday
    Tue, Tues: Tuesday
    Wed: Wednesday
    Thu, Thur, Thurs: Thursday
    Fri: Friday
    Sat: Saturday
    Sun: Sunday
""")
# as they are written in capitals or small letters before a number, where they are no words of their own
MONTHS_SHORT = "Jan|Feb|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
# a name follows, so their full stop ends no sentence
TITLES = words("""
    Mr: Mister
    Mrs: Missus
    Ms: Miz
    Messrs: Messieurs
    Mx: Mix
    Dr: Doctor
    Drs: Doctors
    Prof: Professor
    Rev: Reverend
    Hon: Honorable
    Fr: Father
    Gen: General
    Col: Colonel
    Maj: Major
    Capt: Captain
    Cpt: Captain
    Cmdr: Commander
    Lt: Lieutenant
    Sgt: Sergeant
    Cpl: Corporal
    Pvt: Private
    Adm: Admiral
    Gov: Governor
    Sen: Senator
    Rep: Representative
    Pres: President
    Supt: Superintendent
    St: Saint
    Ste: Sainte
    Mt: Mount
    Ft: Fort
    Pt: Point
""")
# these are titles without a full stop, too
UNDOTTED = ("Mr", "Mrs", "Ms", "Dr", "Prof", "Capt", "Lt", "Sgt", "Mt", "Ft", "St")
STREETS = words("""
    St: Street
    Dr: Drive
    Ave: Avenue
    Rd: Road
    Blvd: Boulevard
    Ln: Lane
    Hwy: Highway
    Pkwy: Parkway
    Sq: Square
    Ct: Court
    Pl: Place
    Ter: Terrace
    Expy: Expressway
""")
ABBREVIATIONS = with_capitals(
    words("""
    e.g., eg., e. g.: for example
    i.e., ie., i. e.: that is
    et al.: and others
    vs., vs: versus
    viz.: namely
    cf.: compare
    a.k.a., aka: also known as
    ea.: each
    approx.: approximately
    est.: established
    Mr.: Mister
    Mrs.: Missus
    Ms.: Miz
    Dr.: Doctor
    drs.: doctors
    Prof.: Professor
    Rev.: Reverend
    Gen.: General
    Maj.: Major
    Capt.: Captain
    Lt.: Lieutenant
    Sgt.: Sergeant
    Gov.: Governor
    Hon.: Honorable
    Jr.: Junior
    Sr.: Senior
    Esq.: Esquire
    Co.: Company
    Cos.: Companies
    Inc.: Incorporated
    Ltd.: Limited
    Corp.: Corporation
    Bros.: Brothers
    Assn.: Association
    Univ.: University
    St.: Street
    Ave.: Avenue
    Rd.: Road
    Blvd.: Boulevard
    Ln.: Lane
    Hwy.: Highway
    Pkwy.: Parkway
    Sq.: Square
    Apt.: Apartment
    Bldg.: Building
    dept.: department
    govt.: government
    div.: division
    vol.: volume
    vols.: volumes
    assoc.: association
    intl.: international
    natl.: national
    dist.: district
    tel.: telephone
    ext.: extension
    avg.: average
    misc.: miscellaneous
    temp.: temperature
    qty.: quantity
    w/o: without
    c/o: care of
""")
)
# what the English cleaner would read in its own way, wherever it stands and however it is written
TITLES_ANYWHERE = words("""
    mr: mister
    mrs: missus
    dr: doctor
    drs: doctors
    st: street
    co: company
    jr: junior
    maj: major
    gen: general
    rev: reverend
    lt: lieutenant
    hon: honorable
    sgt: sergeant
    capt: captain
    esq: esquire
    ltd: limited
    col: colonel
    ft: feet
""")
# in capitals, and words of their own in small letters, which the English cleaner makes of them
LETTERS = "US|UN|IT|AD|TV|UK|EU"
# the months and days that are no words of their own
ALWAYS = "Jan|Feb|Apr|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Thurs?|Fri"
# after these, St. with a name before it is a street
STREET_PLACES = "Station|Bridge|Journal|Market|Hotel|Theatre|Theater|School|Park|Gallery|Building|Pier|Church"
# these are no words before the name of a saint
STREET_NAMES = "Main|Wall|High|Elm|Oak|Broad|Fleet|Bond|Regent|Baker|Market"
# where no number stands before them
UNITS_ALONE = words("""
    ft.: feet
    lb.: pound
    lbs.: pounds
    oz.: ounces
    yds.: yards
    tbsp.: tablespoon
    tsp.: teaspoon
    hr.: hour
    hrs.: hours
    mins.: minutes
    secs.: seconds
    yrs.: years
""")
# the same without their full stop, which are no words either
UNITS_UNDOTTED = words("""
    lbs: pounds
    hrs: hours
    mins: minutes
    secs: seconds
    yrs: years
    mph, MPH: miles per hour
""")
# before the number or the letter of a part of a building
ROOMS = words("""
    Rm: Room
    Apt: Apartment
    Ste: Suite
    Fl: Floor
    Bldg: Building
""")
