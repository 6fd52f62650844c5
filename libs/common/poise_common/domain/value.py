"""Immutable values: what every message and domain object is made of."""

from pydantic import BaseModel, ConfigDict

VALUE_CONFIG = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Value(BaseModel):
    """Be a frozen, strictly-shaped value; unknown fields are refused, NaN and infinity too."""

    model_config = VALUE_CONFIG
