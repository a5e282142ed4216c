"""The HTTP API that Valohai's clients speak (`vh` of valohai-cli 0.37, and scripts that call /api/v0 by themselves).

Their words are translated to operations of the contract and back; what a valohai.yaml means is known by treadle.valohai.
"""
