"""A change of the config with which training fits into memory, when a single clip does not.

A step grows with the clip's length (encoders, flow) and with the segment's (decoder, discriminators). The suggested
length has been trained in this run; the suggested segment is tried first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.config import parse
from engine.dataset.loader.batch import Batch
from engine.errors import InputError
from engine.train.memory.free_memory import release_memory
from engine.train.state import TrainingState
from engine.train.step import TrainingStep

MOST_LEFT_OUT = 0.05  # of the clips; above that a smaller segment is better

Offer = tuple[str, dict[str, int]]  # a sentence, and changes of the config by key


def find(state: TrainingState, one: Batch, lengths: Sequence[int], longest_fit: int) -> Offer | None:
    """The change that would let training continue; None if there is none.

    Args:
        one: the clip that does not fit, alone.
        lengths: frames of every training clip.
        longest_fit: frames of the longest clip that has gone through in this run; 0 for none.
    """
    if not 0 < longest_fit < int(one.spec_lengths_B[0]):
        return _smaller_segment(state, one)
    left_out = sum(frames > longest_fit for frames in lengths)
    seconds = longest_fit * state.config.data.hop_length / state.config.data.sampling_rate
    text = (
        f"with data.max_frames {longest_fit} clips over {seconds:.1f} s {'is' if left_out == 1 else 'are'} left out, "
        f"{left_out} of {len(lengths)}; what is shorter has fitted"
    )
    shorter = text, {"data.max_frames": longest_fit}
    if left_out <= MOST_LEFT_OUT * len(lengths):
        return shorter
    return _smaller_segment(state, one) or shorter


def _smaller_segment(state: TrainingState, one: Batch) -> Offer | None:
    """Halves of the segment in whole frames, as long as the losses' transforms fit into them; the first that fits."""
    train, hop, usual = state.config.train, state.config.data.hop_length, state.voice.segment_frames
    size = train.segment_size
    try:
        while True:
            size = size // 2 // hop * hop
            config = replace(state.config, train=replace(train, segment_size=size))
            parse(config.to_json())
            state.voice.segment_frames = size // hop
            fits = TrainingStep(replace(state, config=config)).fits(one)
            release_memory(state.device, 0)
            if fits:
                text = f"with train.segment_size {size} instead of {train.segment_size} it fits: this has been tried"
                return text, {"train.segment_size": size}
    except InputError:  # from `parse`: no smaller segment is valid
        return None
    finally:
        state.voice.segment_frames = usual
