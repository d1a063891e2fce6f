"""Cases of this product alone: each module is a subject of one case (see bench/README.md)."""
