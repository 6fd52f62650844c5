"""From a request to a decision: judged, signed, reserved until the ledger shows it."""
