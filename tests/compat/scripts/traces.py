"""Traces of nested functions, found again, tagged and assessed."""

import json

import mlflow

mlflow.set_experiment("assistant")


@mlflow.trace(span_type="RETRIEVER")
def retrieve(question: str) -> list[str]:
    return [f"about {word}" for word in question.split()]


@mlflow.trace
def answer(question: str) -> str:
    mlflow.update_current_trace(tags={"user": "ada"})
    found = retrieve(question)
    with mlflow.start_span("compose") as span:
        span.set_attribute("documents", len(found))
        return " and ".join(found)


assert answer("two words") == "about two and about words"
trace_id = mlflow.get_last_active_trace_id()
mlflow.flush_trace_async_logging()
trace = mlflow.get_trace(trace_id)
assert [span.name for span in trace.data.spans] == ["answer", "retrieve", "compose"], trace.data.spans
assert trace.info.tags["user"] == "ada"
mlflow.set_trace_tag(trace_id, "reviewed", "yes")
mlflow.log_feedback(trace_id=trace_id, name="helpful", value=True, rationale="it was")
found = mlflow.search_traces(filter_string="tags.user = 'ada' and tags.reviewed = 'yes'", return_type="list")
assert [one.info.trace_id for one in found] == [trace_id]
assert [one.name for one in found[0].info.assessments] == ["helpful"]
print(json.dumps({"trace": trace_id}))
