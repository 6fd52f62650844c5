"""Immutable values: what every message and domain object is made of."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Be a frozen, strictly-shaped value; unknown fields are refused, NaN and infinity too."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
