import subprocess
import sys
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

LEAN = """
import sys
from poise_venues import ccxt_modules
exchange = ccxt_modules.exchange_class("{venue}")
exchanges = [name for name in sys.modules if name.startswith("ccxt.pro.") or name.startswith("ccxt.async_support.")]
others = [name for name in exchanges if name.rsplit(".", 1)[1] in ("kraken", "okx", "bitget")]
assert exchange({{}}).id == "{venue}", exchange
assert not others, others
assert issubclass(ccxt_modules.errors().ChecksumError, ccxt_modules.errors().NetworkError)
"""


def base64(signature: bytes) -> str:
    return b64encode(signature).decode()


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603  # our own code


@pytest.mark.parametrize("venue", ["binance", "binanceusdm", "bybit"])
def test_one_venue_is_imported_without_the_others(venue: str) -> None:
    run = run_python(LEAN.format(venue=venue))
    assert run.returncode == 0, run.stderr


def test_a_ccxt_that_was_imported_whole_before_is_used_as_it_is() -> None:
    code = "import ccxt.pro\nfrom poise_venues import ccxt_modules\n"
    code += "assert ccxt_modules.exchange_class('binance') is ccxt.pro.binance"
    run = run_python(code)
    assert run.returncode == 0, run.stderr


def test_an_unknown_venue_is_named() -> None:
    code = "from poise_venues import ccxt_modules\nccxt_modules.exchange_class('nowhere')"
    run = run_python(code)
    assert "ccxt.pro.nowhere" in run.stderr


ADDRESS_OF_KEY_1 = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"
ED25519_KEY = Ed25519PrivateKey.from_private_bytes(bytes(31) + bytes([1]))
RSA_KEY = generate_private_key(65_537, 2_048)
RSA_PEM = RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
DEFERRED = """
import sys
from poise_venues import ccxt_modules
ccxt_modules.exchange_class("binance")
base = sys.modules["ccxt.base.exchange"]
exchange = ccxt_modules.exchange_class("binance")({{}})
unused = {{"requests", "coincurve", "cryptography.hazmat.primitives.hashes", "ccxt.static_dependencies.ethereum"}}
assert not unused & set(sys.modules), unused & set(sys.modules)
{use}
"""


@pytest.mark.parametrize(
    "use",
    [
        "assert base.abi.encode(['uint256'], [5]) == bytes(31) + bytes([5])",
        "assert base.packb({'a': 1}) == bytes([0x81, 0xA1, ord('a'), 1])",
        "import requests; assert base.Session().headers == requests.Session().headers",
        "import requests; assert exchange.userAgent == requests.utils.default_user_agent()",
        f"address = base.Exchange.eth_get_address_from_private_key('{1:064x}'); assert address == '{ADDRESS_OF_KEY_1}'",
        f"assert base.Exchange.eddsa(b'a', bytes(31) + bytes([1])) == '{base64(ED25519_KEY.sign(b'a'))}'",
        f"assert base.Exchange.rsa('a', {RSA_PEM!r}) == '{base64(RSA_KEY.sign(b'a', PKCS1v15(), SHA256()))}'",
        "import ccxt.static_dependencies.ethereum as real; assert real.abi.__name__.endswith('abi')",
    ],
    ids=["abi", "msgpack", "http", "user agent", "secp256k1", "ed25519", "rsa", "as a module"],
)
def test_what_few_venues_need_is_imported_by_its_first_use_and_not_before(use: str) -> None:
    run = run_python(DEFERRED.format(use=use))
    assert run.returncode == 0, run.stderr
