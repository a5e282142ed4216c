"""LightGBM's autologging: one metric for every iteration, the model, its parameters."""

import json

import lightgbm
import mlflow
import numpy as np

mlflow.set_experiment("boosting")
mlflow.lightgbm.autolog()
random = np.random.default_rng(0)
features = random.normal(size=(400, 5))
labels = (features[:, 0] + features[:, 1] > 0).astype(int)
train = lightgbm.Dataset(features[:300], labels[:300])
held = lightgbm.Dataset(features[300:], labels[300:], reference=train)
with mlflow.start_run() as run:
    lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, train, 15, valid_sets=[held], valid_names=["held"])
client = mlflow.MlflowClient()
history = client.get_metric_history(run.info.run_id, "held-binary_logloss")
assert [point.step for point in history] == list(range(15)), history
assert history[-1].value < history[0].value
kept = client.get_run(run.info.run_id)
assert kept.data.params["objective"] == "binary"
assert kept.outputs.model_outputs
model = mlflow.lightgbm.load_model(f"models:/{kept.outputs.model_outputs[0].model_id}")
assert model.num_trees() == 15
print(json.dumps({"run": run.info.run_id}))
