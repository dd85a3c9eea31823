"""Answering SPARQL: a text is scanned, then evaluated in a process that can be killed.

pool      hands queries to workers, holds the limits, streams answers     (start here)
formats   media types and content negotiation
scanner   reads a query's tokens: form, dataset, bounds, what is refused
worker    the process that holds the engine; isolation takes its rights away
limits, errors
"""
