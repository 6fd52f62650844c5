"""The report as one page that needs nothing else: geometry in Python, markup in templates."""
