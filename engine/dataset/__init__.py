"""Filelists, splits, checks before training, batches. Only `dataset` and `batch` import torch."""
