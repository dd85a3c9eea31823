"""Does the hub name the connectors who really connected? Its rankings held against what happened.

collaborations  who took part in which dated project, read from a table
cases           two who first met in a held-out project, and all who had worked with both
ranking         the hub's order of connectors, and those it is held against
measures        how high the right ones stand, where ties in score count what they are worth
"""
