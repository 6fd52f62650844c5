"""What a shell may offer for a value, read from the configuration at hand; nothing where there is none."""

from typing import Any

from poise.desk_addresses import config_directory
from poise_common.platform.refusals import StartRefused


def assets(incomplete: str) -> list[str]:
    """Offer the assets that the configuration names."""
    tiers = _section("universe").get("tiers")
    by_tier = [asset for named in (tiers.values() if isinstance(tiers, dict) else ()) for asset in named]
    return _offered([*by_tier, *_names("assets", "assets")], incomplete)


def strategies(incomplete: str) -> list[str]:
    """Offer the strategies: the sections that can be switched on."""
    sections = _section("strategies").items()
    named = [name for name, values in sections if isinstance(values, dict) and "enabled" in values]
    return _offered(named, incomplete)


def venues(incomplete: str) -> list[str]:
    """Offer the venues by the names that they have in messages."""
    return _offered(list(_section("venues")), incomplete)


def _names(section: str, key: str) -> list[str]:
    values = _section(section).get(key)
    return list(values) if isinstance(values, dict) else []


def _section(name: str) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - only a shell that completes asks

    try:
        read = yaml.safe_load((config_directory() / f"{name}.yaml").read_text())
    except (OSError, yaml.YAMLError, StartRefused):
        return {}
    return read if isinstance(read, dict) else {}


def _offered(names: list[str], incomplete: str) -> list[str]:
    return sorted({name for name in names if isinstance(name, str) and name.startswith(incomplete)})
