"""Who may enter the broker, and with what."""
