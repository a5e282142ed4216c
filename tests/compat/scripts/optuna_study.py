"""An Optuna study whose trials are nested runs."""

import itertools
import json

import mlflow
import optuna

optuna.logging.set_verbosity(optuna.logging.WARNING)
mlflow.set_experiment("study")


def objective(trial: optuna.Trial) -> float:
    with mlflow.start_run(nested=True, run_name=f"trial-{trial.number}"):
        x = trial.suggest_float("x", -5, 5)
        kind = trial.suggest_categorical("kind", ["square", "cube"])
        mlflow.log_params(trial.params)
        value = (x - 2) ** 2 if kind == "square" else abs(x) ** 3
        for step in range(5):
            mlflow.log_metric("value", value * (1 + 1 / (step + 1)), step=step)
        mlflow.log_metric("final", value)
    return value


with mlflow.start_run(run_name="study") as parent:
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
    study.optimize(objective, n_trials=12)
    mlflow.log_params({f"best_{name}": value for name, value in study.best_params.items()})
    mlflow.log_metric("best", study.best_value)

trials = mlflow.search_runs(
    experiment_names=["study"],
    filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'",
    order_by=["metrics.final ASC"],
    output_format="list",
)
assert len(trials) == 12
assert trials[0].data.metrics["final"] == study.best_value
assert all(one.data.metrics["final"] <= other.data.metrics["final"] for one, other in itertools.pairwise(trials))
paged = mlflow.MlflowClient().search_runs([parent.info.experiment_id], max_results=5, order_by=["metrics.final ASC"])
names = [one.info.run_name for one in paged]
while paged.token:
    paged = mlflow.MlflowClient().search_runs(
        [parent.info.experiment_id], max_results=5, order_by=["metrics.final ASC"], page_token=paged.token
    )
    names += [one.info.run_name for one in paged]
assert len(names) == 13
assert len(set(names)) == 13
assert names[-1] == "study"
print(json.dumps({"run": parent.info.run_id}))
