"""What the five sources print, in their own letters: the data of chapter 15."""
