"""The WebSocket side: connections, subscriptions, and the messages of each channel."""
