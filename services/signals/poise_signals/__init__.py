"""Finds net yield and asks for packages."""
