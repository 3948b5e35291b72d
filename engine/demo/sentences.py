"""What the demo's voice says: 24 sentences written by hand, long and short, and as many of a grammar as are wanted.

The voice is validated on sentences of the grammar that share no run of four words with those that it is trained on, so
what is heard of them was learned from sounds, not from phrases.
"""

from __future__ import annotations

from engine.demo import grammar

SENTENCES = (
    "The lighthouse keeper counted the ships before breakfast.",
    "Nobody had told him that the harbour was closed.",
    "He wrote the number down, as he did every morning.",
    "In the afternoon the fog came in from the sea.",
    "A small boat waited outside, ringing its bell.",
    "Which way would you choose, the short one or the safe one?",
    "She measured the rope twice and cut it once.",
    "Five grey geese flew over the village without a sound.",
    "The judge enjoyed the youngest singer's voice very much.",
    "Their old clock stopped at a quarter past three.",
    "Please put the blue cups back on the upper shelf.",
    "Thick ice covered the path between the two houses.",
    "We could hear music through the kitchen wall.",
    "My brother repairs bicycles in a shop by the station.",
    "It was too early for bread and too late for sleep.",
    "A measure of pleasure is finding what you had lost.",
    "The boy threw the ball, and the dog pretended not to see it.",
    "Each spring the river carries branches past our garden.",
    "Good cheese needs salt, patience, and a cool dark room.",
    "The train left on time; the passengers did not.",
    "Write your name here, and the year in which you were born.",
    "Orange leaves were lying on the roof of the church.",
    "Why does the wind always turn when I hang up the washing?",
    "When the light came back, everybody began to laugh.",
)


def train_and_val(clips: int) -> tuple[list[str], list[str]]:
    """The sentences of a demo of so many clips: those to train on, and those to validate on.

    The sentences written by hand come first and are trained on.
    """
    held_out = 3 + clips // 25
    trained = [*SENTENCES, *grammar.corpus(clips)][: clips - held_out]
    return trained, grammar.unseen(held_out, trained)
