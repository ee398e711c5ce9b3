"""How amounts get in beside the meters: files, forms and messages."""
