"""The poise command: launcher, demo, control."""
