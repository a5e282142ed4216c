"""A Trainer of transformers reports to MLflow through its own callback; the model is tiny and made here."""

import json
import os

import mlflow
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

os.environ["MLFLOW_EXPERIMENT_NAME"] = "transformers"
config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=2)
model = BertForSequenceClassification(config)
data = [
    {"input_ids": torch.randint(0, 50, (8,)), "attention_mask": torch.ones(8, dtype=torch.long), "labels": torch.tensor(number % 2)}
    for number in range(16)
]
arguments = TrainingArguments(
    output_dir=os.path.join(os.getcwd(), "out"),
    max_steps=6,
    logging_steps=2,
    per_device_train_batch_size=4,
    report_to=["mlflow"],
    save_strategy="no",
    use_cpu=True,
    run_name="tiny-bert",
    disable_tqdm=True,
)
Trainer(model=model, args=arguments, train_dataset=data).train()
run = mlflow.search_runs(experiment_names=["transformers"], output_format="list")[0]
assert run.info.run_name == "tiny-bert"
assert run.data.params["hidden_size"] == "16"
assert len(mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")) == 3
print(json.dumps({"run": run.info.run_id}))
