"""All models at once over arrays of doses: cohorts, and bootstrap samples of their coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.risk.forms import Form, additive, logistic, probit, relative_risks
from dosimetry.risk.models import AdditiveModel, BandedModel, NtcpModel, RiskModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from dosimetry.risk.models import Model

__all__ = ["evaluate", "evaluate_all"]


def evaluate(model: Model, dose_gy: ArrayLike, per_gy: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return a model's result at many doses.

    Parameters
    ----------
    model
        The model; patient factors of a complication model count as absent.
    dose_gy
        Mean doses of its structure [Gy], any shape.
    per_gy
        Slopes to take instead of the published one [1/Gy], broadcast against the doses: bootstrap samples.

    Returns
    -------
    numpy.ndarray
        Relative risk; of a model with bands of time one for each band, in a first axis; for models of absolute risk
        the probability.

    Raises
    ------
    RiskError
        Where a form has no meaning at one of the doses.
    """
    doses = np.asarray(dose_gy, dtype=np.float64)
    if isinstance(model, RiskModel):
        return relative_risks(model.form, model.per_gy if per_gy is None else per_gy, doses)
    if isinstance(model, AdditiveModel):
        return additive(model.per_gy if per_gy is None else per_gy, doses)
    if isinstance(model, BandedModel):
        slopes = np.array([band.per_gy_pct / 100 for band in model.bands])
        return relative_risks(Form.LINEAR, slopes.reshape(-1, *[1] * doses.ndim), doses)
    assert isinstance(model, NtcpModel)  # noqa: S101  the last of the kinds
    if model.td50_gy is not None and model.m is not None:
        return probit(doses, model.td50_gy, model.m)
    return logistic((model.b0 or 0.0) + (model.b1_per_gy or 0.0) * doses)


def evaluate_all(models: Sequence[Model], doses_gy: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    """Return the result of every model whose structure has doses, by its name; see :func:`evaluate`."""
    return {model.id: evaluate(model, doses_gy[model.structure]) for model in models if model.structure in doses_gy}
