"""What runs inside a job: it fetches inputs, starts the user's code as a process of its own, supervises it and reports home."""
