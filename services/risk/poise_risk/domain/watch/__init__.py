"""What risk does unasked: modes, dangers, warnings."""
