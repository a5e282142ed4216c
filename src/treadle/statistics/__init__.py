"""Statistics of models and data: profiles, drift, quality, performance, comparisons, and tests that may be looked at all the time.

Pure: values in, values out; no store, no clock; what is random asks for a seed. numpy is enough for profiles of arrays and for the
sequential tests; tables need polars, p-values need scipy (both in the extra `monitoring`), joint drift needs scikit-learn.
"""
