"""Model calls: the request as the database made it, the message as the API gave it."""

from __future__ import annotations

from .accumulator import Accumulator, StreamBroken
from .batches import BatchBody, BatchCaller, download_failed
from .call import CallProgress, ModelCaller, ModelReply, has_credentials, make_client
from .failure import Failure, ModelCallFailed, failure_of

__all__ = [
    "Accumulator",
    "BatchBody",
    "BatchCaller",
    "CallProgress",
    "Failure",
    "ModelCallFailed",
    "ModelCaller",
    "ModelReply",
    "StreamBroken",
    "download_failed",
    "failure_of",
    "has_credentials",
    "make_client",
]
