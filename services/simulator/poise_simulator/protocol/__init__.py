"""What any protocol of a simulated venue stands on: its clock, keys, windows, sockets, and faults on the way."""
