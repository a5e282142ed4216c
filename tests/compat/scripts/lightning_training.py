"""Lightning with its own MLFlowLogger, and with MLflow's autologging."""

import json
import logging
import os

import lightning
import mlflow
import torch
from lightning.pytorch.loggers import MLFlowLogger

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Line(lightning.LightningModule):
    def __init__(self, lr: float = 0.1) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch: list[torch.Tensor]) -> torch.Tensor:
        features, labels = batch
        loss = torch.nn.functional.mse_loss(self.layer(features).squeeze(), labels)
        self.log("train_loss", loss, on_step=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


features = torch.randn(64, 2)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(features, features.sum(dim=1)), batch_size=16)
quiet = {
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "accelerator": "cpu",
    "log_every_n_steps": 1,
    "default_root_dir": os.getcwd(),
}

logger = MLFlowLogger(experiment_name="lightning", tracking_uri=os.environ["MLFLOW_TRACKING_URI"], run_name="with-logger")
lightning.Trainer(max_epochs=3, logger=logger, enable_checkpointing=False, **quiet).fit(Line(), data)
client = mlflow.MlflowClient()
kept = client.get_run(logger.run_id)
assert kept.info.status == "FINISHED"
assert kept.data.params["lr"] == "0.1"
assert len(client.get_metric_history(logger.run_id, "train_loss")) == 12

mlflow.set_experiment("lightning")
mlflow.pytorch.autolog(log_models=False)
with mlflow.start_run(run_name="autologged") as run:
    lightning.Trainer(max_epochs=2, logger=False, enable_checkpointing=False, **quiet).fit(Line(), data)
kept = client.get_run(run.info.run_id)
assert kept.data.params["epochs"] == "2"
assert kept.data.params["optimizer_name"] == "SGD"
print(json.dumps({"run": logger.run_id, "autologged": run.info.run_id}))
