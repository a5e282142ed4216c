"""What a first MLflow script does: an experiment, a run with parameters, metrics, tags and files, then reading it all back."""

import json
import math
import tempfile
from pathlib import Path

import mlflow

mlflow.set_experiment("quickstart")
with mlflow.start_run(run_name="first-steps") as run:
    mlflow.log_param("optimizer", "adam")
    mlflow.log_params({"lr": 0.01, "layers": 3})
    for epoch in range(20):
        mlflow.log_metric("loss", 1 / (epoch + 1), step=epoch)
    mlflow.log_metrics({"accuracy": 0.93, "f1": 0.9}, step=20)
    mlflow.log_metric("odd", math.nan)
    mlflow.set_tags({"team": "blue", "stage": "trial"})
    mlflow.log_dict({"classes": ["a", "b"]}, "config/classes.json")
    mlflow.log_text("all went well\n", "notes.txt")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(3):
            Path(folder, f"part-{number}.csv").write_text(f"x\n{number}\n")
        mlflow.log_artifacts(folder, "parts")
    data = mlflow.data.from_numpy(__import__("numpy").arange(12).reshape(6, 2), name="twelve")
    mlflow.log_input(data, context="training")

client = mlflow.MlflowClient()
back = client.get_run(run.info.run_id)
assert back.info.status == "FINISHED", back.info.status
assert back.info.run_name == "first-steps"
assert back.data.params == {"optimizer": "adam", "lr": "0.01", "layers": "3"}, back.data.params
assert back.data.metrics["loss"] == 1 / 20
assert math.isnan(back.data.metrics["odd"])
assert back.data.tags["team"] == "blue"
assert [point.value for point in client.get_metric_history(run.info.run_id, "loss")] == [1 / (epoch + 1) for epoch in range(20)]
assert [one.dataset.name for one in back.inputs.dataset_inputs] == ["twelve"]
assert sorted(one.path for one in client.list_artifacts(run.info.run_id)) == ["config", "notes.txt", "parts"]
assert [one.path for one in client.list_artifacts(run.info.run_id, "parts")] == [f"parts/part-{number}.csv" for number in range(3)]
assert Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="notes.txt")).read_text() == "all went well\n"
assert mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/config/classes.json") == {"classes": ["a", "b"]}
found = mlflow.search_runs(
    experiment_names=["quickstart"], filter_string="metrics.accuracy > 0.9 and params.optimizer = 'adam'", output_format="list"
)
assert [one.info.run_id for one in found] == [run.info.run_id]
print(json.dumps({"run": run.info.run_id}))
