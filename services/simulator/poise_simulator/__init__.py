"""An exchange that speaks a real venue's protocol."""
