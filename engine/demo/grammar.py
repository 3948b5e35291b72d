"""Sentences of a small grammar: as many as wanted, none twice, to train and to try the demo's voice.

Words are common ones with every sound of English in them, spelled alike everywhere, since a recogniser that writes down
what it hears is compared with them. A sentence is a pattern whose slots are filled at random, so that each sound meets
many others.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterable, Iterator

# slot: its words; an underscore stands for a space inside one
WORDS = {
    "person": "baker captain child doctor driver farmer father fisherman gardener girl judge keeper king lawyer "
    "mother nurse painter pilot queen sailor singer soldier student teacher uncle visitor "
    "waiter widow boy clerk cousin hunter shepherd guest poet thief youth joiner",
    "people": "bakers captains children cousins doctors drivers farmers fishermen friends gardeners girls judges "
    "lawyers nurses painters pilots sailors singers soldiers strangers students teachers visitors women boys",
    "thing": "apple basket bell bicycle boat book bottle box bread bridge brush button camera candle chair cheese "
    "clock cloth coat coin cup door engine feather fence fish flag flower garden glass hammer hat jacket jar "
    "journal key kite knife ladder lamp letter machine map mirror mug needle orange pen picture pillow plate pocket "
    "purse rope saddle shirt shovel spoon stone sword table thread ticket toy treasure umbrella vase violin watch "
    "wheel whistle window zip",
    "things": "apples baskets bells birds boats books bottles boxes bridges brushes candles chairs cheeses clocks "
    "coats coins cups doors engines eyes feathers flags flowers gloves hats houses jars keys kites knives ladders "
    "leaves letters maps matches mice mirrors oysters pictures pigeons plates roses shoes songs spoons stones "
    "tables thumbs tickets trees wheels wishes yachts years",
    "place": "airport attic barn bay beach castle cave cellar church city corner desert factory field forest garage "
    "hill hospital hotel house island kitchen lake library market meadow mill mountain museum office park "
    "pier river road school shop square station street temple tower valley village yard zoo",
    "kind": "ancient blue bright broken brown careful cheap clean cold cruel curious dark deep dry early easy empty "
    "false famous fresh gentle golden green heavy huge joyful large lazy little long loud narrow new noisy old "
    "pale plain poor proud pure purple quiet rare red rich rough round sharp short silver slow small smooth soft "
    "strange strong sweet tall thick thin tiny useful warm wet white wide wild wise wooden yellow young",
    "did": "admired borrowed bought broke brought carried chose cleaned counted covered drew dropped enjoyed "
    "examined finished followed forgot found gave_away guarded held hid ignored imagined joined kept knew left "
    "lifted lost loved made measured mended moved needed noticed opened ordered painted polished praised pulled "
    "pushed reached remembered repaired saved shook showed sold stole studied threw touched used valued wanted "
    "washed watched wished_for wrapped",
    "went": "climbed danced drove fell flew hurried jumped laughed listened marched paused played rested rode "
    "rowed sang shouted sat slept smiled stood swam talked turned voted waited walked wandered whispered worked",
    "how": "again already always carefully easily finally gladly gently happily later loudly never now often once "
    "patiently quickly quietly rarely seldom slowly soon suddenly together twice usually",
    "when": "after_breakfast after_the_storm all_night at_eight_o'clock at_noon at_the_weekend before_dawn "
    "before_lunch during_the_winter every_morning for_a_whole_year for_five_minutes in_April in_the_autumn "
    "in_the_evening last_Sunday on_Thursday on_a_rainy_day the_next_morning this_afternoon today tomorrow "
    "until_midnight when_the_bell_rang while_it_rained yesterday three_weeks_ago since_June",
    "where": "above behind below beside beyond inside near outside under across around by past opposite",
    "many": "two three four five six seven eight nine ten eleven twelve thirteen twenty thirty fifty ninety several "
    "many few both",
    "who": "he she they we you I nobody everyone somebody",
}
PATTERNS = (
    "the {kind} {person} {did} the {thing} {when}.",
    "{when}, the {person} {went} {where} the {place}.",
    "{who} {did} a {kind} {thing} and a {thing}.",
    "my {person} {did} {many} {things} {where} the {place}.",
    "there is a {kind} {thing} {where} the {kind} {place}.",
    "why was the {thing} so {kind} and the {thing} so {kind}?",
    "our {person} {how} {went} to the {place}.",
    "the {place} was {kind}, {kind} and {kind}.",
    "{many} {kind} {things} fell {where} a {place}.",
    "if the {person} {went}, who {did} the {thing}?",
    "please bring the {thing} to the {kind} {person} {when}.",
    "{who} {went} {how}, but the {person} {did} her {thing}.",
    "did you see the {person} with the {kind} {things}?",
    "{things} and {things} from a {kind} {place}, {who} thought.",
    "no {person} {how} {did} his {kind} {thing}.",
    "the {place} has {many} {things}, and the {place} has {many}.",
    "{how}, {who} {did} what the {person} {did}.",
    "these {people} {went} from the {place} to the {place}.",
    "it was too {kind} for a {person} and too {kind} for a {thing}.",
    "the {thing} is as {kind} as the {thing} of the {person}.",
    "the {thing}, the {thing} and the {things} belong to the {people}.",
    "{people} from the {place} {did} us {how}.",
    "what a {kind} {thing}, said the {person} {when}!",
)
SHORTEST, LONGEST = 20, 75  # letters
_BEFORE_VOWEL = re.compile(
    r"\b(a) (?=[aeio]|u(?!se))"
)  # of words above, only `useful` begins with another sound
RUN = 4  # words in a row that an unseen sentence shares with no sentence of the corpus


def corpus(count: int, seed: int = 1) -> list[str]:
    """So many different sentences; the first ones of a longer corpus are those of a shorter one."""
    sentences: dict[str, None] = {}
    for sentence in _sentences(random.Random(seed)):  # noqa: S311
        if len(sentences) == count:
            break
        sentences[sentence] = None
    return list(sentences)


def unseen(count: int, known: Iterable[str], seed: int = 2) -> list[str]:
    """So many sentences that share no run of four words with a sentence of `known`."""
    taken = {run for sentence in known for run in _runs(sentence)}
    found: dict[str, None] = {}
    for sentence in _sentences(random.Random(seed)):  # noqa: S311
        if len(found) == count:
            break
        if taken.isdisjoint(_runs(sentence)):
            found[sentence] = None
    return list(found)


def _sentences(dice: random.Random) -> Iterator[str]:
    """Sentences without end; each slot's words come in shuffled rounds, so that all come equally often."""
    rounds: dict[str, list[str]] = {name: [] for name in WORDS}
    choices = {name: [word.replace("_", " ") for word in words.split()] for name, words in WORDS.items()}

    def word(name: str) -> str:
        if not rounds[name]:
            rounds[name] = dice.sample(choices[name], len(choices[name]))
        return rounds[name].pop()

    while True:
        pattern = dice.choice(PATTERNS)
        parts = []
        for text, slot, _, _ in string.Formatter().parse(pattern):
            parts += [text, word(slot) if slot else ""]
        sentence = _BEFORE_VOWEL.sub(r"\1n ", "".join(parts))
        sentence = sentence[0].upper() + sentence[1:]
        if SHORTEST <= len(sentence) <= LONGEST:
            yield sentence


def _runs(sentence: str) -> set[tuple[str, ...]]:
    words = sentence.lower().translate(str.maketrans("", "", ".,?!")).split()
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}
