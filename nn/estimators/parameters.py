"""Parameters: what the constructors of all estimators do with names that they do not have, and with random_state."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from inversa.autograd import checks
from inversa.autograd.lazy import np


class KnowsAbsent(BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """An estimator that, given a parameter of scikit-learn's that it does not have, says what to use instead.

    Examples
    --------
    >>> from inversa.nn import MLPClassifier
    >>> MLPClassifier(max_fun=100)
    Traceback (most recent call last):
    ...
    TypeError: MLPClassifier has no max_fun: there is no solver 'lbfgs', which it is for; max_iter limits the epochs
    """

    _absent: ClassVar[dict[str, str]]  # what to use instead of each

    def __new__(cls, *_: Any, **given: Any) -> Self:
        """Look at the names before ``__init__`` does, which scikit-learn wants to list its parameters alone."""
        cls._refuse_absent(given, TypeError)
        return super().__new__(cls)  # type: ignore[no-any-return]

    def set_params(self, **params: Any) -> Self:
        """Change parameters; ``fit`` and ``partial_fit`` look whether they are possible.

        Raises
        ------
        ValueError
            For a name that is none; for one of scikit-learn's that is not here, the error says what to use.
        """
        self._refuse_absent(params, ValueError)
        return super().set_params(**params)  # type: ignore[no-any-return]

    @classmethod
    def _refuse_absent(cls, given: dict[str, Any], kind: type[Exception]) -> None:
        for name in given.keys() & cls._absent.keys() - set(cls._get_param_names()):
            raise kind(f"{cls.__name__} has no {name}: {cls._absent[name]}")


def generator_of(random_state: Any, draw: bool = True) -> np.random.Generator:
    """The generator that an estimator draws from; with ``draw=False`` nothing is drawn for it, only looked at.

    Raises
    ------
    ValueError
        For anything but what scikit-learn takes.
    """
    try:
        source = check_random_state(random_state)
    except ValueError:
        wanted = "an integer from 0, a numpy RandomState, or None"
        raise checks.wrong("random_state", wanted, random_state, "0") from None
    return np.random.default_rng(source.randint(2**31 - 1) if draw else 0)
