"""A voice as files that other programs speak with: one ONNX graph, and what each player wants beside it."""
