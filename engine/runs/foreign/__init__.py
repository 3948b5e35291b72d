"""Runs of other programs: folders with TensorBoard's event files, of the VITS family and of Piper."""
