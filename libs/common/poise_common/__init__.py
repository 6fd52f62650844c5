"""Domain, contracts and platform shared by every Poise service."""
