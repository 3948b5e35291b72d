"""Files of the ONNX format: written by torch, quantised, and run by onnxruntime."""
