"""A plain PyTorch loop, asynchronous logging, system metrics, and the model as an artifact."""

import json

import mlflow
import torch

torch.manual_seed(0)
mlflow.set_experiment("torch")
mlflow.set_system_metrics_sampling_interval(0.05)
mlflow.set_system_metrics_samples_before_logging(1)
features = torch.randn(256, 4)
labels = features @ torch.tensor([1.0, -2.0, 0.5, 3.0]) + 0.1
model = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
with mlflow.start_run(log_system_metrics=True) as run:
    mlflow.log_params({"lr": 0.02, "hidden": 16})
    for epoch in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(features).squeeze(), labels)
        loss.backward()
        optimizer.step()
        mlflow.log_metric("loss", loss.item(), step=epoch, synchronous=False)
    mlflow.flush_async_logging()
    info = mlflow.pytorch.log_model(model, name="net", serialization_format="pickle", registered_model_name="net")
client = mlflow.MlflowClient()
history = client.get_metric_history(run.info.run_id, "loss")
assert [point.step for point in history] == list(range(60))
assert history[-1].value < history[0].value
assert any(name.startswith("system/cpu") for name in client.get_run(run.info.run_id).data.metrics)
back = mlflow.pytorch.load_model("models:/net/1")
assert torch.equal(back(features), model(features))
print(json.dumps({"run": run.info.run_id}))
