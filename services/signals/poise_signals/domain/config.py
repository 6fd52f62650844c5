"""The whole of `config/strategies.yaml`: what is shared, and a block for each strategy that there is."""

from collections.abc import Iterator
from typing import Self

from pydantic import create_model, model_validator

from poise_signals.domain.parameters import SharedParameters, StrategyParameters
from poise_signals.domain.strategy.protocol import AnyKind
from poise_signals.domain.strategy.registry import strategy_kinds


class StrategiesConfig(SharedParameters):
    """What strategies go by; refused as a whole where the economics of one can't work."""

    def blocks(self) -> Iterator[tuple[AnyKind, StrategyParameters]]:
        """Return each strategy that has a block here, with what the block says."""
        for kind in strategy_kinds():
            if kind.name in type(self).model_fields:
                yield kind, getattr(self, kind.name)

    def block(self, name: str) -> StrategyParameters:
        """Return what the block of a strategy says; raises KeyError where there is none of that name."""
        return {kind.name: parameters for kind, parameters in self.blocks()}[name]

    @model_validator(mode="after")
    def _economics_work(self) -> Self:
        for kind, parameters in self.blocks():
            kind.check(parameters, self)
        return self


def strategies_config() -> type[StrategiesConfig]:
    """Return the model of the file, with a field for each strategy's block."""
    blocks = {kind.name: (kind.parameters, ...) for kind in strategy_kinds()}
    return create_model("StrategiesConfig", __base__=StrategiesConfig, **blocks)  # type: ignore[call-overload, no-any-return]  # names are known at run time only
