"""Makes the pages of docs/reference and the diagrams of docs/architecture.md from schema and code."""
