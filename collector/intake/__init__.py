"""From a pack on the wire to rows that are stored, and to the word that they are."""
