"""Why something was traded or not: risk's decisions as the book of record has them."""
