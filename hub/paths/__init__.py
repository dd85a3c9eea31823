"""Introductions: who can bring two parties together, through whom, on what evidence.

    statements  what sources say, as columns;  evidence  these become arrays  (at publish time)
    ties        the arrays, opened in place;  view  what one caller sees of them, weighed
    ages        how old evidence is, and on what that rests
    strength    the table of weights and its arithmetic in words
    search      exact shortest ways with at most so many steps;  kernel  its loops, compiled over
    ground      the arrays that are walked
    atlas       a view with the rules of a question; what a way is made of
    ways        several different ways, or why there is none
    ledger      sentences with evidence, date and source;  words  whole answers
    entrypoints doors into a market;  doors  the same told
    introductions  both questions by names, over the open hub
    evaluation  the ranking of connectors held against who really connected

networkx is what the search is held against in the tests; numpy stays behind this door.
"""
