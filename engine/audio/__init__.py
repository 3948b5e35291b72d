"""Sound in and out: reading and writing files, spectrograms, their inverse and sub-bands."""
