"""WebSocket side of the protocol: market streams, user data streams, request API."""
