"""Brokers and gaps: who stands between our members and the doors of markets, and what is missing.

sides       our members and clusters at one end, the doors of each market at the other
narrows     the short ways between them, and what all of these pass
brokers     how much runs over whom, and how free of each other their contacts are
agreements  which to sign next; what would close with those that end
report      all of it for one market or several;  telling  the same in sentences
"""
