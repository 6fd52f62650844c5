"""What goes wrong on purpose: kinds of faults, and the plan that says which request or event is struck."""
