"""The quiet core: values, names, digests, errors and the shape of an operation. Imports nothing else of ours."""
