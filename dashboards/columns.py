"""How single fields of an answer are called and shown."""

from collections.abc import Sequence
from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue, ValueMapping

from dashboards import looks


class Column(NamedTuple):
    """How a field of an answer is called and shown."""

    field: str
    title: str
    unit: str | None = None
    decimals: int | None = None
    thresholds: build.ThresholdsConfig | None = None
    """Colours the figure."""
    mappings: Sequence[ValueMapping] = ()
    colour: str | None = None
    width: int | None = None
    link: str | None = None

    def overrides(self) -> list[DynamicConfigValue]:
        """Return what Grafana is to do otherwise for this field."""
        found = [DynamicConfigValue(id_val="displayName", value=self.title)]
        if self.unit is not None:
            found.append(DynamicConfigValue(id_val="unit", value=self.unit))
        if self.decimals is not None:
            found.append(DynamicConfigValue(id_val="decimals", value=self.decimals))
        if self.mappings:
            found.append(DynamicConfigValue(id_val="mappings", value=list(self.mappings)))
        if self.thresholds is not None:
            found.append(DynamicConfigValue(id_val="thresholds", value=self.thresholds.build()))
        if self.thresholds is not None or self.mappings:
            found.append(DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}))
        if self.colour is not None:
            found.append(looks.fixed(self.colour))
        if self.width is not None:
            found.append(DynamicConfigValue(id_val="custom.width", value=self.width))
        if self.link is not None:
            found.append(DynamicConfigValue(id_val="links", value=[{"title": self.title, "url": self.link}]))
        return found
