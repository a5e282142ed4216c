"""Projects of Valohai: what their valohai.yaml says becomes our definitions, and their runs are performed as its contract asks.

reading   the file: parsed, checked, found by name        steps      one step with its values -> a definition, parameters, inputs
lint      what is wrong with it, line by line              pipelines  a pipeline's nodes and edges -> a plan; graph performs it
perform   one run at work: layout (its folders and         endpoints  what a deployment's version consists of
          files), images (its interpreter), view (its
          private /valohai), sources (its inputs), sweep
          (what it left behind)

The format, the interpolation of commands and the conversion of pipelines are the open package valohai-yaml's.
"""
