"""`poise demo`: the whole desk against the simulated venue, live, ending with a report."""
