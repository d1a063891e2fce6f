"""The benchmark suite: this product beside others, on the same work, on the same server, in turns."""
