"""Campaigns against execution with real servers, processes and sockets: programs, run by `make`, not by pytest."""
