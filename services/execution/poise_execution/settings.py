"""The only reader of execution's environment."""

from pathlib import Path

from poise_common.platform.settings import ServiceSettings, SettingsSection


class ExecutionSettings(SettingsSection):
    """`verify_key_file` holds risk's public key, `operator_key_file` that of the operator: PEM files."""

    verify_key_file: Path | None = None
    operator_key_file: Path | None = None


class Settings(ServiceSettings):
    execution: ExecutionSettings = ExecutionSettings()
