"""Autologging of scikit-learn, then a registered model, an alias, and the model loaded by it."""

import json

import mlflow
import numpy as np
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split

mlflow.set_experiment("iris")
mlflow.sklearn.autolog()
features, labels = load_iris(return_X_y=True, as_frame=True)
train, test, train_labels, test_labels = train_test_split(features, labels, random_state=0)

with mlflow.start_run() as run:
    model = LogisticRegression(max_iter=500).fit(train, train_labels)
    accuracy = model.score(test, test_labels)
kept = mlflow.get_run(run.info.run_id)
assert kept.data.params["max_iter"] == "500"
assert kept.data.metrics["training_accuracy_score"] > 0.9
assert kept.data.tags["estimator_name"] == "LogisticRegression"
assert kept.inputs.dataset_inputs
assert kept.outputs.model_outputs

with mlflow.start_run(run_name="search") as search:
    GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}, cv=3).fit(train, train_labels)
children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{search.info.run_id}'", output_format="list")
assert len(children) == 2, children
assert mlflow.get_run(search.info.run_id).data.params["best_C"] in ("0.1", "1.0")

mlflow.sklearn.autolog(disable=True)
with mlflow.start_run(run_name="logged") as logged:
    info = mlflow.sklearn.log_model(
        model, name="classifier", input_example=train.head(3), registered_model_name="iris-classifier", metadata={"owner": "blue"}
    )
    again = mlflow.sklearn.log_model(model, name="classifier", registered_model_name="iris-classifier")
client = mlflow.MlflowClient()
client.set_registered_model_alias("iris-classifier", "champion", 2)
client.set_model_version_tag("iris-classifier", "2", "checked", "yes")
assert client.get_model_version_by_alias("iris-classifier", "champion").version in ("2", 2)
loaded = mlflow.pyfunc.load_model("models:/iris-classifier@champion")
assert np.array_equal(loaded.predict(test), model.predict(test))
native = mlflow.sklearn.load_model(f"models:/{info.model_id}")
assert np.array_equal(native.predict(test), model.predict(test))
assert [one.version for one in client.search_model_versions("name = 'iris-classifier'")] in (["2", "1"], [2, 1])
assert mlflow.get_logged_model(info.model_id).status.value == "READY"

forest = RandomForestClassifier(10, random_state=0).fit(train, train_labels)
with mlflow.start_run(run_name="forest"):
    mlflow.sklearn.log_model(forest, name="forest", serialization_format="cloudpickle", registered_model_name="iris-forest")
assert np.array_equal(mlflow.pyfunc.load_model("models:/iris-forest/1").predict(test), forest.predict(test))
print(json.dumps({"run": run.info.run_id, "search": search.info.run_id, "logged": logged.info.run_id, "accuracy": accuracy}))
