"""Where the operator's private key is: it signs acknowledgements, and no service holds it."""

from collections.abc import Mapping
from pathlib import Path

from poise.desk_addresses import RUNNING_DESK, said_by_running_desk
from poise_common.contracts.signatures import Signer
from poise_common.platform.key_files import KeyFileRefused, read_signer

VARIABLE = "POISE_OPERATOR__KEY_FILE"
PRIVATE = Path(".poise/keys/operator.pem")
PUBLIC = Path(".poise/keys/operator-verify.pem")


class NoOperatorKey(Exception):
    """There is no key to sign with: where it was looked for, and how one is made."""


def operator_signer(environment: Mapping[str, str]) -> Signer:
    """Return the signer of the operator's key: the environment's, else that of the desk running from this folder."""
    named = environment.get(VARIABLE) or said_by_running_desk("operator_key_file")
    file = Path(named) if named else PRIVATE
    try:
        return read_signer(file)
    except KeyFileRefused as refused:
        message = (
            f"{refused.why}: {file} (set {VARIABLE}, or run from the folder of a desk, {RUNNING_DESK});"
            " `poise operator-key` makes a pair, and execution takes its public half by"
            " POISE_EXECUTION__OPERATOR_KEY_FILE"
        )
        raise NoOperatorKey(message) from None
