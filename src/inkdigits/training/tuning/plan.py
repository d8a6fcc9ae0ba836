"""How a search is run."""

from dataclasses import dataclass

from inkdigits.errors import SettingError

ENGINES = ("optuna", "ray")


@dataclass(frozen=True, slots=True)
class TunePlan:
    """How much is tried, and where it is kept.

    A search ends after `trials` finished trials or `minutes`; `jobs` processes run at
    once.
    """

    # Trials to finish. Those that are stopped early count, failed ones do not.
    trials: int = 40
    minutes: float | None = None
    jobs: int = 1
    storage: str | None = None
    study: str | None = None
    pruner: str = "median"
    engine: str = "optuna"
    address: str | None = None

    def __post_init__(self) -> None:
        for name, good in (
            ("trials", self.trials > 0),
            ("jobs", self.jobs > 0),
            ("minutes", (self.minutes or 1) > 0),
        ):
            if not good:
                raise SettingError(
                    f"--{name} is {getattr(self, name)}: give a positive number"
                )
        if self.engine not in ENGINES:
            raise SettingError(
                f"--engine is {self.engine!r}: choose {', '.join(ENGINES)}"
            )
