"""What analytics count with: arrays of one kind of number."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
