"""Introductions: who can bring two parties together, through whom, on what evidence.

    evidence    the published store becomes arrays                      (at publish time)
    ties        the arrays, opened in place;  view  what one caller sees of them, weighed
    strength    the table of weights and its arithmetic in words
    search      exact shortest ways with at most so many steps
    ways        several different ways, or why there is none;  entrypoints  doors into a market
    words       sentences with evidence, date and source

networkx is what the search is held against in the tests; numpy stays behind this door.
"""
