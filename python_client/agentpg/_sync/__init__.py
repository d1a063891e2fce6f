# Generated from agentpg/_async/__init__.py by python_client/async_to_sync.py: do not edit.
# fmt: off
# ruff: noqa: I001, RUF100

"""The asynchronous client, the source from which the synchronous one is generated."""
