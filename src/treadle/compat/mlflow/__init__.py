"""MLflow's REST protocol on our operations: an unmodified client works against a Treadle server.

Nothing is kept here. Each route reads the client's words, performs operations of the contract, and answers as the client expects.
The protocol is that of MLflow 3 as observed on the wire (github.com/mlflow/mlflow, mlflow/protos/service.proto and others).
"""
