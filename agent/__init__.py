"""On the gateway: bus, read plan, decoding, outbox, MQTT."""
