"""In place of engine.train.summary_writer where there is no tensorboard: the events have the figures."""


class SafeSummaryWriter:
    """Writes nothing."""

    def __init__(self, folder, clock=None):
        pass

    def _nothing(self, *_, **__):
        pass

    add_scalar = add_image = add_audio = flush = close = _nothing
