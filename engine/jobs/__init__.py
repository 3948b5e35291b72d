"""Work over whole corpora: where it runs (`executor`), and each kind of it as a run (`python -m engine.jobs`)."""
