"""What a plant is, and what travels: description, models, codec, units, calendar, wire, errors."""
