"""A plant that is not there, over real Modbus, with the truth known."""
