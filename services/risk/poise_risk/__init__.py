"""The gatekeeper: approves, shrinks or rejects each package."""
