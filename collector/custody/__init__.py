"""From whom each pack came, and that none was altered, dropped or added since."""
