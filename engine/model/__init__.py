"""The MB-iSTFT-VITS network (arXiv 2210.15975, on VITS, arXiv 2106.06103) under the seed family's names."""
