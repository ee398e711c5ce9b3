"""Central: MQTT to store, intervals, performance, verdicts; the ledger."""
