"""What the rules of English are made of: patterns of numbers, and the spaces around words."""

from __future__ import annotations

import re

from engine.text.normalise.rules import Found

# A minus sign stands alone before its number; a number does not begin inside another one.
START = r"(?:(?<![\w).,\]/%€$£°-])-|(?<!\d)(?<!\d[.,]))"
END = r"(?![.,]?\d)"
WHOLE = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?!\d)"
NUMBER = rf"(?=[-.\d])(?:{START}{WHOLE}(?:\.\d+)?|(?<![\w.,)])-?\.\d+){END}"
STARTERS = (
    "The|They|He|She|It|I|We|You|In|On|At|But|And|This|That|There|A|An|His|Her|Its|My|Our|When|If|For|As|What"
)
STARTERS += (
    "|So|Then|Now|Not|No|To|From|After|Before|Who|Why|How|Where|Please|These|Those|Their|Your|Is|Are|Do|Did"
)
STARTERS += (
    "|Don't|Let's|Can't|Bring|See|Use|Take|Turn|Keep|Add|Try|Make|Get|Come|Give|Let|Was|Were|Has|Have|Had|Does|Can|Could"
    "|Would|Should|However|Meanwhile|Although|Though|Because|Since|While|Until|Once|Also|Some|Most|Many|Each|Every|All"
    "|Both|Another|Here|Just|Only|With|By|Yet|Yes|Perhaps|Maybe|Later|Soon|Tomorrow|Yesterday|During"
)
STARTER = re.compile(rf"(?:{STARTERS})\b")  # after a full stop, it begins a sentence
_SENTENCE_ENDS = re.compile(rf"[\"')\]]*(?:\s*$|\s+[\"'(]?(?:{STARTERS})\b)")
# What names a time or a way goes on behind a.m. and a unit: 8 p.m. Monday, 5 mi. North. Other names begin a sentence.
_GOES_ON = (
    r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:day)?s?|Jan(?:uary)?|Feb(?:ruary)?|March|April?|June?|"
    r"May(?! (?:I|we|you|he|she|they)\b)|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?|"
    r"(?:North|South|East|West)(?:ern)?|Central|Mountain|Pacific|Atlantic|Alaska|Hawaii|Greenwich|British Summer|"
    r"(?:London|Paris|Berlin|Moscow|Beijing|Tokyo|Sydney|New York) time|Christmas|Easter|Thanksgiving|New Year's|"
    r"Dijon|Worcestershire|Parmesan|Parmigiano|Tabasco|Cheddar|Gruy\w+|Greek|Italian|French|English|Swiss|Thai|Chinese|"
    r"Japanese|Mexican|Kosher"  # of two tbsp. Dijon mustard
)
_ANY_SENTENCE = re.compile(rf"{_SENTENCE_ENDS.pattern}|[\"')\]]*\s+[\"']?(?!(?:{_GOES_ON})\b)[A-Z][a-z']")
_OWNERS = r"[Tt]h(?:e|is|ese|ose)|[Mm]y|[Yy]our|[Hh]is|[Oo]ur|[Tt]heir|[Ii]ts"
_ARTICLE = re.compile(rf"(?<!\w)(?:[Aa]n?|({_OWNERS})) $")
# a sentence that begins with its time goes on: At 8 p.m. Tom came.
_OPENING = re.compile(
    r"(?<!\w)(?:At|By|Around|About|Until|Till|Before|After|Since|From|(?:On|This|Last|Every) \w{1,12} at)"
    r"(?: (?:about|around|exactly|nearly))? $|"
    # Friday's 8 p.m. game, but it's 8 p.m.
    r"(?<!\w)(?!(?:It|That|He|She|There|What|Here|Who|Where|When|Let)')(?:[A-Z]\w{1,15}|today|tonight|tomorrow)'s $"
)


def spelt(letters: str) -> str:
    """Letters said one by one. A hyphen keeps A from being the article, and the cleaner from hearing full stops."""
    return "-".join(letter for letter in letters if letter.isalpha())


def stop(found: Found, abbreviation: str) -> str:
    """The full stop of an abbreviation at the end of a match, where it is that of the sentence, too.

    A name may follow, as in the U.S. Army, so only certain words with a capital begin a sentence.
    """
    return "." if abbreviation.endswith(".") and _SENTENCE_ENDS.match(found.string, found.end()) else ""


def article_before(found: Found) -> Found | None:
    """The article or owner right before a match; group 1 is any but "a"."""
    start = max(found.start() - 7, 0)
    return _ARTICLE.search(found.string[start : found.start()])


def _goes_on(found: Found) -> bool:
    """Whether a noun follows, as in the 8 p.m. News, or what the sentence is about."""
    before = found.string[max(found.start() - 32, 0) : found.start()]
    return bool(article_before(found) or _OPENING.search(before))


def stop_of_measure(found: Found, abbreviation: str) -> str:
    """The same after a time or a unit, which no name follows: 8 p.m. Dinner is served."""
    if not abbreviation.endswith("."):
        return ""
    ends = _SENTENCE_ENDS if _goes_on(found) else _ANY_SENTENCE
    return "." if ends.match(found.string, found.end()) else ""
