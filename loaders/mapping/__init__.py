"""Mappings: YARRRML and RML become one model, and the model becomes a function that writes
N-Quads.
"""
