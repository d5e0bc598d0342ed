"""The risk layer over arrays: a million evaluations of all models, as for cohorts and bootstrap samples."""

from __future__ import annotations

import argparse
from time import perf_counter

import numpy as np

from dosimetry.risk.absolute import from_life_table
from dosimetry.risk.cohort import evaluate_all
from dosimetry.risk.doses import MeanDoses
from dosimetry.risk.models import default_models, load_models
from dosimetry.risk.rates import example_rates, read_rates
from dosimetry.risk.timelines import LifePlan

EVALUATIONS = 1_000_000
LIMIT_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    generator = np.random.default_rng(1)
    models = load_models()
    each = -(-EVALUATIONS // len(models))  # so many patients make a million evaluations of all models together
    for name, count in (("1,000,000 evaluations in all", each), ("1,000,000 of each model", EVALUATIONS)):
        doses = {structure: generator.uniform(0.5, 15, count) for structure in ("heart", "lungs", "lung_site")}
        evaluate_all(models, {structure: values[:1] for structure, values in doses.items()})  # imports scipy
        seconds = min(timed(lambda given=doses: evaluate_all(models, given)) for _ in range(rounds))
        done = count * len(models)
        print(
            f"{name}: {len(models)} models, {count:,} patients: {seconds:.3f} s, {1e9 * seconds / done:.0f} ns each"
        )
        if count == each:
            print(f"  limit {LIMIT_S:g} s: {'kept' if seconds < LIMIT_S else 'MISSED'}")
    plan = LifePlan(read_rates(example_rates()), 50.0, 80.0, 0.2)
    function = from_life_table(default_models()[0], plan)
    lives = 1000
    seconds = timed(lambda: [function.risk((0.07,), dose) for dose in np.linspace(0.5, 15, lives)])
    print(f"life tables of 30 years, one by one: {1e6 * seconds / lives:.0f} µs each")
    pairs = 200
    seconds = timed(lambda: [function.estimate(MeanDoses(4.2, 4.2 + more)) for more in np.linspace(0, 9, pairs)])
    print(f"pairs of plans by life table, with their intervals: {1e6 * seconds / pairs:.0f} µs each")


def timed(run) -> float:  # noqa: ANN001
    start = perf_counter()
    run()
    return perf_counter() - start


if __name__ == "__main__":
    main()
