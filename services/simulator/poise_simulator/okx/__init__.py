"""OKX's v5 protocol over the exchange: spot, perpetual swaps and dated futures of one unified account."""
