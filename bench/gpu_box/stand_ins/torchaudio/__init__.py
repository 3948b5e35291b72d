"""torchaudio's mel filters, made on the packing machine."""
